"""The controls: what is done so that a promise is kept; all of them, and one."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from apps.access.permissions import Permission, may
from apps.access.specimen import Fixed, carries
from apps.compliance.access import is_auditor, runs_visible_to
from apps.compliance.standing import ControlStanding, posture
from apps.compliance.threads import threads_of
from apps.console import forms_of_posture as forms
from apps.console.posture import rows
from apps.console.posture.marks import Mark
from apps.console.posture.sight import sight_of, wanted_days
from apps.console.sites import ConsoleSite

P = Permission
_RUNS: Final = 10


def controls(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """All of them, by how they stand, whom they are of, and a part of a name."""
    sight = sight_of(request)
    whole = posture()
    lines = rows.seen(whole.checks, sight)
    found = [rows.of_control(one, lines, sight, drawn=False) for one in whole.controls]
    counts = {mark: sum(row.mark is mark for row in found) for mark in Mark}
    wanted, typed = request.GET.get("stands", ""), request.GET.get("q", "").strip()[:100]
    return site.render(
        request, "console/posture/controls.html", "Controls", sight=sight, q=typed, stands=wanted, total=len(found),
        counts=[(mark, count) for mark, count in counts.items() if count],
        rows=[row for row in found if (not wanted or row.mark == wanted) and _fits(row, typed.casefold())],
    )  # fmt: skip


def _fits(row: rows.Row, typed: str) -> bool:
    control = row.control
    if not typed or control is None:
        return True
    return any(typed in each.casefold() for each in (row.key, row.title, *control.criteria, *control.serves))


@carries(path={"control": Fixed("C-LOG-1")})
def control(request: HttpRequest, site: ConsoleSite, control: str) -> HttpResponseBase:
    return shown(request, site, control)


def shown(request: HttpRequest, site: ConsoleSite, key: str, **more: Any) -> HttpResponseBase:
    """The page of a control; with a form that was not taken, where there is one."""
    whole = posture()
    found = whole.control(key)
    if found is None:
        raise Http404
    sight = sight_of(request, wanted_days(request))
    lines = rows.seen(found.checks, sight)
    keys = [one.check.key for one in found.checks]
    runs = runs_visible_to(request).filter(check_key__in=keys).defer("evidence")[:_RUNS] if sight.has_begun else []
    return site.render(
        request, "console/posture/control.html", found.control.title, one=found, sight=sight,
        row=rows.of_control(found, lines, sight), chart=rows.large(rows.together(found.checks, lines), sight),
        checks=[rows.of_check(each, lines, sight) for each in found.checks], runs=list(runs),
        serves=[each.promise for each in map(whole.promise, found.control.serves) if each is not None],
        **_talk(request, found), **more,
    )  # fmt: skip


def _talk(request: HttpRequest, found: ControlStanding) -> dict[str, Any]:
    """The threads of the control: an auditor's own; all of them for those who answer; for others there are none."""
    asks = may(request, P.COMPLIANCE_ASK) and is_auditor(request)
    answers = may(request, P.COMPLIANCE_MANAGE)
    if not asks and not answers:
        return {"talks": False}
    own = request.user if asks and not answers else None
    threads = threads_of(found.control.key, own)  # type: ignore[arg-type]  # an auditor is a user
    return {"talks": True, "asks": asks, "answers": answers, "threads": threads, "say": forms.Say()}
