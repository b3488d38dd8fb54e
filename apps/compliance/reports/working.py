"""Working on a report: composed once, mailed to each recipient once, its checkpoint remembered once.

Each step is claimed by a conditional update, and each is found again by its row where whoever was at it is gone.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from apps.audit.acting import narrating
from apps.compliance import mailed
from apps.compliance.pdf import PdfRefused
from apps.compliance.reports import mailing, recipients
from apps.compliance.reports.composing import compose
from apps.compliance.reports.content import Content, digest_of
from apps.compliance.reports.errors import TransactionOpen
from apps.compliance.reports.models import Letterhead, Mailing, Report
from apps.compliance.reports.printing import as_pdf

log = logging.getLogger(__name__)

CLAIMED_FOR: Final = datetime.timedelta(minutes=10)
"""How long nobody else composes it: longer than a PDF may take."""
AGAIN_AFTER: Final = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
"""After a failure; after one more than these nobody tries any more."""


def work(id: uuid.UUID) -> bool:
    """Does what is to be done of a report of the tenant behind whose walls this runs. False where that was nothing.

    Raises :class:`TransactionOpen`.
    """
    if connection.in_atomic_block:
        raise TransactionOpen
    did = _compose(id)
    for each in mailing.waiting(id):
        did = mailing.send(each) or did
    return _finish(id) or did


def waiting() -> list[uuid.UUID]:
    """The reports of the tenant behind whose walls this runs of which something is to be done now."""
    now = timezone.now()
    mailing.give_up_lost()
    ready = Report.objects.filter(state=Report.State.READY)
    still = Mailing.objects.filter(state=Mailing.State.WAITING)
    to_mail = still.filter(next_try__lte=now).values("report")
    return [
        *Report.objects.filter(state=Report.State.WAITING, next_try__lte=now).values_list("id", flat=True),
        *ready.filter(id__in=to_mail).values_list("id", flat=True),
        *ready.exclude(id__in=still.values("report")).values_list("id", flat=True),
    ]


def _compose(id: uuid.UUID) -> bool:
    """What stands in it, from now on for ever, and to whom it goes."""
    report = _claim(id)
    if report is None:
        return False
    try:
        content = compose(report)
        letterhead = Letterhead.objects.first()
        pdf = as_pdf(content, letterhead) if report.schedule.with_pdf else None
    except PdfRefused as refused:
        _later(report, refused)
        return False
    _keep(report, content, pdf)
    return True


def _keep(report: Report, content: Content, pdf: bytes | None) -> None:
    now, kept = timezone.now(), content.as_json()
    with transaction.atomic(), narrating("A report was composed"):
        mine = Report.objects.filter(id=report.id, state=Report.State.WAITING, next_try=report.next_try)
        if not mine.update(
            state=Report.State.READY,
            content=kept,
            digest=digest_of(kept),
            pdf=pdf,
            composed=now,
            next_try=now,
            error="",
        ):
            return  # taken away meanwhile, or another one has composed it while this one was thought dead
        Mailing.objects.bulk_create(
            Mailing(report=report, recipient=one, to=one.email)
            for one in recipients.wanted(report.schedule, report.since)
        )


def _claim(id: uuid.UUID) -> Report | None:
    now = timezone.now()
    mine = Report.objects.filter(id=id, state=Report.State.WAITING, next_try__lte=now, schedule__removed=None)
    if not mine.update(next_try=now + CLAIMED_FOR):
        return None
    report = Report.objects.select_related("schedule").get(id=id)
    if report.tries > len(AGAIN_AFTER):
        _end(report, Report.State.FAILED)
        return None
    report.tries += 1
    report.save(update_fields=["tries"])
    return report


def _later(report: Report, error: Exception) -> None:
    report.error = type(error).__name__
    log.error("The report %s could not be composed: %s, try %d.", report.id, report.error, report.tries)
    if report.tries > len(AGAIN_AFTER):
        _end(report, Report.State.FAILED)
        return
    report.next_try = timezone.now() + AGAIN_AFTER[report.tries - 1]
    report.save(update_fields=["error", "next_try"])


def _end(report: Report, state: Report.State) -> None:
    report.state, report.ended = state, timezone.now()
    report.save(update_fields=["state", "ended", "error"])


def _finish(id: uuid.UUID) -> bool:
    """Once nothing of it waits: what left the house is remembered, in the same transaction as that it is done."""
    if Mailing.objects.filter(report=id, state=Mailing.State.WAITING).exists():
        return False
    with transaction.atomic(), narrating("A report was mailed"):
        mine = Report.objects.filter(id=id, state=Report.State.READY)
        if not mine.update(state=Report.State.DONE, ended=timezone.now()):
            return False
        report = Report.objects.get(id=id)
        sent = Mailing.objects.filter(report=id, state=Mailing.State.SENT).count()
        head = Content.of(report.content).head if report.content else None
        if head is not None and sent:
            mailed.remember(head.size, bytes.fromhex(head.root), head.note, sent)
    return True
