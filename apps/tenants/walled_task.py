"""A Celery task that carries both walls: stamped when it is called, held to them when it runs.

The schema and the tenant are stamped apart, as they stood at the call, and must belong together when the task starts:
a task that was put into the queue by hand, or whose stamps disagree, does nothing. This is done in ``__call__``: what a
``task_prerun`` receiver raises is swallowed by Celery.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

import celery

from apps.tenants.errors import WallError
from apps.tenants.walls import PUBLIC, Walls, behind, connection, schema_of

SCHEMA: Final = "specward_schema"
TENANT: Final = "specward_tenant"


class TaskRefused(WallError):
    """A task whose stamps are missing, malformed, or belong to two tenants."""

    code = "task-refused"


class TenantTurnedAway(TaskRefused):
    """A task for a tenant that is suspended, closing or gone."""

    code = "tenant-turned-away"


class WalledTask(celery.Task):
    """The base of all tasks. ``for_no_tenant`` True: it acts for none, and is called behind no tenant's walls."""

    abstract = True
    for_no_tenant = False
    acks_late = True
    reject_on_worker_lost = True

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Stamps the task with the walls of its caller. Raises :class:`TaskRefused` for walls that do not agree."""
        walls = connection().walls
        _agreed(self, walls.schema, str(walls.tenant_id or ""))
        headers = {**(options.pop("headers", None) or {}), SCHEMA: walls.schema, TENANT: str(walls.tenant_id or "")}
        return super().apply_async(*args, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        request = self.request
        if request.called_directly:
            walls = connection().walls
            _agreed(self, walls.schema, str(walls.tenant_id or ""))
            return super().__call__(*args, **kwargs)
        stamped = request.headers or {}
        walls = _agreed(self, _text(stamped, SCHEMA), _text(stamped, TENANT))
        with behind(walls):
            _refuse_turned_away(self, walls)
            return super().__call__(*args, **kwargs)


def _text(stamped: dict[str, Any], name: str) -> str:
    value = stamped.get(name)
    if not isinstance(value, str):
        raise TaskRefused(f"The task came without {name}: it was not put into the queue by this application.")
    return value


def _refuse_turned_away(task: WalledTask, walls: Walls) -> None:
    """As at its host: for a suspended tenant nothing is done. What was put into the queue before is lost; what must not
    be lost has a row of its own, by which it is put there again."""
    from apps.tenants.models import Tenant

    if walls.tenant_id is None:
        return
    state = Tenant.objects.filter(id=walls.tenant_id).order_by().values_list("state", flat=True).first()
    if state not in (Tenant.State.ACTIVE, Tenant.State.PREPARING):
        raise TenantTurnedAway(f"{task.name} does not start: its tenant is {state or 'not there'}.")


def _agreed(task: WalledTask, schema: str, tenant: str) -> Walls:
    if task.for_no_tenant:
        if schema != PUBLIC or tenant:
            raise TaskRefused(f"{task.name} acts for no tenant, and was called behind the walls of one.")
        return Walls()
    try:
        tenant_id = uuid.UUID(tenant)
    except ValueError:
        raise TaskRefused(f"{task.name} acts for a tenant, and was called for {tenant[:40]!r}.") from None
    if schema != schema_of(tenant_id):
        raise TaskRefused(f"{task.name} was called in one tenant's schema with the credentials of another.")
    return Walls(schema, tenant_id)
