"""The tenants that are to be made: asked for by staff in the web process, made by a worker that is a migrator."""

from __future__ import annotations

import datetime
import uuid
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.tenants.errors import WallError
from apps.tenants.models import Plan, Provisioning
from apps.tenants.provisioning import FirstOwner, Step, Wanted, provision
from apps.tenants.walls import PLATFORM_ID, Walls, behind, connection

LOST_AFTER: Final = datetime.timedelta(minutes=10)
"""A run that has said nothing for so long belongs to a worker that is gone; each step may be done again."""


class ProvisioningFailed(WallError):
    """A tenant that could not be made; what was made of it stays closed, and asking again takes it up there."""

    code = "provisioning-failed"


def ask_for(name: str, host: str, plan: Plan.Code, owner: FirstOwner) -> Provisioning:
    """Puts a tenant into the queue, once the caller's transaction is committed. For staff: the platform's credentials
    must be proven, or the database refuses."""
    from apps.tenants.tasks import provision_tenant

    asked = Provisioning.objects.create(
        name=name, host=host.lower(), plan_id=plan.value, owner_email=owner.email, owner_name=owner.name
    )

    def wake() -> None:
        with behind(Walls()):
            provision_tenant.delay(str(asked.id))

    transaction.on_commit(wake)
    return asked


def staff_credentials() -> Walls:
    """The walls behind which staff reads all tenants: public, with the platform's credentials."""
    return Walls(tenant_id=PLATFORM_ID)


def make(asked: uuid.UUID) -> bool:
    """Makes one tenant of the queue, telling its row of every step. False where another worker has it, or had it.

    Raises :class:`ProvisioningFailed`, after it wrote down why.
    """
    with behind(Walls()):
        row = _claim(asked)
        if row is None:
            return False
        wanted = Wanted(
            row.name, row.host, Plan.Code(row.plan_id), row.tenant_id, FirstOwner(row.owner_email, row.owner_name)
        )
        try:
            provision(wanted, lambda step: _tell(asked, step))
        except Exception as error:
            connection().close()  # whatever state it is in, the reason is written on a new one
            _end(asked, Provisioning.State.FAILED, f"{type(error).__name__}: {error}"[:2000])
            raise ProvisioningFailed(
                f"{row.name} could not be made: {error}. It stays closed. Ask for it again once the cause is mended."
            ) from error
        _end(asked, Provisioning.State.DONE, "")
        return True


def _claim(asked: uuid.UUID) -> Provisioning | None:
    """One worker gets it: a conditional update, so that two deliveries of one task make one tenant."""
    now = timezone.now()
    free = Q(state__in=[Provisioning.State.WAITING, Provisioning.State.FAILED]) | Q(
        state=Provisioning.State.RUNNING, started__lt=now - LOST_AFTER
    )
    with behind(Walls()), transaction.atomic():
        claimed = Provisioning.objects.filter(free, id=asked).update(
            state=Provisioning.State.RUNNING, started=now, ended=None, error="", step=""
        )
        return Provisioning.objects.get(id=asked) if claimed else None


def _tell(asked: uuid.UUID, step: Step) -> None:
    with behind(Walls()), transaction.atomic():
        Provisioning.objects.filter(id=asked).update(step=step.value, started=timezone.now())


def _end(asked: uuid.UUID, state: Provisioning.State, error: str) -> None:
    with behind(Walls()), transaction.atomic():
        Provisioning.objects.filter(id=asked).update(state=state, error=error, ended=timezone.now())
