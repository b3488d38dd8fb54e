"""Mailing a report to one recipient: at most once, whatever dies when, and once where nothing does.

A mailing is claimed by a conditional update. Until the mail server has been told that the mail is whole it has taken
nothing, so whatever fails before may be tried again. Right before it is told, that is noted and committed
(``handing``); its answer is noted after. Who dies between the two notes leaves a mailing of which nobody knows whether
it arrived. It is not sent again by itself, and shown as what it is: a person may send it again, and it then has the
same Message-ID, by which mailboxes know what they have.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from typing import Final

from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts import links
from apps.audit.acting import narrating
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance.reports import waking
from apps.compliance.reports.content import Content
from apps.compliance.reports.errors import NothingToSend, TransactionOpen
from apps.compliance.reports.handing import NotKnown, NotTaken, hand_over
from apps.compliance.reports.letters import letter_of
from apps.compliance.reports.models import Letterhead, Mailing, Recipient, Report, UnsubscribeLink

log = logging.getLogger(__name__)

CLAIMED_FOR: Final = datetime.timedelta(minutes=10)
"""How long nobody else tries: longer than ``EMAIL_TIMEOUT`` for each step of a conversation."""
AGAIN_AFTER: Final = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
"""After a failure; after one more than these nobody tries any more."""
_AGAIN: Final = (Mailing.State.UNKNOWN, Mailing.State.FAILED)


def send(id: uuid.UUID) -> bool:
    """Mails one of the tenant behind whose walls this runs. False where it was, or is being, or could not be.

    What the mail server refuses, or cannot hear, is tried again later, and is no error here. Raises
    :class:`TransactionOpen`.
    """
    if connection.in_atomic_block:
        raise TransactionOpen
    mailing = _claim(id)
    if mailing is None:
        return False
    message = _written(mailing)
    try:
        hand_over(message, lambda: _note_handing(mailing))
    except _NotMine:
        return False
    except NotTaken as refused:
        _later(mailing, refused)
        return False
    except NotKnown as unheard:
        _end(mailing, Mailing.State.UNKNOWN, unheard.kind)
        return False
    _end(mailing, Mailing.State.SENT, "")
    return True


def waiting(report: uuid.UUID) -> list[uuid.UUID]:
    """The mailings of a report that nobody is at, and that may be tried now."""
    found = Mailing.objects.filter(
        report=report, report__state=Report.State.READY, state=Mailing.State.WAITING, handing=None,
        next_try__lte=timezone.now(),
    )  # fmt: skip
    return list(found.values_list("id", flat=True))


def give_up_lost() -> int:
    """Those that were being handed over when whoever did it died. Gives how many there were."""
    lost = Mailing.objects.filter(state=Mailing.State.WAITING, handing__isnull=False, next_try__lte=timezone.now())
    return sum(_end(mailing, Mailing.State.UNKNOWN, "Lost") for mailing in lost.select_related("report"))


def send_again(mailing: Mailing) -> None:
    """By a person, who takes it upon them that it may come twice. Raises :class:`NothingToSend`."""
    now = timezone.now()
    with transaction.atomic(), narrating("A report is mailed again"):
        mine = Mailing.objects.filter(id=mailing.id, state__in=_AGAIN, report__schedule__removed=None)
        wanted = mine.filter(recipient__unsubscribed=None, recipient__removed=None)
        if not wanted.update(state=Mailing.State.WAITING, handing=None, ended=None, tries=0, next_try=now, error=""):
            raise NothingToSend("it has arrived, or its recipient wants it no more")
        Report.objects.filter(id=mailing.report_id, state=Report.State.DONE).update(
            state=Report.State.READY, ended=None
        )
        waking.wake(mailing.report_id)


class _NotMine(Exception):
    """Somebody else has it now."""


def _claim(id: uuid.UUID) -> Mailing | None:
    now = timezone.now()
    mine = Mailing.objects.filter(id=id, state=Mailing.State.WAITING, handing=None, next_try__lte=now)
    if not mine.update(next_try=now + CLAIMED_FOR):
        return None
    mailing = Mailing.objects.select_related("report", "recipient__user").get(id=id)
    if not _is_wanted(mailing.recipient):
        _end(mailing, Mailing.State.OBSOLETE, "")
        return None
    if mailing.tries > len(AGAIN_AFTER):
        _end(mailing, Mailing.State.FAILED, mailing.error)
        return None
    mailing.tries += 1
    mailing.save(update_fields=["tries"])
    return mailing


def _is_wanted(recipient: Recipient) -> bool:
    """Hours after it was composed, and also where somebody left, or said no, just while it was."""
    left = recipient.user is not None and not recipient.user.is_active
    return recipient.unsubscribed is None and recipient.removed is None and not left


def _written(mailing: Mailing) -> EmailMultiAlternatives:
    """The mail, with a link by which its recipient gets no more."""
    secret = links.new_secret()
    UnsubscribeLink.objects.create(digest=links.digest(secret), recipient=mailing.recipient)
    content = Content.of(mailing.report.content or {})
    return letter_of(mailing, content, secret, Letterhead.objects.first())


def _note_handing(mailing: Mailing) -> None:
    """Raises :class:`_NotMine` where it took so long that somebody else has begun, or it is not wanted any more."""
    now = timezone.now()
    mine = Mailing.objects.filter(
        id=mailing.id, state=Mailing.State.WAITING, handing=None, next_try=mailing.next_try, next_try__gt=now
    )
    if not mine.update(handing=now):
        raise _NotMine
    mailing.handing = now


def _later(mailing: Mailing, refused: NotTaken) -> None:
    # Neither the address nor the link, which the error may quote: a log is read by more people than a mail.
    log.error("The mailing %s was not taken: %s, try %d.", mailing.id, refused.kind, mailing.tries)
    if refused.for_good or mailing.tries > len(AGAIN_AFTER):
        _end(mailing, Mailing.State.FAILED, refused.kind)
        return
    Mailing.objects.filter(id=mailing.id, state=Mailing.State.WAITING, next_try=mailing.next_try).update(
        handing=None, error=refused.kind, next_try=timezone.now() + AGAIN_AFTER[mailing.tries - 1]
    )


def _end(mailing: Mailing, state: Mailing.State, error: str) -> bool:
    """Notes what became of it, with an entry of the log. False where somebody else has."""
    with transaction.atomic(), narrating("A report was mailed to somebody"):
        mine = Mailing.objects.filter(id=mailing.id, state=Mailing.State.WAITING, next_try=mailing.next_try)
        if not mine.update(state=state, error=error, ended=timezone.now()):
            return False
        if state in (Mailing.State.SENT, Mailing.State.UNKNOWN):
            record(
                Action.EXPORT,
                mailing,
                details={"report": str(mailing.report_id), "digest": mailing.report.digest, "state": state.value},
                narrative="A report was mailed" if state is Mailing.State.SENT else "A report may have been mailed",
            )
    return True
