"""Settling what was lost, for the schedule."""

from __future__ import annotations

from celery import shared_task

from apps.inference import budget
from apps.tenants.fan_out import in_each_open_tenant


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]  # Celery has no types
def settle_lost_everywhere() -> None:
    """Settles calls whose worker has died, of each tenant that is open, behind its own walls. For the schedule, every
    minute."""
    in_each_open_tenant(budget.settle_lost)
