"""The document room as visitors see it: ask, confirm the address, download by the link of a mail.

Both links lead to a page with a button: what reads mails before people do follows links, and presses none.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from apps.access.declarations import public
from apps.accounts.client_address import client_address
from apps.accounts.errors import LinkRefused
from apps.accounts.signing_in import as_claimed
from apps.audit.acting import narrating
from apps.compliance.documents import asking, handing
from apps.compliance.documents.errors import AccessRefused
from apps.compliance.documents.handing import Link, Why
from apps.compliance.documents.models import DocumentCopy
from apps.console.forms_of_documents import AskForDocument
from apps.console.trust.doors import at_platform
from apps.tenants.afterwards import Afterwards


@at_platform
@public("visitors have no account, and ask for a document here", "GET", "POST")
def ask(request: HttpRequest) -> HttpResponseBase:
    with as_claimed(request):
        form = AskForDocument(request.POST if request.method == "POST" else None, asking.offered())
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                with narrating("A visitor asks for a document"):
                    asking.ask(form.document, given["name"], given["company"], given["email"], client_address(request))
            except AccessRefused as refused:
                return _page(request, "trust/ask.html", "Request a document", 429, refusal=str(refused), form=form)
            # The same whether a mail is sent or not: nobody learns who has asked before.
            return _page(request, "trust/asked.html", "Look into your mail", email=given["email"])
    return _page(request, "trust/ask.html", "Request a document", form=form)


@at_platform
@public("the link of the mail is the credential here", "GET", "POST")
def confirm(request: HttpRequest, confirm_link: str) -> HttpResponseBase:
    try:
        with as_claimed(request):
            found = asking.to_confirm(confirm_link)
            if found is not None and request.method == "POST":
                with narrating("A visitor confirms the address of a request"):
                    found = asking.confirm(confirm_link)
                if found is not None:
                    return _page(request, "trust/confirmed.html", "Thank you", wanted=found)
    except LinkRefused:
        found = None
    if found is None:
        words = "It was used already, a day has passed since it was sent, or a newer one has taken its place."
        return _page(request, "trust/spent.html", "This link is not valid any more", 404, words=words)
    return _page(request, "trust/confirm.html", "Confirm your request", wanted=found)


@at_platform
@public("the link of the mail is the credential here", "GET", "POST")
def download(request: HttpRequest, document_link: str) -> HttpResponseBase:
    try:
        with as_claimed(request):
            link = handing.behind_link(document_link)
            if link.why_not is None and request.method == "POST":
                with narrating("A visitor downloads a copy from the document room"):
                    copy = handing.claim(document_link, client_address(request))
                if not isinstance(copy, Why):
                    return Afterwards(lambda: _file(request, copy))
                link = Link(link.request, copy)
    except LinkRefused:
        link = Link(None, Why.UNKNOWN)
    if link.why_not is not None:
        status = 404 if link.why_not is Why.UNKNOWN else 410
        return _page(request, "trust/spent.html", "There is nothing to download here", status, words=link.why_not.value)
    return _page(request, "trust/download.html", "Your document", link=link, wanted=link.request)


def _file(request: HttpRequest, copy: DocumentCopy) -> HttpResponse:
    with as_claimed(request):
        content = handing.content(copy)
    answer = HttpResponse(content, content_type="application/pdf")
    # The name is ours: a title is somebody's words, and a header is no place for them.
    answer.headers["Content-Disposition"] = f'attachment; filename="specward-{copy.serial.lower()}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(request: HttpRequest, template: str, title: str, status: int = 200, **shown: object) -> HttpResponse:
    return render(request, template, {"title": title, **shown}, status=status)
