"""A visitor asks for a document, and confirms the address that it is to be sent to.

Anybody may ask in anybody's name: so the first mail says nothing that was typed into the form, there are few of them
for one address and for one network, and staff is shown only what an address has confirmed.
"""

from __future__ import annotations

import datetime
import hmac
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.utils import timezone

from apps.accounts import links
from apps.accounts.client_address import Address, network_of
from apps.accounts.models import normal_email
from apps.accounts.posting import letter, post
from apps.compliance.documents.errors import AccessRefused
from apps.compliance.documents.models import Document, DocumentRequest

GOOD_FOR: Final = datetime.timedelta(hours=24)
"""How long an address may be confirmed."""
KEPT_FOR: Final = datetime.timedelta(days=7)
"""How long a request is kept whose address nobody confirmed."""
HOUR: Final = datetime.timedelta(hours=1)
DAY: Final = datetime.timedelta(days=1)
OF_A_NETWORK: Final = 5
"""Requests in an hour."""
OF_AN_ADDRESS: Final = 3
"""Requests in a day: nobody's mailbox is filled by others."""
OF_ALL: Final = 200
"""Requests in a day that nobody has confirmed: who writes many with many addresses fills no table and no queue."""
PATH: Final = "/trust/confirm/{secret}/"
NOT_SHOWN: Final = "visitor@documents.invalid"
"""What the row of a mail to a visitor says, and so the log, which keeps it for years: the request knows the address."""
_LETTER: Final = "document-confirm"
_LOCK: Final = 0x5EC0_D0C5
_State = DocumentRequest.State

_TEXT: Final = """Hello,

somebody, we hope you, asked at {host} for access to a document:

  {title}

Confirm within a day that this address is yours. Then we look at the request:

{link}

If it was not you, do nothing: you get no other mail of this.
"""


def offered() -> list[Document]:
    """What strangers are told of, in the tenant behind whose walls this runs."""
    return [one for one in Document.objects.filter(withdrawn=None).exclude(stored="") if one.is_offered]


def ask(document: Document, name: str, company: str, email: str, client: Address | None) -> DocumentRequest | None:
    """Takes a request down and mails a link to its address; None where that address has had enough mails today, which
    whoever asks is not told.

    Raises :class:`AccessRefused` where the network, or everybody together, has asked too often.
    """
    now = timezone.now()
    _one_after_the_other()
    _forget_unconfirmed(now)
    network = _keyed("" if client is None else network_of(client))
    if DocumentRequest.objects.filter(network=network, asked__gt=now - HOUR).count() >= OF_A_NETWORK:
        raise AccessRefused("There were several requests from your network within an hour. Try again in an hour.")
    if DocumentRequest.objects.filter(state=_State.ASKED, asked__gt=now - DAY).count() >= OF_ALL:
        raise AccessRefused("There are more requests than we can take at the moment. Try again tomorrow.")
    address = normal_email(email)
    if DocumentRequest.objects.filter(email=address, asked__gt=now - DAY).count() >= OF_AN_ADDRESS:
        return None
    made = DocumentRequest.objects.create(
        document=document, name=name, company=company, email=address, network=network, asked=now,
        confirm_until=now + GOOD_FOR,
    )  # fmt: skip
    post(_LETTER, str(made.id), NOT_SHOWN)
    return made


def to_confirm(secret: str) -> DocumentRequest | None:
    """The request that a link of the first mail is about, where it can be confirmed; spends nothing.

    Raises :class:`~apps.accounts.errors.LinkRefused` for what was never a secret of ours.
    """
    found = DocumentRequest.objects.select_related("document").filter(confirm_digest=links.digest(secret)).first()
    if found is None or found.state != _State.ASKED or found.confirm_until <= timezone.now():
        return None
    return found


def confirm(secret: str) -> DocumentRequest | None:
    """Confirms the address, once. None where the link is good no more. Raises as :func:`to_confirm` does."""
    now = timezone.now()
    mine = DocumentRequest.objects.filter(
        confirm_digest=links.digest(secret), state=_State.ASKED, confirm_until__gt=now, document__withdrawn=None
    )
    found = mine.select_related("document").first()
    if found is None or not mine.update(state=_State.CONFIRMED, confirmed=now):
        return None
    return found


@letter(_LETTER)
def _write(about: str) -> EmailMultiAlternatives | None:
    """The mail with a new link; one that was sent before is good no more."""
    request = DocumentRequest.objects.select_related("document").filter(id=about, state=_State.ASKED).first()
    if request is None or request.confirm_until <= timezone.now() or not request.document.is_offered:
        return None
    secret = links.new_secret()
    DocumentRequest.objects.filter(id=request.id).update(confirm_digest=links.digest(secret))
    link = links.address(PATH.format(secret=secret))
    text = _TEXT.format(host=link.split("/")[2], title=request.document.title, link=link)
    return EmailMultiAlternatives("Confirm your address", text, to=[request.email])


def _one_after_the_other() -> None:
    """Until the end of the transaction: a hundred at once are counted as a hundred."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _forget_unconfirmed(now: datetime.datetime) -> None:
    DocumentRequest.objects.filter(state=_State.ASKED, asked__lt=now - KEPT_FOR).delete()


def _keyed(text: str) -> str:
    # An address is personal data: without the key nobody finds it in the table.
    return hmac.new(settings.SECRET_KEY.encode(), b"documents:" + text.encode(), "sha256").hexdigest()
