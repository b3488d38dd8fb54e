"""Settling what was lost, and trying the settings. A task is told an id and nothing else."""

from __future__ import annotations

import uuid

from celery import shared_task

from apps.inference import budget, trying
from apps.tenants.fan_out import in_each_open_tenant


@shared_task  # type: ignore[untyped-decorator]  # Celery has no types
def try_model(call: str) -> None:
    """Asks the model of the tenant that this stands in once; the call gets this id."""
    trying.try_out(uuid.UUID(call))


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def settle_lost_everywhere() -> None:
    """Settles calls whose worker has died, of each tenant that is open, behind its own walls. For the schedule, every
    minute."""
    in_each_open_tenant(budget.settle_lost)
