"""Exports of the log. A task is told an export's id and nothing else."""

from __future__ import annotations

import uuid
from typing import Final

from celery import shared_task

from apps.audit.exports import life, making, purging
from apps.tenants.fan_out import in_each_open_tenant

LONGEST: Final = 2 * 60 * 60
"""Seconds that one export may take; a worker that does not even hear of it is killed a minute later."""


@shared_task(soft_time_limit=LONGEST, time_limit=LONGEST + 60)  # type: ignore[untyped-decorator]  # Celery has no types
def make_export(export: str) -> None:
    """Makes an export of the log of the tenant that this stands in."""
    making.make(uuid.UUID(export))


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def make_what_waits() -> None:
    """Puts into the queue again what was lost on its way, or with its worker: of each tenant that is open, behind its
    own walls. For the schedule, every minute."""

    def hand_over() -> None:
        for id in life.forgotten():
            make_export.delay(str(id))

    in_each_open_tenant(hand_over)


@shared_task  # type: ignore[untyped-decorator]
def purge_exports() -> None:
    """Ends the exports that are past their time, of the tenant that this stands in."""
    purging.purge()


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def purge_exports_everywhere() -> None:
    """A purge for each tenant that is open, behind its own walls. For the schedule, every few minutes."""
    in_each_open_tenant(purge_exports.delay)
