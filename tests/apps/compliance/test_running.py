"""A run is kept with what it saw, stands by its digest in the log, and moves its check's state."""

from __future__ import annotations

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import InternalError, ProgrammingError, connection, connections, transaction
from django.utils import timezone

from apps.accounts.models import Mail, Role, User
from apps.accounts.posting import send
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.compliance import running
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import Outcome, failed, not_applicable, passed, some
from apps.compliance.controls import Owner
from apps.compliance.errors import NoSuchCheck
from apps.compliance.models import Change, CheckState, Day, Run
from apps.compliance.tasks import run_check, run_due_everywhere
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, within
from tests.apps.compliance.checks_of_ours import Seen, a_catalogue, in_place
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, BOB, CORA

pytestmark = pytest.mark.django_db


def seen(ours: Catalogue, key: str = "test.0") -> Seen:
    found = ours.checks[key]
    assert isinstance(found, Seen)
    return found


def test_a_run_is_kept_with_what_it_saw_and_its_digest_stands_in_the_log(in_acme: Tenant, ours: Catalogue) -> None:
    seen(ours).result = failed("Two tables have no wall.", tables=some(["a", "b"]))
    kept = running.run("test.0", Run.By.PERSON)
    again = Run.objects.get(id=kept.id)
    assert (again.outcome, again.because, again.by) == (Outcome.FAIL, "Two tables have no wall.", "person")
    assert again.evidence == {"tables": {"count": 2, "first": ["a", "b"]}}
    assert again.code_version.startswith("0.1.0+") and len(again.code_version) == 18
    assert running.digest_of(again) == again.digest
    entry = Entry.objects.get(id=again.entry_id)
    assert (entry.action, entry.object_type, entry.object_pk) == (Action.CHECK, "compliance.run", str(kept.id))
    assert entry.additional_data == {
        "run": str(kept.id), "check": "test.0", "outcome": "fail", "digest": again.digest,
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [{"outcome": "pass"}, {"because": ""}, {"evidence": {}}, {"took_ms": 0}, {"code_version": "0"}, {"by": "schedule"},
     {"check_key": "test.1"}, {"at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)}],
)  # fmt: skip
def test_the_digest_is_over_all_that_a_run_says(in_acme: Tenant, ours: Catalogue, change: dict[str, Any]) -> None:
    seen(ours).result = failed("It is not so.", seen=1)
    kept = running.run("test.0", Run.By.PERSON)
    kept.took_ms += 1
    before = running.digest_of(kept)
    for name, value in change.items():
        setattr(kept, name, value)
    assert running.digest_of(kept) != before


@pytest.mark.parametrize("statement", ["UPDATE {} SET took_ms = 0", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_app_role_changes_no_run(in_acme: Tenant, ours: Catalogue, statement: str) -> None:
    running.run("test.0")
    with (
        pytest.raises((ProgrammingError, InternalError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format("compliance_run"))


def test_a_check_that_cannot_look_has_not_passed_and_its_words_are_repeated_nowhere(
    in_acme: Tenant, ours: Catalogue
) -> None:
    seen(ours).result = RuntimeError("a row that somebody typed")
    kept = running.run("test.0")
    assert kept.outcome == Outcome.ERROR and not Outcome(kept.outcome).is_good
    assert kept.because == "The check could not look: RuntimeError." and kept.evidence == {"error": "RuntimeError"}


def test_a_check_that_nobody_knows_is_refused(in_acme: Tenant, ours: Catalogue) -> None:
    with pytest.raises(NoSuchCheck, match="no check 'nothing'"):
        running.run("nothing")


def test_what_did_not_pass_says_why() -> None:
    with pytest.raises(ValueError, match="says why"):
        failed(" ")
    with pytest.raises(ValueError, match="says why"):
        not_applicable("")


def test_many_findings_are_counted_and_few_are_named() -> None:
    assert some(range(1_000)) == {"count": 1_000, "first": [str(number) for number in range(50)]}


def test_the_state_moves_and_since_does_so_only_when_the_outcome_does(in_acme: Tenant, ours: Catalogue) -> None:
    first = running.run("test.0")
    second = running.run("test.0")
    state = CheckState.objects.get(check_key="test.0")
    assert (state.outcome, state.since, state.last_at) == (Outcome.PASS, first.at, second.at)
    assert state.due == second.at + datetime.timedelta(days=1)
    seen(ours).result = failed("It broke.")
    third = running.run("test.0")
    state.refresh_from_db()
    assert (state.outcome, state.since, state.because) == (Outcome.FAIL, third.at, "It broke.")
    changes = Change.objects.filter(check_key="test.0").values_list("before", "after", "run_id")
    assert list(changes) == [("pass", "fail", third.id), ("", "pass", first.id)]


def test_a_run_that_ends_late_does_not_take_the_place_of_a_newer_one(in_acme: Tenant, ours: Catalogue) -> None:
    newer = running.run("test.0")
    an_hour_ago = newer.at - datetime.timedelta(hours=1)
    with transaction.atomic():
        running._keep("test.0", an_hour_ago, 1, failed("It was so."), Run.By.SCHEDULE)
    state = CheckState.objects.get(check_key="test.0")
    assert (state.outcome, state.last_at) == (Outcome.PASS, newer.at)
    assert Run.objects.filter(check_key="test.0").count() == 2


def test_a_day_knows_its_runs_and_the_worst_of_them(in_acme: Tenant, ours: Catalogue) -> None:
    for result in (passed(), RuntimeError(), failed("No."), not_applicable("There is nothing."), passed()):
        seen(ours).result = result
        running.run("test.0")
    day = Day.objects.get(check_key="test.0")
    assert (day.worst, day.runs, day.bad) == (Outcome.FAIL, 5, 2)


def test_what_is_due_is_run_once_and_then_waits_for_its_time(in_acme: Tenant, ours: Catalogue) -> None:
    assert {run.check_key for run in running.run_due()} == set(ours.checks)
    assert running.run_due() == [] and running.due() == []
    CheckState.objects.filter(check_key="test.3").update(due=timezone.now())
    assert [run.check_key for run in running.run_due()] == ["test.3"]
    assert running.run_claimed("test.3") is None


def test_one_that_died_with_its_claim_is_run_again_later(in_acme: Tenant, ours: Catalogue) -> None:
    running.run_due()
    soon = timezone.now() + datetime.timedelta(minutes=1)
    CheckState.objects.filter(check_key="test.3").update(due=timezone.now(), claimed_until=soon)
    assert running.run_due() == []
    CheckState.objects.filter(check_key="test.3").update(claimed_until=timezone.now())
    assert len(running.run_due()) == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_schedulers_at_once_each_check_is_run_by_one(acme: Tenant, ours: Catalogue) -> None:
    here = threading.Barrier(8)

    def one(_: int) -> int:
        try:
            with behind(walls_of(ALICE)):
                connection.ensure_connection()
                here.wait(60)
                return len(running.run_due())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(one, range(8))) == len(ours.checks)
    with within(acme):
        assert Run.objects.count() == len(ours.checks) == Change.objects.count()
        assert all(day.runs == 1 for day in Day.objects.all())


def test_the_schedule_runs_each_tenants_checks_behind_its_own_walls(
    acme: Tenant, globex: Tenant, ours: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_check, "delay", run_check)
    with behind(Walls()):
        run_due_everywhere()
    for tenant in (acme, globex):
        with within(tenant):
            assert set(Run.objects.values_list("check_key", flat=True)) == set(ours.checks)
    assert seen(ours).looked == 3  # in the platform's own tenant as well


def mails() -> set[str]:
    return set(Mail.objects.filter(kind="check-changed").values_list("to", flat=True))


def test_who_watches_is_told_once_that_it_broke_and_once_that_it_holds_again(
    in_acme: Tenant, ours: Catalogue, mailoutbox: list[Any]
) -> None:
    running.run("test.0")
    assert mails() == set()
    seen(ours).result = failed("Two tables have no wall.")
    for _ in range(3):
        running.run("test.0")
    assert mails() == {CORA.email} and Mail.objects.filter(kind="check-changed").count() == 1
    seen(ours).result = RuntimeError()
    running.run("test.0")  # from bad to bad: nothing new to do
    seen(ours).result = passed()
    running.run("test.0")
    for mail in Mail.objects.filter(kind="check-changed"):
        send(mail.id)
    broken, mended = sorted(mailoutbox, key=lambda mail: mail.subject)
    assert broken.subject == "Does not hold: What a test wants is so"
    for said in ("Two tables have no wall.", "Let the test want something else.", "/console/posture/checks/test.0/"):
        assert said in broken.body
    assert mended.subject == "Holds again: What a test wants is so"


def test_a_check_that_fails_from_the_first_is_told(in_acme: Tenant, ours: Catalogue) -> None:
    seen(ours).result = failed("It never held.")
    running.run("test.0")
    assert mails() == {CORA.email}


def test_whoever_mends_it_is_told_and_somebody_where_there_are_none_of_them(in_acme: Tenant) -> None:
    for owner, told in ((Owner.ENGINEER, BOB), (Owner.TENANT_OWNER, ALICE), (Owner.PLATFORM, CORA)):
        with in_place(a_catalogue(1, owner=owner)) as ours:
            seen(ours).result = failed("No.")
            running.run("test.0")
            assert told.email in mails()
            Mail.objects.filter(kind="check-changed").delete()
            seen(ours).result = passed()
            running.run("test.0")
            Mail.objects.filter(kind="check-changed").delete()
    User.objects.filter(role=Role.COMPLIANCE_OFFICER).update(is_active=False)
    with in_place(a_catalogue(1)) as ours:
        seen(ours).result = failed("No.")
        running.run("test.0")
        assert mails() == {ALICE.email}
