"""What staff did with a tenant as a whole stands in the platform's log, and in that of the tenant."""

from __future__ import annotations

from typing import Any

from apps.audit.acting import Actor, acting_as
from apps.audit.recording import record
from apps.audit.vocabulary import Action, ActorKind
from apps.tenants.models import StateChange, Tenant
from apps.tenants.walls import PLATFORM_ID, Walls, behind, schema_of

_OF_PLATFORM = Walls(schema_of(PLATFORM_ID), PLATFORM_ID)


def record_asked(sender: object, tenant: Tenant, change: StateChange, **_: object) -> None:
    """Receives ``change_asked``: in the platform's log, by whoever acts there."""
    with behind(_OF_PLATFORM):
        record(
            Action.STATE_CHANGE,
            tenant,
            details=_details(change, stage="asked"),
            narrative=f"Asked to {change.get_kind_display().lower()}: {change.why}",
        )


def record_done(sender: object, tenant: Tenant, change: StateChange, **_: object) -> None:
    """Receives ``tenant_changed``: in both logs, in the name of who asked; of a drop in the platform's alone."""
    asker = Actor(ActorKind.STAFF, change.asked_by_name, change.asked_by_email, change.asked_by_id)
    logs = [_OF_PLATFORM]
    if change.kind != StateChange.Kind.DROP:
        logs.append(Walls(tenant.schema_name, tenant.id))
    for walls in logs:
        with behind(walls), acting_as(asker):
            record(
                Action.STATE_CHANGE,
                tenant,
                details=_details(change, stage="done"),
                narrative=f"{change.get_kind_display()}: {change.why}",
            )


def _details(change: StateChange, stage: str) -> dict[str, Any]:
    closes = None if change.closes is None else change.closes.isoformat()
    return {"change": change.kind, "stage": stage, "request": str(change.id), "closes": closes}
