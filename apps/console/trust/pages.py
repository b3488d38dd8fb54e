"""Openly public: the trust page, its twin as JSON, the procurement pack, and the docs that promises name.

Nothing of it depends on who asks: no cookie is read or set, and what is between may keep it.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response

from apps.access.declarations import public
from apps.access.specimen import Fixed, carries
from apps.accounts.signing_in import as_claimed
from apps.compliance import handbook, security_txt
from apps.console.trust.doors import at_platform
from apps.console.trust.seen import Body, Seen, kept
from apps.tenants.afterwards import Afterwards

_FOR_A_MINUTE = "public, max-age=60"
_FOR_AN_HOUR = "public, max-age=3600"


@at_platform
@public("whoever thinks of becoming a customer looks here first", "GET")
def trust(request: HttpRequest) -> HttpResponseBase:
    return Afterwards(lambda: _answer(request, _seen(request).page))


@at_platform
@public("the same as the trust page, for programs", "GET")
def as_json(request: HttpRequest) -> HttpResponseBase:
    return Afterwards(lambda: _answer(request, _seen(request).data))


@at_platform
@public("the same as the trust page, for a procurement folder", "GET")
def pack(request: HttpRequest) -> HttpResponseBase:
    def run() -> HttpResponse:
        body = _seen(request).pack
        if body is None:
            raise Http404
        answer = _answer(request, body)
        answer.headers["Content-Disposition"] = 'attachment; filename="specward-procurement-pack.pdf"'
        return answer

    return Afterwards(run)


@at_platform
@public("promises name these sections of the docs", "GET")
@carries(path={"page": Fixed("05-security")})
def docs(request: HttpRequest, page: str) -> HttpResponseBase:
    found = handbook.page(page)
    if found is None:
        raise Http404
    shown = {"page": found, "title": found.title, "others": handbook.SERVED.items()}
    body = Body(render(None, "trust/docs.html", shown).content, "text/html; charset=utf-8")
    return _answer(request, body, _FOR_AN_HOUR)


@public("whoever has found a weakness may be nobody's customer", "GET")
def security(request: HttpRequest) -> HttpResponseBase:
    words = security_txt.text()
    if words is None:
        raise Http404
    return _answer(request, Body(words.encode(), "text/plain; charset=utf-8"), _FOR_AN_HOUR)


def _seen(request: HttpRequest) -> Seen:
    with as_claimed(request):
        return kept.now()


def _answer(request: HttpRequest, body: Body, kept_for: str = _FOR_A_MINUTE) -> HttpResponse:
    whole = HttpResponse(body.content, content_type=body.kind)
    whole.headers["ETag"] = body.etag
    whole.headers["Cache-Control"] = kept_for
    answer = get_conditional_response(request, etag=body.etag, response=whole)
    return whole if answer is None else answer
