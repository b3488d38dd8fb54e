"""A history as a picture: a strip of days, or a calendar of weeks; with words and stretches that say the same.

A mark is told by its shape as well as by its colour: what was kept lies low, what was not stands out.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from apps.console.posture.marks import Mark

_STEP: Final = 10
"""A day, in the picture's own units, with the gap to the next one."""
_BAR: Final = 8
_HIGH: Final = 60
_TOPS: Final = {
    Mark.KEPT: 24, Mark.ACCEPTED: 10, Mark.BROKEN: 0, Mark.UNKNOWN: 10, Mark.ASIDE: 46, Mark.BEFORE: 54,
}  # fmt: skip
"""From where on downwards a bar of the strip stands."""
_TOLD: Final = (Mark.KEPT, Mark.BROKEN, Mark.ACCEPTED, Mark.UNKNOWN, Mark.ASIDE)
STRETCHES: Final = 40
"""Rows of the table, the newest first."""


@dataclass(frozen=True, slots=True)
class Shape:
    """All days of a mark as one path."""

    mark: Mark
    path: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A day as a place to point at. ``words`` say what was on it."""

    day: datetime.date
    x: int
    y: int
    words: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days after each other that had the same mark; both ends belong to it."""

    first: datetime.date
    last: datetime.date
    mark: Mark

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Count:
    """How many days had a mark; ``path`` is its shape alone, in ten units, for the legend."""

    mark: Mark
    days: int
    path: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of ``width`` by ``height`` units. ``is_calendar``: a column for each week, from Monday."""

    first: datetime.date
    last: datetime.date
    width: int
    height: int
    is_calendar: bool
    shapes: Sequence[Shape]
    spots: Sequence[Spot]
    counts: Sequence[Count]
    stretches: Sequence[Stretch]
    """The newest first."""
    spot: tuple[int, int]
    """Width and height of a day to point at."""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def middle(self) -> datetime.date:
        return self.first + datetime.timedelta(days=self.days // 2)

    @property
    def words(self) -> str:
        """The picture as a sentence."""
        looked = [count for count in self.counts if count.days]
        if not looked:
            return f"Nobody has looked yet in these {self.days} days."
        parts = ", ".join(f"{count.mark.words.lower()} on {_days(count.days)}" for count in looked)
        bad = next((one for one in self.stretches if one.mark is Mark.BROKEN), None)
        ended = "" if bad is None else f" Not kept last on {bad.last:%-d %b %Y}."
        return f"Of {self.days} days: {parts}.{ended}"

    @property
    def shown(self) -> Sequence[Stretch]:
        """The stretches that the table has; days from before the first look are left out."""
        return [one for one in self.stretches if one.mark is not Mark.BEFORE][:STRETCHES]


def strip(marks: Sequence[Mark], last: datetime.date, *, with_spots: bool = True) -> Chart:
    """A bar for each day, the last one ``last``; for 90 days or so. Without spots, nothing can be pointed at."""
    first = last - datetime.timedelta(days=len(marks) - 1)
    bars: dict[Mark, list[str]] = {}
    for at, mark in enumerate(marks):
        top = _TOPS[mark]
        bars.setdefault(mark, []).append(f"M{at * _STEP + 1} {top}h{_BAR}V{_HIGH}h-{_BAR}z")
    spots = [
        Spot(first + datetime.timedelta(days=at), at * _STEP, 0, _said(first + datetime.timedelta(days=at), mark))
        for at, mark in enumerate(marks if with_spots else ())
    ]
    return Chart(
        first, last, len(marks) * _STEP, _HIGH, False, _shapes(bars), spots, _counts(marks, _bar),
        _stretches(marks, first), (_STEP, _HIGH),
    )  # fmt: skip


def calendar(marks: Sequence[Mark], last: datetime.date) -> Chart:
    """A square for each day, weeks from left to right; for a year."""
    first = last - datetime.timedelta(days=len(marks) - 1)
    places: list[tuple[datetime.date, int, int, Mark]] = []
    for at, mark in enumerate(marks):
        week, weekday = divmod(at + first.weekday(), 7)
        places.append((first + datetime.timedelta(days=at), week * _STEP, weekday * _STEP, mark))
    squares: dict[Mark, list[str]] = {}
    for _, x, y, mark in places:
        squares.setdefault(mark, []).append(_square(x + 1, y + 1, mark))
    weeks = (len(marks) + first.weekday() + 6) // 7
    return Chart(
        first, last, weeks * _STEP, 7 * _STEP, True, _shapes(squares),
        [Spot(day, x, y, _said(day, mark)) for day, x, y, mark in places], _counts(marks, _alone),
        _stretches(marks, first), (_STEP, _STEP),
    )  # fmt: skip


def _bar(mark: Mark) -> str:
    return f"M1 {_TOPS[mark] * 10 // _HIGH}h{_BAR}V10h-{_BAR}z"


def _alone(mark: Mark) -> str:
    return _square(1, 1, mark)


def _square(x: int, y: int, mark: Mark) -> str:
    """Whole where it was kept, a diamond where not, half where that was accepted, small where nothing was seen."""
    match mark:
        case Mark.BROKEN:
            return f"M{x + 4} {y - 1}l5 5l-5 5l-5 -5z"
        case Mark.ACCEPTED:
            return f"M{x} {y}h{_BAR}l-{_BAR} {_BAR}z"
        case Mark.BEFORE | Mark.ASIDE:
            return f"M{x + 3} {y + 3}h2v2h-2z"
    return f"M{x} {y}h{_BAR}v{_BAR}h-{_BAR}z"


def _shapes(paths: dict[Mark, list[str]]) -> list[Shape]:
    return [Shape(mark, "".join(paths[mark])) for mark in Mark if mark in paths]


def _counts(marks: Sequence[Mark], shape: Callable[[Mark], str]) -> list[Count]:
    return [Count(mark, marks.count(mark), shape(mark)) for mark in _TOLD]


def _stretches(marks: Sequence[Mark], first: datetime.date) -> list[Stretch]:
    found, at = [], 0
    for mark, same in itertools.groupby(marks):
        days = len(list(same))
        begins = first + datetime.timedelta(days=at)
        found.append(Stretch(begins, begins + datetime.timedelta(days=days - 1), mark))
        at += days
    return found[::-1]


def _said(day: datetime.date, mark: Mark) -> str:
    return f"{day:%-d %b %Y}: {mark.words.lower()}"


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
