"""Sending mail: by a task, after the transaction, from a row that says how far that is.

The row says which letter it is and what it is about, and never what it says: a link's secret is made when the mail is
sent, and is nowhere but in the mail. So neither the broker nor the database ever holds it.

A mail is claimed by a conditional update and sent once. A process that dies between the server's yes and its own note
of it sends it again, with a new link; the old one is good no more.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Callable
from smtplib import SMTPException
from typing import Final

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Mail
from apps.tenants.walls import behind, connection

log = logging.getLogger(__name__)

Letter = Callable[[str], EmailMultiAlternatives | None]
"""Writes a mail about something, by its id; None where it is not to be sent any more."""

CLAIMED_FOR: Final = datetime.timedelta(minutes=10)
"""How long nobody else tries: longer than ``EMAIL_TIMEOUT``."""
AGAIN_AFTER: Final = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
"""After a failure; after one more than these nobody tries any more."""

_letters: Final[dict[str, Letter]] = {}


def letter(kind: str) -> Callable[[Letter], Letter]:
    """Says who writes the mails of a kind."""

    def decorate(write: Letter) -> Letter:
        _letters[kind] = write
        return write

    return decorate


def post(kind: str, about: str, to: str) -> Mail:
    """Sends a mail once the transaction has committed; not at all where it is rolled back.

    ``to`` is for people who look at what was sent; the letter itself is addressed by who writes it.
    """
    mail = Mail.objects.create(kind=kind, about=about, to=to)
    walls = connection().walls

    def hand_over() -> None:
        from apps.accounts.tasks import send_mail

        with behind(walls):
            send_mail.delay(str(mail.id))

    # A queue that is away loses nothing: what waits is found by its row (waiting).
    transaction.on_commit(hand_over, robust=True)
    return mail


def send(id: uuid.UUID) -> bool:
    """Sends one mail of the tenant behind whose walls this runs. False where it was sent, or is being sent, already.

    What the mail server refuses, or cannot hear, is tried again later, and is no error here.
    """
    mail = _claim(id)
    if mail is None:
        return False
    message = _letters[mail.kind](mail.about)
    if message is None:
        _end(mail, Mail.State.OBSOLETE)
        return False
    try:
        message.send()
    except (SMTPException, OSError) as error:
        _later(mail, error)
        return False
    _end(mail, Mail.State.SENT)
    return True


def waiting() -> list[uuid.UUID]:
    """The mails of the tenant behind whose walls this runs that nobody is sending."""
    now = timezone.now()
    return list(Mail.objects.filter(state=Mail.State.WAITING, next_try__lte=now).values_list("id", flat=True))


def newest(kind: str, about: str) -> Mail | None:
    """What became of the last mail about something, for people who look."""
    return Mail.objects.filter(kind=kind, about=about).order_by("-created").first()


def _claim(id: uuid.UUID) -> Mail | None:
    now = timezone.now()
    mine = Mail.objects.filter(id=id, state=Mail.State.WAITING, next_try__lte=now)
    if not mine.update(next_try=now + CLAIMED_FOR):
        return None
    mail = Mail.objects.get(id=id)
    if mail.tries > len(AGAIN_AFTER):
        _end(mail, Mail.State.FAILED)
        return None
    mail.tries += 1
    mail.save(update_fields=["tries"])
    return mail


def _later(mail: Mail, error: Exception) -> None:
    # Neither the address nor the link, which the error may quote: a log is read by more people than a mail.
    mail.error = type(error).__name__
    is_last = mail.tries > len(AGAIN_AFTER)
    log.error("The mail %s (%s) could not be sent: %s, try %d.", mail.id, mail.kind, mail.error, mail.tries)
    if is_last:
        _end(mail, Mail.State.FAILED)
        return
    mail.next_try = timezone.now() + AGAIN_AFTER[mail.tries - 1]
    mail.save(update_fields=["error", "next_try"])


def _end(mail: Mail, state: Mail.State) -> None:
    mail.state = state
    mail.sent = timezone.now() if state is Mail.State.SENT else None
    mail.error = "" if state is Mail.State.SENT else mail.error
    mail.save(update_fields=["state", "sent", "error"])
