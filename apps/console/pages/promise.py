"""A promise, or a threat: what is said, what is done for it, and how that stood day by day."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from apps.access.specimen import Fixed, carries
from apps.compliance import promises
from apps.compliance.models import Change
from apps.compliance.promises import Threat
from apps.compliance.standing import PromiseStanding, news, posture
from apps.console.posture import rows
from apps.console.posture.changing import changed
from apps.console.posture.marks import OF_STANDING, Mark, worst
from apps.console.posture.sight import Sight, sight_of, wanted_days
from apps.console.sites import ConsoleSite

_CHANGES = 20


@carries(path={"promise": Fixed("P1")})
def promise(request: HttpRequest, site: ConsoleSite, promise: str) -> HttpResponseBase:
    found = posture().promise(promise)
    if found is None:
        raise Http404
    sight = sight_of(request, wanted_days(request))
    lines = rows.seen(found.checks, sight)
    days = rows.together(found.checks, lines)
    return site.render(
        request, "console/posture/promise.html", found.promise.title, one=found, sight=sight,
        is_threat=isinstance(found.promise, Threat), version=promises.VERSION, mark=_mark(found, days, sight),
        since=found.since if sight.is_now else None, last_at=found.last_at if sight.is_now else None,
        chart=rows.large(days, sight), controls=[rows.of_control(each, lines, sight) for each in found.controls],
        changes=changed(_changes(found, sight)),
    )  # fmt: skip


def _mark(found: PromiseStanding, days: list[Mark], sight: Sight) -> Mark:
    if found.promise.not_yet and not found.controls:
        return Mark.ASIDE
    return OF_STANDING[found.standing] if sight.is_now else worst(days[-1:])


def _changes(found: PromiseStanding, sight: Sight) -> list[Change]:
    if sight.is_empty:
        return []
    begin, end = sight.bounds
    keys = [one.check.key for one in found.checks]
    return list(news().filter(check_key__in=keys, at__gte=begin, at__lt=end)[:_CHANGES])
