"""Objects of the document room, for the IDOR harness."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.accounts import links
from apps.compliance.documents.models import Document, DocumentRequest

_A_DAY = datetime.timedelta(days=1)
_READ = Permission.PLATFORM_DOCUMENTS_MANAGE


def _document(made: Mapping[str, str]) -> str:
    return str(Document.objects.create(title="Specimen", kind=Document.Kind.OTHER, made_by_id=made["user"]).id)


def _new_request(made: Mapping[str, str], **more: Any) -> DocumentRequest:
    found: DocumentRequest = DocumentRequest.objects.create(
        document_id=made["document"], name="Specimen", company="Specimen", network="0" * 64,
        email=f"specimen-{uuid.uuid4().hex}@specimen.invalid", confirm_until=timezone.now() + _A_DAY, **more,
    )  # fmt: skip
    return found


def _request(made: Mapping[str, str]) -> str:
    return str(_new_request(made, state=DocumentRequest.State.CONFIRMED).id)


def _confirm_link(made: Mapping[str, str]) -> str:
    secret = links.new_secret()
    _new_request(made, confirm_digest=links.digest(secret))
    return secret


def _document_link(made: Mapping[str, str]) -> str:
    secret = links.new_secret()
    _new_request(
        made, state=DocumentRequest.State.APPROVED, link_digest=links.digest(secret), most=1,
        expires=timezone.now() + _A_DAY, decided_by_id=made["user"],
    )  # fmt: skip
    return secret


register(Specimen("document", _document, _READ, Document))
register(Specimen("document_request", _request, _READ, DocumentRequest))
register(Specimen("confirm_link", _confirm_link, None, missing=links.new_secret, is_secret=True))
register(Specimen("document_link", _document_link, None, missing=links.new_secret, is_secret=True))
