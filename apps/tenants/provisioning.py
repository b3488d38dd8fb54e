"""Making a tenant, suspending it, letting it go: as migrator, which alone may make schemas.

Each step can be done again: a run that was cut off is taken up where it ended.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import connection, transaction
from psycopg import sql

from apps.tenants.errors import WallError
from apps.tenants.models import Domain, Plan, Tenant
from apps.tenants.policies import deviations
from apps.tenants.replaying import make_tables
from apps.tenants.signals import tenant_provisioned
from apps.tenants.walls import Walls, behind, within


class Step(StrEnum):
    """What is being done, in order."""

    NAME = "name"
    SCHEMA = "schema"
    TABLES = "tables"
    CONTENT = "content"
    OPEN = "open"

    @property
    def words(self) -> str:
        """For a person who waits."""
        return _WORDS[self]


_WORDS: Final = {
    Step.NAME: "Its name and host",
    Step.SCHEMA: "Its schema",
    Step.TABLES: "Its tables, behind their walls",
    Step.CONTENT: "What it begins with",
    Step.OPEN: "Opening it",
}


@dataclass(frozen=True, slots=True)
class FirstOwner:
    """Who is invited to a new tenant, to own it."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The tenant that is to be made. ``host`` is a host name, no port."""

    name: str
    host: str
    plan: Plan.Code
    id: uuid.UUID
    owner: FirstOwner | None = None


class WallsMissing(WallError):
    """A tenant is not opened while a table of it lacks its wall."""

    code = "walls-missing"


def provision(wanted: Wanted, tell: Callable[[Step], None] = lambda step: None) -> Tenant:
    """Makes a tenant and opens it; ``tell`` hears of each step as it begins.

    Raises :class:`WallsMissing` where the catalog is not exactly as it should be: then the tenant stays closed.
    """
    steps = _steps(wanted)
    tenant: Tenant | None = None
    for step, doing in steps:
        tell(step)
        tenant = doing()
    if tenant is None:
        raise RuntimeError("There are no steps.")
    return tenant


def _steps(wanted: Wanted) -> Iterator[tuple[Step, Callable[[], Tenant]]]:
    yield Step.NAME, lambda: _name(wanted)
    yield Step.SCHEMA, lambda: _schema(wanted)
    yield Step.TABLES, lambda: _tables(wanted)
    yield Step.CONTENT, lambda: _content(wanted)
    yield Step.OPEN, lambda: change_state(_get(wanted), Tenant.State.ACTIVE)


def _get(wanted: Wanted) -> Tenant:
    with behind(Walls()):
        return Tenant.objects.get(id=wanted.id)


def _name(wanted: Wanted) -> Tenant:
    with behind(Walls()), transaction.atomic():
        tenant, _ = Tenant.objects.get_or_create(
            id=wanted.id, defaults={"name": wanted.name, "plan_id": wanted.plan.value}
        )
        Domain.objects.get_or_create(domain=wanted.host.lower(), defaults={"tenant": tenant})
        return tenant


def _schema(wanted: Wanted) -> Tenant:
    tenant = _get(wanted)
    with behind(Walls()), connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(tenant.schema_name)))
    return tenant


def _tables(wanted: Wanted) -> Tenant:
    tenant = _get(wanted)
    make_tables(tenant)
    with behind(Walls()):
        if found := deviations(tenant.schema_name):
            raise WallsMissing(f"These tables of {tenant.name} lack their walls: {', '.join(sorted(found))}.")
    return tenant


def _content(wanted: Wanted) -> Tenant:
    tenant = _get(wanted)
    with within(tenant), transaction.atomic():
        tenant_provisioned.send(Tenant, tenant=tenant, owner=wanted.owner)
    return tenant


def change_state(tenant: Tenant, state: Tenant.State) -> Tenant:
    """Opens, suspends or closes a tenant. Every process follows within ``routing.KEPT_SECONDS``. Deletes nothing."""
    with behind(Walls()), transaction.atomic():
        tenant.state = state
        tenant.save(update_fields=["state", "changed"])
    return tenant
