"""When a schedule's next turn is, on the clocks of its time zone.

A time that a clock skips in spring is the moment to which it jumps, as far after the jump as it was meant after its
beginning; one that it shows twice in autumn is the first of the two. So there is one turn for each week or month,
whatever clocks do.
"""

from __future__ import annotations

import calendar
import datetime
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from apps.compliance.reports.errors import ScheduleRefused
from apps.compliance.reports.models import Schedule

_NO_PLACES: Final = frozenset({"Factory", "localtime", "posixrules"})
_WEEK: Final = 7


@functools.cache
def zones() -> tuple[str, ...]:
    """The names of the IANA time zones, sorted."""
    return tuple(sorted(available_timezones() - _NO_PLACES))


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(zones())


def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name. Raises :class:`ScheduleRefused`; no name is looked for in the file system."""
    if name not in _known():
        raise ScheduleRefused("this is no time zone. Write one of the IANA data base, such as Europe/Berlin or UTC")
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Turn:
    """When it comes: ``weekday`` (0: Monday) of a weekly one, ``day`` of the month of a monthly one; ``hour`` of the
    zone. Raises :class:`ScheduleRefused` for what is no time."""

    every: str
    weekday: int | None
    day: int | None
    hour: int
    zone: str

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if self.every not in Schedule.Every.values:
            raise ScheduleRefused("it comes every week or every month")
        if not 0 <= self.hour <= 23:
            raise ScheduleRefused("the hour is one of 0 to 23")
        if self.every == Schedule.Every.WEEK and (self.day is not None or self.weekday not in range(_WEEK)):
            raise ScheduleRefused("a weekly one has a day of the week and none of the month")
        if self.every == Schedule.Every.MONTH and (self.weekday is not None or self.day not in range(1, 32)):
            raise ScheduleRefused("a monthly one has a day of the month, 1 to 31, and none of the week")

    @staticmethod
    def of(schedule: Schedule) -> Turn:
        return Turn(schedule.every, schedule.weekday, schedule.day, schedule.hour, schedule.zone)


def next_after(turn: Turn, moment: datetime.datetime) -> datetime.datetime:
    """The first turn after a moment, in UTC."""
    zone = zone_of(turn.zone)
    # A clock is never as far from UTC as two days; so the first that is later is found whatever the zone.
    begin = moment.astimezone(datetime.UTC).date() - datetime.timedelta(days=2)
    for day in _days(turn, begin):
        local = datetime.datetime.combine(day, datetime.time(turn.hour), zone)
        due = local.astimezone(datetime.UTC)
        if due > moment:
            return due
    raise AssertionError("there is always another week")


def _days(turn: Turn, begin: datetime.date) -> Iterator[datetime.date]:
    """The days of the calendar on which it comes, from ``begin`` on."""
    if turn.weekday is not None:
        day = begin + datetime.timedelta(days=(turn.weekday - begin.weekday()) % _WEEK)
        while True:
            yield day
            day += datetime.timedelta(days=_WEEK)
    year, month = begin.year, begin.month
    while True:
        last = calendar.monthrange(year, month)[1]
        day = datetime.date(year, month, min(turn.day or last, last))
        if day >= begin:
            yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
