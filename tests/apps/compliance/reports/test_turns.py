"""A report comes once each week or month, at its hour on the clocks of its zone, whatever clocks do."""

from __future__ import annotations

import calendar
import datetime
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.reports.errors import ScheduleRefused
from apps.compliance.reports.turns import Turn, next_after, zones

UTC = datetime.UTC
AROUND = st.integers(631_152_000, 2_143_238_400).map(lambda one: datetime.datetime.fromtimestamp(one, UTC))
weekly = st.builds(Turn, st.just("week"), st.integers(0, 6), st.none(), st.integers(0, 23), st.sampled_from(zones()))
monthly = st.builds(Turn, st.just("month"), st.none(), st.integers(1, 31), st.integers(0, 23), st.sampled_from(zones()))


def clock(due: datetime.datetime, turn: Turn) -> datetime.datetime:
    return due.astimezone(ZoneInfo(turn.zone))


def is_shown(local: datetime.datetime) -> bool:
    """Whether a clock of its zone ever shows this time."""
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


def meant(turn: Turn, around: datetime.date) -> datetime.datetime:
    """The time on the clock that was asked for, nearest to a day."""
    days = [around + datetime.timedelta(days=n) for n in range(-2, 3)]
    for day in sorted(days, key=lambda one: abs((one - around).days)):
        last = calendar.monthrange(day.year, day.month)[1]
        if day.weekday() == turn.weekday or (turn.day is not None and day.day == min(turn.day, last)):
            return datetime.datetime.combine(day, datetime.time(turn.hour), ZoneInfo(turn.zone))
    raise AssertionError(around)


@given(st.one_of(weekly, monthly), AROUND)
def test_it_is_later_and_at_its_hour_of_its_day(turn: Turn, moment: datetime.datetime) -> None:
    due = next_after(turn, moment)
    assert due > moment and due.tzinfo is UTC
    local = clock(due, turn)
    asked = meant(turn, local.date())
    if is_shown(asked):
        assert local.replace(tzinfo=None) == asked.replace(tzinfo=None) and local.fold == 0
    else:  # the clock skips it: as long after the jump as was meant after its beginning
        assert local.replace(tzinfo=None) > asked.replace(tzinfo=None)
        assert due == asked.astimezone(UTC)


@given(st.one_of(weekly, monthly), AROUND)
def test_a_year_has_as_many_turns_as_weeks_or_months_and_none_twice(turn: Turn, moment: datetime.datetime) -> None:
    many = 52 if turn.weekday is not None else 12
    found = [next_after(turn, moment)]
    while len(found) < many:
        found.append(next_after(turn, found[-1]))
    gaps = [(later - sooner).total_seconds() / 86_400 for sooner, later in itertools.pairwise(found)]
    if turn.weekday is not None:
        # A clock moves by hours; islands have moved by a day across the date line.
        assert all(5.9 < gap < 8.1 for gap in gaps)
    else:
        months = [(one.year * 12 + one.month) for one in (meant(turn, clock(due, turn).date()) for due in found)]
        assert months == list(range(months[0], months[0] + many))
    assert next_after(turn, found[0] - datetime.timedelta(microseconds=1)) == found[0]


@pytest.mark.parametrize(
    ("zone", "weekday", "hour", "after", "due"),
    [
        # Germany, 29 March 2026: 2:00 is not; 25 October: 2:00 is twice.
        ("Europe/Berlin", 6, 2, "2026-03-28T12:00", "2026-03-29T01:00"),
        ("Europe/Berlin", 6, 2, "2026-10-24T12:00", "2026-10-25T00:00"),
        ("Europe/Berlin", 6, 2, "2026-10-25T00:00", "2026-11-01T01:00"),
        ("Europe/Berlin", 6, 3, "2026-03-28T12:00", "2026-03-29T01:00"),
        # Half an hour on Lord Howe: 2:00 is not on 4 October 2026, and half past is.
        ("Australia/Lord_Howe", 6, 2, "2026-10-03T12:00", "2026-10-03T15:30"),
        # Samoa had no 30 December 2011: what was meant for that Friday came a day's clock later, on Saturday.
        ("Pacific/Apia", 4, 9, "2011-12-29T12:00", "2011-12-30T19:00"),
        ("Asia/Kathmandu", 0, 0, "2026-11-28T00:00", "2026-11-29T18:15"),
        ("Pacific/Kiritimati", 0, 0, "2026-11-28T00:00", "2026-11-29T10:00"),
        ("Etc/GMT+12", 0, 23, "2026-11-28T00:00", "2026-12-01T11:00"),
    ],
)
def test_clocks_that_jump(zone: str, weekday: int, hour: int, after: str, due: str) -> None:
    moment, wanted = (datetime.datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (after, due))
    assert next_after(Turn("week", weekday, None, hour, zone), moment) == wanted


def test_the_last_of_a_month_is_its_last_day() -> None:
    turn = Turn("month", None, 31, 8, "UTC")
    moment, days = datetime.datetime(2028, 1, 1, tzinfo=UTC), []
    for _ in range(4):
        moment = next_after(turn, moment)
        days.append((moment.month, moment.day))
    assert days == [(1, 31), (2, 29), (3, 31), (4, 30)]


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Mars/Olympus",
        "europe/berlin",
        "../../etc/passwd",
        "/etc/localtime",
        "posixrules",
        "UTC\n",
        "GMT+25",
        "CEST",
    ],
)
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ScheduleRefused, match="this is no time zone"):
        Turn("week", 0, None, 8, zone)


@pytest.mark.parametrize(
    "given_",
    [
        ("day", None, None, 8), ("week", None, None, 8), ("week", 7, None, 8), ("week", -1, None, 8),
        ("week", 0, 1, 8), ("month", None, 0, 8), ("month", None, 32, 8), ("month", 0, 1, 8), ("month", None, None, 8),
        ("week", 0, None, 24), ("week", 0, None, -1),
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(given_: tuple[str, int | None, int | None, int]) -> None:
    with pytest.raises(ScheduleRefused):
        Turn(*given_, "UTC")
