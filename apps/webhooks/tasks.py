"""Sending webhooks. A task is told a row's id and nothing else."""

from __future__ import annotations

import uuid

from celery import shared_task

from apps.tenants.fan_out import in_each_open_tenant
from apps.webhooks import delivering


@shared_task  # type: ignore[untyped-decorator]  # Celery has no types
def deliver(delivery: str) -> None:
    """Tries one delivery of the tenant that this stands in."""
    delivering.deliver(uuid.UUID(delivery))


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def deliver_what_waits() -> None:
    """Puts into the queue what is to be tried again, or was lost on its way: of each tenant that is open, behind its
    own walls. For the schedule, twice a minute."""

    def hand_over() -> None:
        for delivery in delivering.waiting():
            deliver.delay(str(delivery))

    in_each_open_tenant(hand_over)


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def forget_old_everywhere() -> None:
    """Takes away what was delivered long ago, of each tenant that is open. For the schedule, every few hours."""
    in_each_open_tenant(delivering.forget_old)
