"""Suspending, resuming and closing tenants: asked for by staff in the web process, done by a worker that is a migrator.

Whoever asks gives their name and a reason; both go into the log of the platform and into that of the tenant.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.tenants import changing
from apps.tenants.changing import Kind, Step, refuse_unfit
from apps.tenants.errors import ChangeRefused, WallError
from apps.tenants.models import StateChange, Tenant
from apps.tenants.provisioning_queue import LOST_AFTER
from apps.tenants.signals import change_asked
from apps.tenants.walls import Walls, behind, connection

State = StateChange.State

GRACE: Final = datetime.timedelta(days=30)
"""How long a closing can be called off, unless it is asked for otherwise."""
LEAST_GRACE: Final = datetime.timedelta(days=1)
MOST_GRACE: Final = datetime.timedelta(days=365)


class ChangeFailed(WallError):
    """A change that was not made: the tenant is as it was."""

    code = "change-failed"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who of our staff asks."""

    name: str
    email: str = ""
    id: uuid.UUID | None = None


def ask_to_suspend(tenant: Tenant, why: str, asker: Asker) -> StateChange:
    """Everybody is turned away at the tenant's host, and its tasks do not start. Nothing is deleted.

    This and the three below put a row into the queue, once the caller's transaction is committed. The platform's
    credentials must be proven, or the database refuses. Each raises :class:`ChangeRefused`.
    """
    return _ask(tenant, Kind.SUSPEND, why, asker)


def ask_to_resume(tenant: Tenant, why: str, asker: Asker) -> StateChange:
    """A suspended tenant is let in again."""
    return _ask(tenant, Kind.RESUME, why, asker)


def ask_to_close(tenant: Tenant, why: str, asker: Asker, grace: datetime.timedelta = GRACE) -> StateChange:
    """Off-boarding: everybody is turned away, and when the grace is over the tenant's schema is dropped."""
    if not LEAST_GRACE <= grace <= MOST_GRACE:
        raise ChangeRefused(f"A closing can be called off for {LEAST_GRACE.days} to {MOST_GRACE.days} days.")
    return _ask(tenant, Kind.CLOSE, why, asker, closes=timezone.now() + grace)


def ask_to_call_off(tenant: Tenant, why: str, asker: Asker) -> StateChange:
    """A closing tenant is again what it was before."""
    return _ask(tenant, Kind.CALL_OFF, why, asker)


def _ask(
    tenant: Tenant, kind: StateChange.Kind, why: str, asker: Asker, closes: datetime.datetime | None = None
) -> StateChange:
    why = why.strip()
    if not 1 <= len(why) <= 500:
        raise ChangeRefused("Say why, in 1 to 500 characters: it stands in the log, for the tenant too.")
    refuse_unfit(tenant, kind)
    under_way = StateChange.objects.filter(tenant_id=tenant.id, state__in=[State.WAITING, State.RUNNING])
    if under_way.exclude(kind=Kind.DROP, state=State.WAITING).exists():
        raise ChangeRefused(f"Something is being done with {tenant.name} already. Wait until it is done.")
    with transaction.atomic():
        asked = StateChange.objects.create(
            tenant_id=tenant.id,
            tenant_name=tenant.name,
            kind=kind,
            why=why,
            asked_by_id=asker.id,
            asked_by_name=asker.name,
            asked_by_email=asker.email,
            closes=closes,
        )
        change_asked.send(Tenant, tenant=tenant, change=asked)
        # A queue that is away loses nothing: what waits is put there again (due).
        transaction.on_commit(_waking(asked.id), robust=True)
    return asked


def _waking(asked: uuid.UUID) -> Callable[[], None]:
    from apps.tenants.tasks import change_tenant

    def wake() -> None:
        with behind(Walls()):
            change_tenant.delay(str(asked))

    return wake


def carry_out(asked: uuid.UUID) -> bool:
    """Does what one row asks for. False where another worker has it, or had it, or it is not due.

    Raises :class:`ChangeFailed`, after it wrote down why.
    """
    with behind(Walls()):
        change = _claim(asked)
        if change is None:
            return False
        try:
            changing.carry_out(change)
        except Exception as error:
            connection().close()  # whatever state it is in, the reason is written on a new one
            _end(asked, State.FAILED, f"{type(error).__name__}: {error}"[:2000])
            raise ChangeFailed(f"{change.tenant_name}: {change.get_kind_display().lower()} failed: {error}") from error
        _end(asked, State.DONE, "")
        return True


def due() -> list[uuid.UUID]:
    """What is to be done now and nobody does: waiting, lost with its worker, or a drop that has failed. As migrator."""
    with behind(Walls()):
        return list(StateChange.objects.filter(_free()).order_by("due").values_list("id", flat=True))


def _free() -> Q:
    now = timezone.now()
    lost = Q(state=State.RUNNING, started__lt=now - LOST_AFTER)
    failed_drop = Q(state=State.FAILED, kind=Kind.DROP, ended__lt=now - LOST_AFTER)
    return (Q(state=State.WAITING) | lost | failed_drop) & Q(due__lte=now)


def _claim(asked: uuid.UUID) -> StateChange | None:
    """One worker gets it: a conditional update, so that two deliveries of one task change a tenant once."""
    with behind(Walls()), transaction.atomic():
        claimed = StateChange.objects.filter(_free(), id=asked).update(
            state=State.RUNNING, started=timezone.now(), ended=None, error=""
        )
        if not claimed:
            return None
        change = StateChange.objects.get(id=asked)
        change.step = Step.of(Kind(change.kind)).value
        change.save(update_fields=["step"])
        return change


def _end(asked: uuid.UUID, state: StateChange.State, error: str) -> None:
    with behind(Walls()), transaction.atomic():
        StateChange.objects.filter(id=asked).update(state=state, error=error, ended=timezone.now())
