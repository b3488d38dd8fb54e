"""Handing out a copy: by the link of a mail, as often as was approved, each with a serial and an entry of the log."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from django.db.models import F
from django.utils import timezone

from apps.accounts import links
from apps.accounts.client_address import Address
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance.documents.apart import stamped
from apps.compliance.documents.marking import marks, new_serial
from apps.compliance.documents.models import DocumentCopy, DocumentRequest
from apps.vault import configured

_State = DocumentRequest.State


class Why(Enum):
    """Why a link gives nothing, in words for who holds it."""

    UNKNOWN = "This link is not one of ours, or a newer one has taken its place: look for the newest mail."
    EXPIRED = "This link has expired. Ask for the document again, and we look at it again."
    REVOKED = "This link was revoked. Write to us if you think that it should not have been."
    WITHDRAWN = "The document was withdrawn. A newer one may stand on the trust page."
    USED_UP = "All copies that were approved have been downloaded. Ask again if you need another one."


@dataclass(frozen=True, slots=True)
class Link:
    """What a link leads to: a request, and why it gives nothing where it does not."""

    request: DocumentRequest | None
    why_not: Why | None

    @property
    def left(self) -> int:
        return 0 if self.request is None or self.why_not is not None else self.request.most - self.request.used


def behind_link(secret: str) -> Link:
    """What the link of a mail leads to; spends nothing. Raises :class:`~apps.accounts.errors.LinkRefused` for what was
    never a secret of ours."""
    found = DocumentRequest.objects.select_related("document").filter(link_digest=links.digest(secret)).first()
    return Link(found, Why.UNKNOWN if found is None else _why_not(found))


def _why_not(request: DocumentRequest) -> Why | None:
    if request.state == _State.REVOKED:
        return Why.REVOKED
    if request.state != _State.APPROVED or request.expires is None:
        return Why.UNKNOWN
    if not request.document.is_offered:
        return Why.WITHDRAWN
    if request.expires <= timezone.now():
        return Why.EXPIRED
    return Why.USED_UP if request.used >= request.most else None


def claim(secret: str, client: Address | None) -> DocumentCopy | Why:
    """Takes one of the copies that were approved: a row with its serial, and an entry of the log. Of two at once, as
    many get one as there are. Raises as :func:`behind_link` does."""
    link = behind_link(secret)
    if link.request is None or link.why_not is not None:
        return link.why_not or Why.UNKNOWN
    now = timezone.now()
    mine = DocumentRequest.objects.filter(
        id=link.request.id, link_digest=links.digest(secret), state=_State.APPROVED, expires__gt=now,
        used__lt=F("most"), document__withdrawn=None,
    )  # fmt: skip
    if not mine.update(used=F("used") + 1):
        return behind_link(secret).why_not or Why.USED_UP
    copy = DocumentCopy.objects.create(
        request=link.request, serial=new_serial(), at=now, address=None if client is None else str(client)
    )
    record(
        Action.EXPORT, copy, narrative="A copy from the document room",
        details={"document": str(link.request.document_id), "request": str(link.request.id)},
    )  # fmt: skip
    return copy


def content(copy: DocumentCopy) -> bytes:
    """The copy itself, marked on each page. In no transaction: it reads the store, and has another process work.

    Raises what the store and the vault raise.
    """
    request = copy.request
    with configured.object_store().opened(request.document.stored) as stream:
        plain = b"".join(stream.chunks())
    overlay = marks(
        name=request.name, address=request.email, company=request.company,
        when=f"{copy.at:%d %b %Y, %H:%M} UTC", serial=copy.serial,
    )  # fmt: skip
    return stamped(plain, overlay, copy.serial)
