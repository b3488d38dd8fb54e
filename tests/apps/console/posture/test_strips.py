"""A history as a picture and in words: both say the same, and a mark is told without its colour."""

from __future__ import annotations

import datetime

from apps.console.posture.marks import Mark, worst
from apps.console.posture.strips import Stretch, calendar, strip

LAST = datetime.date(2026, 11, 28)
K, B, A, U, N = Mark.KEPT, Mark.BROKEN, Mark.ACCEPTED, Mark.UNKNOWN, Mark.BEFORE


def test_of_several_the_one_that_is_not_kept_counts_and_nothing_unknown_is_green() -> None:
    assert worst([K, A, K]) is A
    assert worst([K, A, U]) is U
    assert worst([U, K, B]) is B
    assert worst([Mark.ASIDE, K]) is K
    assert worst([]) is N


def test_the_words_count_each_day_once_and_name_the_last_bad_one() -> None:
    chart = strip([N, N, K, B, B, K, A, U], LAST)
    assert chart.words == (
        "Of 8 days: kept on 2 days, not kept on 2 days, accepted exception on 1 day, not known on 1 day. "
        "Not kept last on 25 Nov 2026."
    )
    assert strip([N] * 3, LAST).words == "Nobody has looked yet in these 3 days."


def test_the_stretches_are_the_days_without_a_gap_the_newest_first() -> None:
    chart = strip([N, K, K, B, K], LAST)
    day = datetime.date
    assert chart.shown == [
        Stretch(day(2026, 11, 28), day(2026, 11, 28), K),
        Stretch(day(2026, 11, 27), day(2026, 11, 27), B),
        Stretch(day(2026, 11, 25), day(2026, 11, 26), K),
    ]
    assert [one.days for one in chart.stretches] == [1, 1, 2, 1]


def test_a_day_that_was_not_kept_stands_higher_than_one_that_was() -> None:
    shapes = {shape.mark: shape.path for shape in strip([K, B, U, A], LAST).shapes}
    assert shapes[K] == "M1 24h8V60h-8z" and shapes[B] == "M11 0h8V60h-8z"
    assert len({path.split(" ")[1] for path in (shapes[K], shapes[B], shapes[A])}) == 3


def test_each_day_can_be_pointed_at_and_says_what_it_was() -> None:
    chart = strip([K, B], LAST)
    assert [(spot.x, spot.words) for spot in chart.spots] == [(0, "27 Nov 2026: kept"), (10, "28 Nov 2026: not kept")]
    assert strip([K], LAST, with_spots=False).spots == []


def test_a_calendar_begins_each_column_with_a_monday() -> None:
    chart = calendar([K] * 365, LAST)
    assert (chart.first, chart.days) == (datetime.date(2025, 11, 29), 365)
    by_day = {spot.day: spot for spot in chart.spots}
    monday, sunday = datetime.date(2026, 11, 23), datetime.date(2026, 11, 22)
    assert by_day[monday].y == 0 and by_day[sunday].y == 60 and by_day[monday].x == by_day[sunday].x + 10
    assert max(spot.x for spot in chart.spots) + 10 == chart.width and chart.height == 70


def test_in_a_calendar_no_two_marks_have_the_same_shape() -> None:
    shapes = [shape.path.split("M")[1].split(" ", 1)[1] for shape in calendar([K, B, A, N], LAST).shapes]
    assert len({"".join(c for c in shape if c.isalpha()) + shape[-9:] for shape in shapes}) == 4
