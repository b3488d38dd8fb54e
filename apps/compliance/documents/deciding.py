"""Staff decides who gets a document: approves with an end and a number of copies, refuses, revokes, sends it again."""

from __future__ import annotations

import datetime
from typing import Final

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from apps.accounts import links
from apps.accounts.models import User
from apps.accounts.posting import letter, post
from apps.compliance.documents.asking import NOT_SHOWN
from apps.compliance.documents.errors import AccessRefused
from apps.compliance.documents.models import DocumentRequest

USUAL_DAYS: Final = 14
MOST_DAYS: Final = 90
USUAL_COPIES: Final = 3
MOST_COPIES: Final = 20
PATH: Final = "/trust/documents/{secret}/"
_LINK: Final = "document-link"
_REFUSAL: Final = "document-refused"
_State = DocumentRequest.State

_APPROVED: Final = """Hello,

you asked for access to a document:

  {title}

It is yours to download until {until:%d %B %Y, %H:%M} UTC, {most} time{s} at most:

{link}

Each page of your copy says who got it and when. Please keep it and this link to yourself.
"""
_REFUSED: Final = """Hello,

you asked for access to a document:

  {title}

We cannot give it to you: {reason}
"""


def approve(request: DocumentRequest, by: User, days: int = USUAL_DAYS, copies: int = USUAL_COPIES) -> None:
    """Mails a link that is good for so many days and copies. Raises :class:`AccessRefused`."""
    if not (1 <= days <= MOST_DAYS and 1 <= copies <= MOST_COPIES):
        raise AccessRefused(f"A link is good for 1 to {MOST_DAYS} days and 1 to {MOST_COPIES} copies.")
    if not request.document.is_offered:
        raise AccessRefused("The document is withdrawn. Refuse the request, and say so.")
    now = timezone.now()
    _move(
        request, _State.CONFIRMED, _State.APPROVED, decided=now, decided_by=by,
        expires=now + datetime.timedelta(days=days), most=copies,
    )  # fmt: skip
    post(_LINK, str(request.id), NOT_SHOWN)


def refuse(request: DocumentRequest, by: User, reason: str) -> None:
    """Mails the reason. Raises :class:`AccessRefused`."""
    _move(request, _State.CONFIRMED, _State.REFUSED, decided=timezone.now(), decided_by=by, reason=_said(reason))
    post(_REFUSAL, str(request.id), NOT_SHOWN)


def revoke(request: DocumentRequest, by: User, reason: str) -> None:
    """Ends the link at once; who has it is told so where they use it. Raises :class:`AccessRefused`."""
    _move(request, _State.APPROVED, _State.REVOKED, decided=timezone.now(), decided_by=by, reason=_said(reason))


def send_again(request: DocumentRequest) -> None:
    """Mails another link in place of the one before, with what is left of days and copies.

    Raises :class:`AccessRefused`.
    """
    if request.state != _State.APPROVED or request.expires is None or request.expires <= timezone.now():
        raise AccessRefused("There is no link that is still good. Let them ask again.")
    post(_LINK, str(request.id), NOT_SHOWN)


def _said(reason: str) -> str:
    if not reason.strip():
        raise AccessRefused("Say why, in a sentence.")
    return reason.strip()


def _move(request: DocumentRequest, before: _State, after: _State, **columns: object) -> None:
    """Once, whoever else decides at the same moment."""
    mine = DocumentRequest.objects.filter(id=request.id, state=before)
    if not mine.update(state=after, **columns):
        raise AccessRefused(
            f"Nothing was changed: the request is not “{before.label.lower()}” any more. Load the page."
        )
    request.refresh_from_db()


@letter(_LINK)
def _write_link(about: str) -> EmailMultiAlternatives | None:
    """The mail with a new link; one that was sent before is good no more."""
    request = DocumentRequest.objects.select_related("document").filter(id=about, state=_State.APPROVED).first()
    if request is None or request.expires is None or request.expires <= timezone.now():
        return None
    secret = links.new_secret()
    DocumentRequest.objects.filter(id=request.id).update(link_digest=links.digest(secret))
    text = _APPROVED.format(
        title=request.document.title, until=request.expires, most=request.most, s="" if request.most == 1 else "s",
        link=links.address(PATH.format(secret=secret)),
    )  # fmt: skip
    return EmailMultiAlternatives("The document that you asked for", text, to=[request.email])


@letter(_REFUSAL)
def _write_refusal(about: str) -> EmailMultiAlternatives | None:
    request = DocumentRequest.objects.select_related("document").filter(id=about, state=_State.REFUSED).first()
    if request is None:
        return None
    text = _REFUSED.format(title=request.document.title, reason=request.reason)
    return EmailMultiAlternatives("About the document that you asked for", text, to=[request.email])
