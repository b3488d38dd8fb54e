"""What stands in the document room for the pages to show: rows without files."""

from __future__ import annotations

from django.utils import timezone

from apps.accounts.models import User
from apps.compliance.documents.models import Document, DocumentRequest
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import SAM


def a_document(title: str = "Summary of a penetration test") -> Document:
    with behind(walls_of(SAM)):
        sam = User.objects.get(email=SAM.email)
        return Document.objects.create(title=title, kind=Document.Kind.PENTEST, made_by=sam)


def a_request(document: Document, name: str = "Dora") -> DocumentRequest:
    """One whose address is confirmed."""
    now = timezone.now()
    with behind(walls_of(SAM)):
        return DocumentRequest.objects.create(
            document=document, name=name, company="Initech", email="dora@initech.example", network="0" * 64,
            confirm_until=now, confirmed=now, state=DocumentRequest.State.CONFIRMED,
        )  # fmt: skip
