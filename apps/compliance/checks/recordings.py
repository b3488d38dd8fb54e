"""Recordings: gone when their retention is over, with a certificate, and kept longer only for a reason that is told."""

from __future__ import annotations

import datetime
from typing import Final

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from apps.audit.models import Entry
from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.recordings import standing
from apps.recordings.models import Recording

LATE: Final = datetime.timedelta(hours=1)
"""The purge looks every five minutes; what is there an hour after its time was missed by more than one of them."""
_MOST: Final = 10_000


@check
class RetentionEnds(Check):
    key = "recordings.retention"
    title = "No recording is there past its retention"
    words = (
        "Looks for recordings whose retention ended more than an hour ago and that are not discarded. Those under a "
        "legal hold are counted, and are no fault."
    )
    mend = (
        "See that the schedule runs and that the object store answers: the purge discards them within minutes. If it "
        "cannot, its own log says which recording and why."
    )

    def look(self) -> Result:
        with transaction.atomic():
            late = some(standing.overdue(LATE).values_list("id", flat=True)[:_MOST])
            kept = standing.held().filter(discard_after__lte=timezone.now()).count()
            there = Recording.objects.filter(discarded__isnull=True).count()
        if late["count"]:
            because = f"{late['count']} recordings are past their retention and still there."
            return failed(because, recordings=late, held_past_retention=kept, there=there)
        return passed(there=there, held_past_retention=kept)


@check
class RetentionIsThePlans(Check):
    key = "recordings.retention_of_plan"
    title = "No recording has a later end than its plan gave it"
    words = (
        "Compares when each recording is to be discarded with the days that its plan kept recordings for as it came."
    )
    mend = (
        "Find out who moved the date: the audit log has the entry. Set it back; the purge then discards what is "
        "overdue. To keep a recording for longer, place a legal hold with its reason."
    )

    def look(self) -> Result:
        with transaction.atomic():
            later = some(standing.kept_for_longer(LATE).values_list("id", flat=True)[:_MOST])
        if later["count"]:
            because = f"{later['count']} recordings are to be kept for longer than their plan allows."
            return failed(because, recordings=later)
        return passed()


@check
class DiscardsEnd(Check):
    key = "recordings.discards_end"
    title = "A discard that was begun ends"
    words = "Looks for recordings whose discard was begun more than an hour ago and has not ended."
    mend = "See that the schedule runs and that the object store answers; the purge carries on with each of them."

    def look(self) -> Result:
        with transaction.atomic():
            under_way = [str(id) for id in standing.discarding().values_list("id", flat=True)[:_MOST]]
            moved = Entry.objects.filter(object_type="recordings.recording", object_pk__in=under_way).order_by()
            last = dict(moved.values_list("object_pk").annotate(last=Max("timestamp")))
        before = timezone.now() - LATE
        # Of whose entries nothing is left they are older than the log.
        stuck = some(id for id in under_way if id not in last or last[id] <= before)
        if stuck["count"]:
            return failed(f"{stuck['count']} discards were begun and did not end.", recordings=stuck)
        return passed(under_way=len(under_way))


@check
class DiscardsAreCertified(Check):
    key = "recordings.certificates"
    title = "Each discarded recording has its certificate"
    words = (
        "Looks for discarded recordings without a certificate, or with one of other bytes, and for certificates of "
        "recordings that are not discarded."
    )
    mend = (
        "Only somebody with the database's own rights can bring this about. Verify the audit log, find the entry of "
        "the certificate there, and restore the row from a backup."
    )

    def look(self) -> Result:
        with transaction.atomic():
            without = some(standing.uncertified().values_list("id", flat=True)[:_MOST])
            certificates = standing.certified()
        if without["count"]:
            because = f"{without['count']} recordings and certificates do not fit together."
            return failed(because, recordings=without, certificates=certificates)
        return passed(certificates=certificates)


@check
class HoldsHaveReasons(Check):
    key = "recordings.holds"
    title = "Each legal hold of a recording says who placed it and why"
    words = "Looks for recordings that are held without a reason, or by nobody."
    mend = "Find out in the audit log who holds it. Lift the hold, and place it again with its reason if it is wanted."

    def look(self) -> Result:
        with transaction.atomic():
            unexplained = standing.held().filter(Q(held_why="") | Q(held_by_name=""))
            without = some(unexplained.values_list("id", flat=True)[:_MOST])
            held = some(standing.held().values_list("id", flat=True)[:_MOST])
        if without["count"]:
            because = f"{without['count']} recordings are kept by a hold that says neither who nor why."
            return failed(because, recordings=without, held=held)
        return passed(held=held)
