"""Generation. A task is told a recording's id and nothing else."""

from __future__ import annotations

import uuid
from typing import Final

from celery import shared_task

from apps.recordings import life
from apps.specs import generation
from apps.tenants.fan_out import in_each_open_tenant

LONGEST: Final = 15 * 60
"""Seconds that one recording may take; a worker that does not even hear of it is killed a minute later."""


@shared_task(soft_time_limit=LONGEST, time_limit=LONGEST + 60)  # type: ignore[untyped-decorator]  # Celery has no types
def generate_spec(recording: str) -> None:
    """Makes the spec of one recording of the tenant that this stands in."""
    generation.generate(uuid.UUID(recording))


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def generate_what_waits() -> None:
    """Puts into the queue again what was lost on its way, or with its worker: of each tenant that is open, behind its
    own walls. For the schedule, every minute."""

    def hand_over() -> None:
        for id in life.forgotten():
            generate_spec.delay(str(id))

    in_each_open_tenant(hand_over)
