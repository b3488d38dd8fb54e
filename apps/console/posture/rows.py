"""Controls and checks as rows: how each stands, in the days that whoever asks may see."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.compliance.controls import Control
from apps.compliance.standing import CheckStanding, ControlStanding
from apps.console.posture import history
from apps.console.posture.marks import OF_STANDING, Mark, worst
from apps.console.posture.sight import Sight
from apps.console.posture.strips import Chart, calendar, strip


@dataclass(frozen=True, slots=True)
class Row:
    """A control or a check. Of an auditor whose window is not open now, nothing of now: the last day's mark."""

    key: str
    title: str
    mark: Mark
    since: datetime.datetime | None
    chart: Chart | None
    last_at: datetime.datetime | None = None
    control: Control | None = None


def seen(checks: Iterable[CheckStanding], sight: Sight) -> Mapping[str, history.Line]:
    """The days of these checks, with today as it is now. Five queries at most; none where there is no day."""
    wanted = {one.check.key: one for one in checks}
    if not sight.has_begun:
        return {}
    found = history.lines(wanted, sight.first, sight.shown_last)
    if sight.is_now:
        for key, one in wanted.items():
            history.today(found[key], OF_STANDING[one.standing])
    return found


def of_control(one: ControlStanding, lines: Mapping[str, history.Line], sight: Sight, *, drawn: bool = True) -> Row:
    """A control as a row."""
    days = together(one.checks, lines)
    last = max((check.last_at for check in one.checks if check.last_at), default=None)
    return Row(
        one.control.key, one.control.title, _mark(OF_STANDING[one.standing], days, sight),
        one.since if sight.is_now else None, small(days, sight) if drawn else None, last if sight.is_now else None,
        one.control,
    )  # fmt: skip


def of_check(one: CheckStanding, lines: Mapping[str, history.Line], sight: Sight) -> Row:
    """A check as a row."""
    days = together([one], lines)
    return Row(
        one.check.key, one.check.title, _mark(OF_STANDING[one.standing], days, sight),
        one.since if sight.is_now else None, small(days, sight), one.last_at if sight.is_now else None,
    )  # fmt: skip


def together(checks: Sequence[CheckStanding], lines: Mapping[str, history.Line]) -> list[Mark]:
    """The days of several checks as one."""
    return history.together([lines[one.check.key] for one in checks]) if lines else []


def small(days: Sequence[Mark], sight: Sight) -> Chart | None:
    """A picture beside a name; of a long time its last quarter of a year."""
    return strip(days[-90:], sight.shown_last, with_spots=False) if days else None


def large(days: Sequence[Mark], sight: Sight) -> Chart | None:
    """A picture of all of it, whose days can be pointed at."""
    if not days:
        return None
    return calendar(days, sight.shown_last) if sight.is_long else strip(days, sight.shown_last)


def _mark(now: Mark, days: Sequence[Mark], sight: Sight) -> Mark:
    return now if sight.is_now else worst(days[-1:])
