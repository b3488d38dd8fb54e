"""Running checks and mailing reports by the schedule. A task is told a check's key or a row's id and nothing else."""

from __future__ import annotations

import uuid

from celery import shared_task

from apps.compliance import running
from apps.compliance.models import Run
from apps.compliance.reports import scheduling, working
from apps.tenants.fan_out import in_each_open_tenant


@shared_task  # type: ignore[untyped-decorator]  # Celery has no types
def run_check(key: str) -> None:
    """Runs one check that is due, of the tenant that this stands in."""
    running.run_claimed(key)


@shared_task  # type: ignore[untyped-decorator]
def run_asked(key: str) -> None:
    """Runs one check that somebody asked for."""
    running.run_claimed(key, Run.By.PERSON)


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def run_due_everywhere() -> None:
    """Puts into the queue what is to be run: of each tenant that is open, behind its own walls. For the schedule."""

    def hand_over() -> None:
        for key in running.due():
            run_check.delay(key)

    in_each_open_tenant(hand_over)


@shared_task  # type: ignore[untyped-decorator]
def work_on_report(report: str) -> None:
    """Does what is to be done of one report of the tenant that this stands in."""
    working.work(uuid.UUID(report))


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def reports_everywhere() -> None:
    """Begins the reports whose turn has come, and puts into the queue of which something is to be done: of each tenant
    that is open, behind its own walls. For the schedule, every minute."""

    def hand_over() -> None:
        scheduling.begin_due()
        for report in working.waiting():
            work_on_report.delay(str(report))

    in_each_open_tenant(hand_over)
