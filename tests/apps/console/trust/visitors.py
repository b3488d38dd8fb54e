"""Dora, who thinks of buying: she has no account anywhere, a browser, and a mailbox."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.core import mail
from django.test import Client

from apps.accounts import posting
from apps.accounts.models import User
from apps.compliance.documents import keeping
from apps.compliance.documents.models import Document, DocumentRequest
from apps.tenants.walls import behind
from tests.apps.compliance.documents.papers import paper
from tests.apps.signing_in import walls_of
from tests.cast import PLATFORM, SAM

TITLE = "Summary of a penetration test"
ASK = "/trust/documents/"


@dataclass
class Visitor:
    """Somebody at our host without an account."""

    name: str = "Dora Döring"
    company: str = "Initech"
    email: str = "dora@initech.example"
    address: str = "203.0.113.7"
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(SERVER_NAME=PLATFORM.host, REMOTE_ADDR=self.address)

    def asks(self, document: Document, **other: str):
        given = {"wanted": str(document.pk), "name": self.name, "company": self.company, "email": self.email}
        return self.client.post(ASK, {**given, **other})

    def link(self) -> str:
        """The path in the newest mail to them, once all that waits is sent."""
        post_all()
        newest = [one for one in mail.outbox if one.to == [self.email]][-1]
        found = re.search(r"https?://\S+", str(newest.body))
        assert found is not None, newest.body
        return urlsplit(found[0]).path


def post_all() -> None:
    """Sends what waits in the platform's tenant."""
    with behind(walls_of(SAM)):
        for waiting in posting.waiting():
            posting.send(waiting)


def a_document(sam: User, content: bytes | None = None, title: str = TITLE) -> Document:
    """One that is offered."""
    with behind(walls_of(SAM)):
        made = keeping.announce(title, Document.Kind.PENTEST, "By Hooli, October 2026", sam)
        return keeping.put(made, paper() if content is None else content)


def the_request() -> DocumentRequest:
    with behind(walls_of(SAM)):
        return DocumentRequest.objects.select_related("document").latest("asked")


def page_of(request: DocumentRequest) -> str:
    return f"/platform/compliance/documentrequest/{request.pk}/"


def approved(dora: Visitor, document: Document, as_sam: Client, days: int = 14, copies: int = 3) -> str:
    """The path of the link that Dora gets."""
    assert dora.asks(document).status_code == 200
    assert dora.client.post(dora.link()).status_code == 200
    done = as_sam.post(page_of(the_request()), {"do": "approve", "days": days, "copies": copies})
    assert done.status_code == 302
    return dora.link()
