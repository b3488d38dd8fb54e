"""The posture: is each promise kept, since when, what changed this week, what needs me."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.console.posture.marks import Mark
from apps.console.posture.needs import needs_of
from apps.console.posture.overview import overview
from apps.console.sites import ConsoleSite


def posture(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    found = overview(request, site)
    return site.render(
        request, "console/posture/overview.html", "Promises", sight=found.sight, verdict=found.verdict,
        promises=found.promises, threats=found.threats, changes=found.changes, exceptions=found.exceptions,
        last_at=found.last_at, needs=None if found.now is None else needs_of(request, found.now),
        accepted=None if found.now is None else found.now.accepted, kept=Mark.KEPT,
    )  # fmt: skip
