"""Every promise together, in one sentence: what is not kept comes first, and what is not known is never called kept."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from apps.console.posture.marks import Mark
from apps.console.posture.sight import Sight
from apps.console.posture.strips import Chart


@dataclass(frozen=True, slots=True)
class Tile:
    """A promise or a threat. ``since``: of the present mark. ``not_yet``: why there is nothing to look at."""

    key: str
    title: str
    words: str
    mark: Mark
    since: datetime.datetime | None
    last_at: datetime.datetime | None
    not_yet: str
    address: str
    chart: Chart | None
    controls: int
    checks: int
    apart: Sequence[tuple[Mark, int]]
    """How many of its checks are something else than kept, the worst first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``about``: the promises that it is about. ``since``: of the mark, where it is that of them all."""

    mark: Mark
    title: str
    words: str = ""
    about: Sequence[Tile] = ()
    since: datetime.datetime | None = None


def verdict_of(promises: Sequence[Tile], sight: Sight) -> Verdict:
    """Of promises of which there is something to be looked at; as of now, or of the last day of a window."""
    if sight.is_empty:
        return Verdict(
            Mark.BEFORE, "There are no days for you to look at", "A compliance officer gives you an observation window."
        )
    if not sight.has_begun:
        return Verdict(Mark.BEFORE, "Your observation window has not begun", f"It begins on {_date(sight.first)}.")
    there = [one for one in promises if not one.not_yet]
    of = {mark: [one for one in there if one.mark is mark] for mark in Mark}
    unseen = [*of[Mark.UNKNOWN], *of[Mark.BEFORE]]
    verb = ("is", "are") if sight.is_now else ("was", "were")
    on = "" if sight.is_now else f" on {_date(sight.shown_last)}"
    if bad := of[Mark.BROKEN]:
        return Verdict(Mark.BROKEN, f"{_of(bad, there)} {verb[len(bad) > 1]} not kept{on}", about=bad)
    if len(unseen) == len(there):
        words = "Nobody has looked at all of it. The checks run one after the other, within minutes."
        return Verdict(Mark.UNKNOWN, f"It {verb[0]} not known whether the promises {verb[1]} kept{on}", words)
    if unseen:
        title = f"It {verb[0]} not known whether {_of(unseen, there)} {verb[len(unseen) > 1]} kept{on}"
        return Verdict(Mark.UNKNOWN, title, about=unseen)
    if held := of[Mark.ACCEPTED]:
        rests = "rests" if len(held) == 1 else "rest"
        title = f"No promise {verb[0]} broken{on}; {len(held)} {rests} on an exception that was accepted"
        return Verdict(Mark.ACCEPTED, title, about=held)
    since = max((one.since for one in there if one.since), default=None)
    return Verdict(Mark.KEPT, f"Every promise {verb[0]} kept{on}", since=since)


def _of(some: Sequence[Tile], all_of_them: Sequence[Tile]) -> str:
    return f"{len(some)} of {len(all_of_them)} promises"


def _date(day: datetime.date) -> str:
    return f"{day:%-d %B %Y}"
