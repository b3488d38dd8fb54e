"""Pushing to sinks. A task is told a row's id and nothing else."""

from __future__ import annotations

import uuid

from celery import shared_task

from apps.siem import pushing, trying
from apps.tenants.fan_out import in_each_open_tenant


@shared_task  # type: ignore[untyped-decorator]  # Celery has no types
def push(sink: str) -> None:
    """Pushes to one sink of the tenant that this stands in; what is left when it has taken long is another task's."""
    done = pushing.push(uuid.UUID(sink))
    if done is not None and done.has_more:
        push.delay(sink)


@shared_task  # type: ignore[untyped-decorator]
def try_out(sink: str) -> None:
    """Tries one sink of the tenant that this stands in."""
    trying.try_out(uuid.UUID(sink))


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def push_everywhere() -> None:
    """Puts into the queue which sinks have something to be sent, or are to be tried: of each tenant that is open,
    behind its own walls. For the schedule, twice a minute."""

    def hand_over() -> None:
        for sink in pushing.due():
            push.delay(str(sink))
        for sink in trying.asked():
            try_out.delay(str(sink))

    in_each_open_tenant(hand_over)
