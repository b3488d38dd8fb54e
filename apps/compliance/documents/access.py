"""Which documents and requests staff may see, and the one that is named (see ``apps.access.objects``)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.access.objects import Id, one_for
from apps.access.permissions import Permission, may
from apps.compliance.documents.models import Document, DocumentRequest

_NEEDED = Permission.PLATFORM_DOCUMENTS_MANAGE


def documents_visible_to(request: HttpRequest) -> QuerySet[Document]:
    """All of the room, for those of the platform's staff who keep it."""
    return Document.objects.select_related("made_by") if may(request, _NEEDED) else Document.objects.none()


def document_for(request: HttpRequest, id: Id) -> Document:
    """Raises Http404 and PermissionDenied."""
    return one_for(request, documents_visible_to(request), id, _NEEDED)


def requests_visible_to(request: HttpRequest) -> QuerySet[DocumentRequest]:
    """Those whose address is confirmed: what a stranger types in somebody else's name is nobody's to read."""
    if not may(request, _NEEDED):
        return DocumentRequest.objects.none()
    return DocumentRequest.objects.exclude(state=DocumentRequest.State.ASKED).select_related("document", "decided_by")


def request_for(request: HttpRequest, id: Id) -> DocumentRequest:
    """Raises Http404 and PermissionDenied."""
    return one_for(request, requests_visible_to(request), id, _NEEDED)
