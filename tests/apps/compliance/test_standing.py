"""How things stand: a monitor that stopped is not green, what is accepted stays visible, a whole is its worst part."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.compliance import accepting, exempting, observing, promises, running, threads
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import failed, not_applicable, passed
from apps.compliance.errors import (
    ExceptionEnded,
    ExceptionRefused,
    MessageRefused,
    NoSuchControl,
    NothingToAccept,
    PromisesChanged,
    WindowRefused,
)
from apps.compliance.models import CheckState, Exempt, Message, Observation
from apps.compliance.standing import Standing, posture, worst
from apps.tenants.models import Tenant
from tests.apps.compliance.checks_of_ours import a_catalogue, in_place
from tests.apps.compliance.test_running import seen

pytestmark = pytest.mark.django_db
IN_A_WEEK = datetime.timedelta(days=7)
DIGEST = "9b36903e09a073970121fb87bab1e6856d39dca819ead0559544c83e6da20600"


def standing(key: str = "test.0") -> Standing:
    found = posture().check(key)
    assert found is not None
    return found.standing


def test_what_never_ran_is_not_known_and_what_passed_is_kept(in_acme: Tenant, ours: Catalogue) -> None:
    assert posture().standing is Standing.UNKNOWN
    running.run_due()
    assert posture().standing is Standing.KEPT


def test_a_check_that_nobody_runs_any_more_is_not_known_after_twice_its_time(in_acme: Tenant, ours: Catalogue) -> None:
    running.run_due()
    state = CheckState.objects.filter(check_key="test.0")
    now = timezone.now()
    day, hour, minute = (datetime.timedelta(minutes=minutes) for minutes in (1440, 60, 1))
    due = now - day - hour
    state.update(last_at=due - day + minute, due=due + minute)
    assert standing() is Standing.KEPT
    state.update(last_at=due - day - minute, due=due - minute)
    found = posture()
    assert standing() is Standing.UNKNOWN
    late = found.check("test.0")
    assert late is not None and late.is_late and late.since is not None
    assert [one.check.key for one in found.attention] == ["test.0"]


def test_a_whole_stands_as_its_worst_part() -> None:
    assert worst([]) is Standing.UNKNOWN
    order = [Standing.BROKEN, Standing.UNKNOWN, Standing.ACCEPTED, Standing.KEPT, Standing.NOT_APPLICABLE]
    for at, bad in enumerate(order):
        assert worst(order[at:]) is bad


def test_a_promise_is_broken_since_its_first_check_broke_and_kept_since_the_last_held(
    in_acme: Tenant, ours: Catalogue
) -> None:
    with in_place(a_catalogue(24)) as many:
        running.run_due()
        first, second = "test.0", "test.12"
        for key in (first, second):
            seen(many, key).result = failed("No.")
            running.run(key)
        p1 = posture().promise("P1")
        assert p1 is not None and p1.standing is Standing.BROKEN and p1.count(Standing.BROKEN) == 2
        assert p1.since == CheckState.objects.get(check_key=first).since
        for key in (first, second):
            seen(many, key).result = passed()
            running.run(key)
        p1 = posture().promise("P1")
        assert p1 is not None and p1.standing is Standing.KEPT
        assert p1.since == CheckState.objects.get(check_key=second).since
        assert [change.after for change in posture().changes[:4]] == ["pass", "pass", "fail", "fail"]


def test_what_does_not_apply_says_so_and_hides_nothing_beside_it(in_acme: Tenant, ours: Catalogue) -> None:
    seen(ours).result = not_applicable("There is none.")
    running.run_due()
    assert standing() is Standing.NOT_APPLICABLE
    assert posture().standing is Standing.KEPT


def test_a_promise_without_anything_to_look_at_does_not_apply_and_one_that_is_forgotten_is_not_known(
    in_acme: Tenant,
) -> None:
    with in_place(a_catalogue(1)) as ours:
        assert set(ours.unchecked()) == {"P2", "P3", "P5", "P6", "T1", "T2", "T4", "T5", "T6"}
        running.run_due()
        found = {one.promise.key: one.standing for one in posture().promises}
    assert found["P4"] is Standing.NOT_APPLICABLE and found["P2"] is Standing.UNKNOWN
    assert found["P1"] is Standing.KEPT


def test_the_posture_takes_the_same_few_queries_for_any_number_of_controls(in_acme: Tenant) -> None:
    counts = []
    for controls in (6, 200):
        with in_place(a_catalogue(controls)):
            running.run_due()
            with CaptureQueriesContext(connection) as asked:
                found = posture()
                assert len(found.controls) == controls
                assert [one.since for one in found.promises]
            counts.append(len(asked))
    assert counts == [4, 4]


def accepted(alice: User, **other: Any) -> Exempt:
    given = {"reason": "The vendor mends it.", "owner": alice, "expires": timezone.now() + IN_A_WEEK, "by": alice}
    return exempting.accept("test.0", **{**given, **other})


def test_a_failing_check_is_accepted_for_a_while_and_counts_as_broken_again_after(
    in_acme: Tenant, alice: User, ours: Catalogue
) -> None:
    running.run_due()
    with pytest.raises(NothingToAccept):
        accepted(alice)
    seen(ours).result = failed("No.")
    running.run("test.0")
    made = accepted(alice)
    found = posture()
    assert standing() is Standing.ACCEPTED
    assert [one.check.key for one in found.exceptions] == ["test.0"] and found.attention == ()
    with pytest.raises(ExceptionRefused, match="one for this check already"):
        accepted(alice)
    exempting.change(made, reason="It takes longer.", owner=alice, expires=timezone.now() + 2 * IN_A_WEEK)
    Exempt.objects.filter(id=made.id).update(made=timezone.now() - IN_A_WEEK, expires=timezone.now())
    assert standing() is Standing.BROKEN
    with pytest.raises(ExceptionEnded):
        exempting.change(made, reason="More.", owner=alice, expires=timezone.now() + IN_A_WEEK)
    another = accepted(alice)
    assert standing() is Standing.ACCEPTED
    exempting.end(another, alice)
    assert standing() is Standing.BROKEN
    with pytest.raises(ExceptionEnded):
        exempting.end(another, alice)


def test_an_exception_does_not_make_a_passing_check_look_accepted(
    in_acme: Tenant, alice: User, ours: Catalogue
) -> None:
    seen(ours).result = failed("No.")
    running.run("test.0")
    accepted(alice)
    seen(ours).result = passed()
    running.run("test.0")
    assert standing() is Standing.KEPT


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"reason": " "}, "needs a reason"),
        ({"reason": "x" * 2_001}, "2,000 characters"),
        ({"expires": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}, "ended already"),
        ({"expires": datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)}, "a year at most"),
    ],
)
def test_an_exception_needs_a_reason_an_owner_and_an_end(
    in_acme: Tenant, alice: User, ours: Catalogue, wrong: dict[str, Any], why: str
) -> None:
    seen(ours).result = failed("No.")
    running.run("test.0")
    with pytest.raises(ExceptionRefused, match=why):
        accepted(alice, **wrong)
    alice.is_active = False
    with pytest.raises(ExceptionRefused, match="nobody any more"):
        accepted(alice)


def test_the_promises_are_accepted_by_their_digest_and_again_when_they_change(
    in_acme: Tenant, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not accepting.is_accepted()
    with pytest.raises(PromisesChanged):
        accepting.accept("0" * 64, alice)
    one = accepting.accept(promises.digest(), alice)
    assert accepting.accept(promises.digest(), alice).id == one.id
    assert (one.by_name, one.version, one.digest) == (alice.name, promises.VERSION, promises.digest())
    assert accepting.is_accepted() and posture().promises_are_accepted
    monkeypatch.setattr(promises, "VERSION", promises.VERSION + 1)
    assert not accepting.is_accepted() and not posture().promises_are_accepted


def test_another_word_is_another_version() -> None:
    # Whoever changes a word of a promise changes what customers accepted: raise promises.VERSION, then write the new
    # digest here.
    assert (promises.VERSION, promises.digest()) == (1, DIGEST)


def test_an_auditor_has_one_window_at_a_time(in_acme: Tenant, alice: User, ada: User) -> None:
    first, last = datetime.date(2026, 1, 1), datetime.date(2026, 6, 30)
    with pytest.raises(WindowRefused, match="auditor"):
        observing.assign(alice, first, last, alice)
    with pytest.raises(WindowRefused, match="before its first"):
        observing.assign(ada, last, first, alice)
    with pytest.raises(WindowRefused, match="five years"):
        observing.assign(ada, datetime.date(2000, 1, 1), last, alice)
    observing.assign(ada, first, last, alice)
    second = observing.assign(ada, first, first, alice)
    assert observing.window_of(ada) == second and Observation.objects.filter(ended=None).count() == 1
    observing.end(second)
    assert observing.window_of(ada) is None
    begin, end = observing.bounds(first, last)
    assert (begin.isoformat(), end.isoformat()) == ("2026-01-01T00:00:00+00:00", "2026-07-01T00:00:00+00:00")


def test_an_auditor_asks_and_somebody_answers_and_closes(
    in_acme: Tenant, alice: User, cora: User, ada: User, ours: Catalogue
) -> None:
    with pytest.raises(MessageRefused, match="nothing was asked"):
        threads.answer("C-0", ada, cora, "Here it is.")
    with pytest.raises(MessageRefused, match="an auditor's"):
        threads.ask("C-0", alice, "Why?")
    with pytest.raises(NoSuchControl):
        threads.ask("C-none", ada, "Why?")
    with pytest.raises(MessageRefused, match="says nothing"):
        threads.ask("C-0", ada, "  ")
    with pytest.raises(MessageRefused, match="10,000"):
        threads.ask("C-0", ada, "x" * 10_001)
    threads.ask("C-0", ada, "Who reviewed it in March?")
    assert threads.threads_of("C-0")[0].is_open
    threads.answer("C-0", ada, cora, "I did.")
    (found,) = threads.threads_of("C-0", ada)
    assert not found.is_open and [one.body for one in found.messages] == ["Who reviewed it in March?", "I did."]
    threads.close("C-0", ada, cora)
    with pytest.raises(MessageRefused, match="nothing open"):
        threads.close("C-0", ada, cora)
    assert threads.threads_of("C-0", alice) == [] == threads.threads_of("C-1")
    assert Message.objects.count() == 3
