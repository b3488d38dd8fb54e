"""The purge, for the schedule."""

from __future__ import annotations

from celery import shared_task

from apps.recordings import discarding
from apps.tenants.fan_out import in_each_open_tenant


@shared_task  # type: ignore[untyped-decorator]  # Celery has no types
def purge() -> None:
    """Discards what is due, of the tenant that this stands in."""
    discarding.purge()


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def purge_everywhere() -> None:
    """A purge for each tenant that is open, behind its own walls. For the schedule, every few minutes."""
    in_each_open_tenant(purge.delay)
