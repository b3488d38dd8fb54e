"""The posture in one look: is each promise kept, since when, what changed, and for an auditor: in their days."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from apps.access.permissions import Permission, may
from apps.compliance.models import Change
from apps.compliance.standing import MOST_CHANGES, WEEK, CheckStanding, Posture, PromiseStanding, posture
from apps.console.posture import history, rows
from apps.console.posture.changing import Changed, changed
from apps.console.posture.marks import OF_STANDING, Mark, worst
from apps.console.posture.needs import needs_of
from apps.console.posture.sight import Sight, sight_of
from apps.console.posture.verdicts import Tile, Verdict, verdict_of
from apps.console.sites import ConsoleSite


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows. ``now`` is None for an auditor whose days are over or have not begun."""

    sight: Sight
    now: Posture | None
    verdict: Verdict
    promises: Sequence[Tile]
    threats: Sequence[Tile]
    changes: Sequence[Changed]
    exceptions: Sequence[CheckStanding]
    last_at: datetime.datetime | None


def overview(request: HttpRequest, site: ConsoleSite) -> Overview:
    """Ten queries at most, whatever number of controls there is, and none of a run."""
    sight = sight_of(request)
    whole = posture()
    lines = rows.seen(whole.checks, sight)
    now = whole if sight.is_now else None
    promises = [_tile(one, lines, sight, site) for one in whole.promises]
    threats = [_tile(one, lines, sight, site) for one in whole.threats]
    return Overview(
        sight,
        now,
        verdict_of(promises, sight),
        promises,
        threats,
        changed(_changes(whole, sight)),
        () if now is None else now.exceptions,
        None if now is None else _last(now),
    )


@dataclass(frozen=True, slots=True)
class Brief:
    """The posture as one card of another page."""

    verdict: Verdict
    promises: Sequence[Tile]
    last_at: datetime.datetime | None
    need: int
    """How much of it needs whoever looks."""


def brief(request: HttpRequest, site: ConsoleSite) -> Brief | None:
    """Seven queries at most, and no history; None for who may not read it."""
    if not may(request, Permission.COMPLIANCE_READ):
        return None
    sight = sight_of(request)
    if not sight.is_now:
        return Brief(verdict_of((), sight), (), None, 0) if not sight.has_begun else None
    whole = posture()
    tiles = [_tile(one, {}, sight, site) for one in whole.promises]
    return Brief(verdict_of(tiles, sight), tiles, _last(whole), needs_of(request, whole).count)


def _last(whole: Posture) -> datetime.datetime | None:
    return max((one.last_at for one in whole.checks if one.last_at), default=None)


def _tile(one: PromiseStanding, lines: Mapping[str, history.Line], sight: Sight, site: ConsoleSite) -> Tile:
    days = rows.together(one.checks, lines)
    if one.promise.not_yet and not one.controls:
        mark = Mark.ASIDE
    elif sight.is_now:
        mark = OF_STANDING[one.standing]
    else:
        mark = worst(days[-1:])
    marks = [OF_STANDING[check.standing] for check in one.checks] if sight.is_now else []
    return Tile(
        key=one.promise.key,
        title=one.promise.title,
        words=one.promise.words,
        mark=mark,
        since=one.since if sight.is_now else None,
        last_at=one.last_at if sight.is_now else None,
        not_yet=one.promise.not_yet if not one.controls else "",
        address=site.address("posture_promise", one.promise.key),
        chart=rows.small(days, sight),
        controls=len(one.controls),
        checks=len(one.checks),
        apart=_apart(marks),
    )


def _apart(marks: Sequence[Mark]) -> list[tuple[Mark, int]]:
    wanted = (Mark.BROKEN, Mark.UNKNOWN, Mark.ACCEPTED)
    return [(mark, marks.count(mark)) for mark in wanted if mark in marks]


def _changes(whole: Posture, sight: Sight) -> Iterable[Change]:
    if not sight.is_window:
        return whole.changes
    if not sight.has_begun:
        return ()
    begin, end = sight.bounds
    if sight.is_now:
        return [one for one in whole.changes if one.at >= begin]
    return Change.objects.filter(at__gte=max(begin, end - WEEK), at__lt=end)[:MOST_CHANGES]
