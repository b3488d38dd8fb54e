"""The days of a check, of the sums that its runs leave: what nobody looked at is not green, what was accepted is not
hidden, and a picture of a year is drawn without a single run."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest

from apps.accounts.models import User
from apps.compliance.checking import Outcome
from apps.compliance.controls import Frequency
from apps.compliance.models import Change, Day, Exempt, Run
from apps.console.posture import history
from apps.console.posture.marks import Mark
from apps.tenants.walls import behind
from tests.apps.compliance.checks_of_ours import a_catalogue, in_place
from tests.apps.signing_in import walls_of
from tests.cast import ALICE

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 28)
SHORT = {Mark.KEPT: "k", Mark.BROKEN: "B", Mark.ACCEPTED: "a", Mark.UNKNOWN: "?", Mark.ASIDE: "-", Mark.BEFORE: "."}
OUTCOMES = {"k": Outcome.PASS, "B": Outcome.FAIL, "e": Outcome.ERROR, "-": Outcome.NOT_APPLICABLE}
KEY = "test.0"


@pytest.fixture(autouse=True)
def in_acme_now(acme: object) -> Iterator[None]:
    with behind(walls_of(ALICE)):
        yield


def day_of(back: int) -> datetime.date:
    return TODAY - datetime.timedelta(days=back)


def seen(days: str, key: str = KEY) -> None:
    """The last of the letters is today; a space: no run on that day; m: it failed, and passed again."""
    for back, letter in enumerate(reversed(days)):
        if letter == "m":
            Day.objects.create(check_key=key, day=day_of(back), worst=Outcome.FAIL, runs=4, bad=1)
        elif letter != " ":
            bad = 2 if letter in "Be" else 0
            Day.objects.create(check_key=key, day=day_of(back), worst=OUTCOMES[letter], runs=2, bad=bad)


def drawn(days: int, every: Frequency = Frequency.DAILY, key: str = KEY) -> str:
    with in_place(a_catalogue(every=every)):
        line = history.lines([key], day_of(days - 1), TODAY)[key]
    return "".join(SHORT[mark] for mark in history.together([line]))


def test_each_day_is_what_was_worst_on_it() -> None:
    seen("kkBekk-k")
    assert drawn(10) == "..kkBBkk-k"


@pytest.mark.parametrize(
    ("every", "expected"),
    [(Frequency.HOURLY, "kk???kkk??"), (Frequency.DAILY, "kkk??kkkk?"), (Frequency.WEEKLY, "kkkkkkkkkk")],
)
def test_a_day_on_which_nobody_looked_is_not_green(every: Frequency, expected: str) -> None:
    seen("kk   kkk  ")
    assert drawn(10, every) == expected


def test_what_failed_stays_so_until_somebody_looks_again() -> None:
    seen("k B     k")
    assert drawn(9, Frequency.WEEKLY) == "kkBBBBBBk"
    assert drawn(9, Frequency.DAILY) == "kkBB????k"


def test_after_a_day_that_failed_and_passed_again_its_end_counts() -> None:
    seen("k m  k")
    at = datetime.datetime.combine(day_of(3), datetime.time(9), datetime.UTC)
    run = Run.objects.create(
        check_key=KEY, at=at, took_ms=1, outcome="pass", by="schedule", code_version="1", digest="0" * 64, entry_id=1
    )
    for hour, after in ((9, Outcome.FAIL), (15, Outcome.PASS)):
        Change.objects.create(check_key=KEY, at=at.replace(hour=hour), before="", after=after, run=run)
    assert drawn(6, Frequency.WEEKLY) == "kkBkkk"


def test_the_days_before_the_first_look_are_no_bad_days_and_a_run_before_the_picture_counts() -> None:
    assert drawn(3) == "..."
    seen("k   ")
    assert drawn(3, Frequency.WEEKLY) == "kkk"
    assert drawn(3, Frequency.DAILY) == "k??"


def test_an_accepted_failure_is_told_apart_on_the_whole_days_of_it(alice: User) -> None:
    seen("BBBBkBB")
    made = datetime.datetime.combine(day_of(5), datetime.time(12), datetime.UTC)
    Exempt.objects.create(
        check_key=KEY, reason="x", owner=alice, made=made, made_by=alice, expires=made + datetime.timedelta(days=4)
    )
    assert drawn(7) == "BBaakBB"
    Exempt.objects.update(ended=made + datetime.timedelta(days=2))
    assert drawn(7) == "BBaBkBB"


def test_of_several_checks_the_worst_counts() -> None:
    seen("kkkk")
    seen("kBk-", "test.1")
    with in_place(a_catalogue()):
        both = history.lines([KEY, "test.1", KEY], day_of(3), TODAY)
    assert "".join(SHORT[mark] for mark in history.together(list(both.values()))) == "kBkk"
    assert history.together([]) == []


def test_today_is_the_end_and_tomorrow_is_nobodys() -> None:
    Day.objects.create(check_key=KEY, day=TODAY + datetime.timedelta(days=1), worst=Outcome.FAIL, runs=1, bad=1)
    seen("kk")
    assert drawn(2) == "kk"
