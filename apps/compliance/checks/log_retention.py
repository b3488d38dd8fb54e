"""How long the audit log is kept: as the plan says, not shorter and not longer, and whole while a hold stands."""

from __future__ import annotations

import datetime
from typing import Final

from django.db import transaction

from apps.audit import holds, retention
from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.tenants.models import Plan, Tenant
from apps.tenants.walls import connection

LATE: Final = datetime.timedelta(days=9)
"""The pruner waits for a week's entries, so that announcements stay few; beyond that it has missed its rounds."""


@check
class RetentionIsKept(Check):
    key = "log.retention"
    title = "The log is kept for as long as the plan says"
    words = (
        "Holds each announcement of a pruning against the plan: what it let go was older than the plan keeps. And "
        "looks for entries that are long past the plan's retention, and neither pruned nor held."
    )
    mend = (
        "What went too early cannot come back: find out who changed the plan's retention, and tell the tenant. For "
        "what is overdue, see that the pruner runs (manage.py prune_logs)."
    )

    def look(self) -> Result:
        with transaction.atomic():
            tenant = Tenant.objects.select_related("plan").get(id=connection().walls.proven)
            days = tenant.plan.audit_days
            kept = {days, *Plan.objects.values_list("audit_days", flat=True)}
            told = retention.announcements()
            overdue = 0 if holds.standing().exists() else retention.standing(days + LATE.days).overdue
        early = some(one.entry for one in told if _is_early(one, kept))
        seen = {"days": days, "announcements": len(told)}
        if early["count"] or overdue:
            because = f"{early['count']} prunings were too early, and {overdue} entries are kept for too long."
            return failed(because, early=early, overdue=overdue, **seen)
        return passed(**seen)


def _is_early(one: retention.Announcement, kept: set[int]) -> bool:
    """A tenant may have had another plan then; but none that there is not, and nothing goes before its days."""
    if one.days is None or one.age is None:
        return True
    return one.days not in kept or one.age < datetime.timedelta(days=one.days)


@check
class HoldsWin(Check):
    key = "log.holds"
    title = "Nothing of the log is pruned under a legal hold"
    words = "Compares the times of all prunings with those in which a legal hold of the log stood."
    mend = (
        "Only somebody with the database's own rights gets past a hold. Verify the log; what was pruned may be in an "
        "export or in the tenant's own SIEM."
    )

    def look(self) -> Result:
        with transaction.atomic():
            told = retention.announcements()
            standing = holds.standing().count()
        under = some(one.entry for one in told if one.held)
        if under["count"]:
            because = f"{under['count']} prunings were announced while a legal hold stood."
            return failed(because, entries=under, holds=standing)
        return passed(announcements=len(told), holds=standing)
