"""A check: what it looks at, how that stood day by day, each run of it, and what to do when it fails."""

from __future__ import annotations

import datetime
from typing import Any, Final

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.dateparse import parse_date

from apps.access.permissions import Permission, may
from apps.access.specimen import Fixed, carries
from apps.compliance.access import exceptions_visible_to, runs_visible_to
from apps.compliance.catalogue import catalogue
from apps.compliance.models import Run
from apps.compliance.observing import bounds
from apps.compliance.standing import posture
from apps.console.pages.run import asked_for
from apps.console.posture import rows
from apps.console.posture.sight import Sight, sight_of, wanted_days
from apps.console.sites import ConsoleSite

P = Permission
SHOWN: Final = 25
"""Runs of a page."""


@carries(path={"check": Fixed("log.only_grows")})
def check(request: HttpRequest, site: ConsoleSite, check: str) -> HttpResponseBase:
    found = posture().check(check)
    if found is None:
        raise Http404
    sight = sight_of(request, wanted_days(request))
    lines = rows.seen([found], sight)
    day = _day(request, sight)
    past = exceptions_visible_to(request).filter(check_key=check)[:5]
    return site.render(
        request, "console/posture/check.html", found.check.title, one=found, sight=sight, day=day,
        row=rows.of_check(found, lines, sight), chart=rows.large(rows.together([found], lines), sight),
        controls=catalogue().naming(check), every=catalogue().frequency(check).words, exceptions=list(past),
        may_keep=may(request, P.COMPLIANCE_MANAGE), may_read_log=may(request, P.AUDIT_READ),
        asked=asked_for(request, found) if sight.is_now else None, **_runs(request, check, day),
    )  # fmt: skip


def _day(request: HttpRequest, sight: Sight) -> datetime.date | None:
    """The day whose runs are asked for; none where it is none, or not theirs to see."""
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        return None
    return day if day is not None and (not sight.is_window or sight.has(day)) else None


def _runs(request: HttpRequest, check: str, day: datetime.date | None) -> dict[str, Any]:
    found = runs_visible_to(request).filter(check_key=check).defer("evidence")
    if day is not None:
        begin, end = bounds(day, day)
        found = found.filter(at__gte=begin, at__lt=end)
    before = _before(request)
    if before is not None:
        found = found.filter(at__lt=before)
    shown: list[Run] = list(found[: SHOWN + 1])
    following = shown[SHOWN - 1].at.isoformat() if len(shown) > SHOWN else ""
    return {"runs": shown[:SHOWN], "following": following, "is_later_page": before is not None}


def _before(request: HttpRequest) -> datetime.datetime | None:
    """The moment before which the runs of a later page lie."""
    try:
        found = datetime.datetime.fromisoformat(request.GET.get("before", ""))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
