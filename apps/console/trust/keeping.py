"""The document room as staff keeps it: what lies in it, and who may have it. At the platform's own site only."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern

from apps.access.declarations import needs
from apps.access.objects import own_id, user_for
from apps.access.permissions import Permission
from apps.accounts.posting import newest
from apps.audit.acting import narrating
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance.documents import deciding, keeping
from apps.compliance.documents.access import document_for, documents_visible_to, request_for, requests_visible_to
from apps.compliance.documents.apart import MOST_BYTES
from apps.compliance.documents.errors import AccessRefused, DocumentRefused
from apps.compliance.documents.models import Document, DocumentRequest
from apps.console import forms_of_documents as forms
from apps.console.exporting import Row
from apps.console.filters import Days
from apps.console.kinds import Kind
from apps.tenants.afterwards import Afterwards

P = Permission
_KEEPS = needs(GET=P.PLATFORM_DOCUMENTS_MANAGE, POST=P.PLATFORM_DOCUMENTS_MANAGE)
_READS = needs(GET=P.PLATFORM_DOCUMENTS_MANAGE)
_PDF = "application/pdf"


class Documents(Kind):
    """What lies in the room."""

    permissions = {"view": P.PLATFORM_DOCUMENTS_MANAGE}  # read by apps/access
    called = ("document", "documents")
    change_list_template = "console/documents.html"
    list_display = ["title", "kind"]
    list_filter = ["kind", Days.of("made", "Made")]
    search_fields = ["title"]
    exported = ("id", "title", "kind", "about", "made", "uploaded", "size", "pages", "sha256", "withdrawn")
    ordering = ["-made", "-id"]
    actions = None

    def further_pages(self) -> list[URLPattern]:
        return [
            self.at("new/", _KEEPS(self.new), "new"),
            self.at("<uuid:document>/", _KEEPS(self.one), "change"),
            self.at("<uuid:document>/file/", needs(POST=P.PLATFORM_DOCUMENTS_MANAGE)(self.file), "file"),
            self.at("<uuid:document>/history/", needs(GET=P.PLATFORM_DOCUMENTS_MANAGE)(self.past), "history"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        waits = Count("requests", filter=Q(requests__state=DocumentRequest.State.CONFIRMED))
        return documents_visible_to(request).annotate(waits=waits)

    def new(self, request: HttpRequest) -> HttpResponseBase:
        form = forms.NewDocument(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            by = user_for(request, own_id(request), P.ACCOUNT_OWN)
            with narrating(f"Announces the document {given['title']}"):
                made = keeping.announce(given["title"], Document.Kind(given["kind"]), given["about"], by)
            return redirect(self.admin_site.address(self.name_of("change"), made.pk))
        return self.admin_site.render(request, "console/document_new.html", "New document", form=form)

    def one(self, request: HttpRequest, document: uuid.UUID) -> HttpResponseBase:
        found = document_for(request, document)
        if request.method == "POST" and request.POST.get("do") == "withdraw":
            with narrating(f"Withdraws the document {found.title}"):
                keeping.withdraw(found)
            messages.success(request, f"{found.title} is withdrawn: no link to it gives anything any more.")
            there = self.admin_site.address(self.name_of("change"), found.pk)

            def run() -> HttpResponseBase:
                keeping.delete_file(found)
                return redirect(there)

            return Afterwards(run)
        return self.admin_site.render(
            request, "console/document_of_room.html", found.title, document=found, most=MOST_BYTES,
            requests=list(requests_visible_to(request).filter(document=found)[:50]), lines=self.last_of(request, found),
        )  # fmt: skip

    def file(self, request: HttpRequest, document: uuid.UUID) -> HttpResponseBase:
        """The file, as the body of the request: no form, so that nothing of it is ever put into a temporary file."""
        found = document_for(request, document)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.content_type != _PDF or not length.isdecimal():
            return _told(415, "Send the file itself, as application/pdf.")
        if int(length) > MOST_BYTES:
            return _told(413, str(DocumentRefused("too-large")))

        def run() -> HttpResponseBase:
            try:
                content = request.read(MOST_BYTES + 1)
                if len(content) != int(length):
                    return _told(400, "The line broke before all of the file was here. Try again.")
                with narrating(f"Puts the file of {found.title} into the document room"):
                    keeping.put(found, content)
            except UnreadablePostError:
                return _told(400, "The line broke before all of the file was here. Try again.")
            except DocumentRefused as refused:
                return _told(422, str(refused))
            except AccessRefused as refused:
                return _told(409, str(refused))
            return _told(200, "It is in the room, sealed, and offered on the trust page.")

        return Afterwards(run)

    def past(self, request: HttpRequest, document: uuid.UUID) -> HttpResponseBase:
        found = document_for(request, document)
        return self.history(request, found, found.title)


class Requests(Kind):
    """Who asked for what. Only those who have confirmed their address."""

    permissions = {"view": P.PLATFORM_DOCUMENTS_MANAGE}  # read by apps/access
    called = ("request", "requests")
    change_list_template = "console/document_requests.html"
    list_display = ["name", "state"]
    list_filter = ["state", Days.of("asked", "Asked")]
    search_fields = ["name", "company", "email"]
    exported = (
        "id", "document", "name", "company", "email", "state", "asked", "confirmed", "decided", "reason", "expires",
        "used", "most",
    )  # fmt: skip
    ordering = ["-asked", "-id"]
    actions = None

    def further_pages(self) -> list[URLPattern]:
        return [
            self.at("<uuid:document_request>/", _KEEPS(self.one), "change"),
            self.at("<uuid:document_request>/history/", _READS(self.past), "history"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentRequest]:
        return requests_visible_to(request)

    def row(self, one: Any) -> Row:
        return {**super().row(one), "document": one.document.title}

    def one(self, request: HttpRequest, document_request: uuid.UUID) -> HttpResponseBase:
        found = request_for(request, document_request)
        do = request.POST.get("do", "")
        bound = request.POST if request.method == "POST" else None
        approving = forms.Approve(bound if do == "approve" else None)
        refusing = forms.Because(bound if do in ("refuse", "revoke") else None)
        if bound is not None and self._done(request, found, do, approving, refusing):
            return redirect(self.admin_site.address(self.name_of("change"), found.pk))
        lines = self.last_of(request, found)  # asked before it is noted that they were read
        record(Action.ACCESS, found, narrative="Staff reads who asks for a document")
        return self.admin_site.render(
            request, "console/document_request.html", found.name, asked=found, approving=approving, refusing=refusing,
            copies=list(found.copies.all()), mail=newest("document-link", str(found.pk)),
            lines=lines,
        )  # fmt: skip

    def _done(
        self, request: HttpRequest, found: DocumentRequest, do: str, approving: forms.Approve, refusing: forms.Because
    ) -> bool:
        """Whether it was done, or refused for a reason that stands in a message; else a form says what is wrong."""
        by = user_for(request, own_id(request), P.ACCOUNT_OWN)
        try:
            if do == "approve" and approving.is_valid():
                with narrating("Approves a request for a document"):
                    deciding.approve(found, by, approving.cleaned_data["days"], approving.cleaned_data["copies"])
                said = f"The link is on its way to {found.email}."
            elif do == "refuse" and refusing.is_valid():
                with narrating("Refuses a request for a document"):
                    deciding.refuse(found, by, refusing.cleaned_data["reason"])
                said = f"The reason is on its way to {found.email}."
            elif do == "revoke" and refusing.is_valid():
                with narrating("Revokes a link to a document"):
                    deciding.revoke(found, by, refusing.cleaned_data["reason"])
                said = "The link gives nothing any more."
            elif do == "again":
                with narrating("Sends a link to a document again"):
                    deciding.send_again(found)
                said = f"Another link is on its way to {found.email}; the one before is good no more once it is sent."
            else:
                return False
        except AccessRefused as refused:
            messages.error(request, str(refused))
            return True
        messages.success(request, said)
        return True

    def past(self, request: HttpRequest, document_request: uuid.UUID) -> HttpResponseBase:
        found = request_for(request, document_request)
        return self.history(request, found, f"the request of {found.name}")


def _told(status: int, words: str) -> HttpResponseBase:
    return JsonResponse({"words": words}, status=status)
