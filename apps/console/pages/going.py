"""The command palette without its dialog: a page to search pages and objects, and the list of hits for the dialog."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from apps.console import finding
from apps.console.sites import ConsoleSite


def go(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    words = _words(request)
    found = [*finding.pages(request, site, words), *finding.objects(request, site, words)]
    return site.render(request, "console/go.html", "Search", words=words, found=found)


def hits(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """The objects alone: the dialog knows the pages."""
    found = finding.objects(request, site, _words(request))
    return TemplateResponse(request, "console/go_hits.html", {"found": found})


def _words(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[: finding.LONGEST]
