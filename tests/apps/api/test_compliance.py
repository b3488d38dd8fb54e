"""Alice's program reads whether the promises are kept; Ada sees her days; Mallory's program sees nothing of it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.compliance import observing, running
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import failed, passed
from apps.compliance.models import Acceptance, CheckState, Run
from apps.compliance.tasks import run_asked
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from specward.tlog.evidence import verify_evidence
from tests.apps.api.conftest import Program
from tests.apps.compliance.conftest import ours  # noqa: F401
from tests.apps.compliance.test_running import seen
from tests.cast import ADA, BOB

pytestmark = pytest.mark.django_db
A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def broken(acme: Tenant, ours: Catalogue) -> Catalogue:  # noqa: F811
    """One of six checks fails."""
    with within(acme):
        seen(ours, "test.2").result = failed("Two tables have no wall.", tables=2)
        running.run_due()
    return ours


def in_a_week() -> str:
    return (timezone.now() + 7 * A_DAY).isoformat()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_posture_says_what_is_broken_and_what_was_accepted(alices: Program, broken: Catalogue) -> None:
    now = alices.send("get", "/compliance/posture").json()
    assert now["standing"] == "broken" and now["accepted"] is None
    assert {one["key"]: one["standing"] for one in now["promises"]}["P3"] == "broken"
    (one,) = now["attention"]
    assert (one["key"], one["because"], one["outcome"]) == ("test.2", "Two tables have no wall.", "fail")
    assert one["mend"] == "Let the test want something else." and one["since"] is not None


def test_promises_controls_and_checks_are_listed_and_read(alices: Program, broken: Catalogue) -> None:
    keys = [one["key"] for one in alices.send("get", "/compliance/promises").json()["items"]]
    assert keys == [f"P{n}" for n in range(1, 7)] + [f"T{n}" for n in range(1, 7)]
    promise = alices.send("get", "/compliance/promises/P3").json()
    assert (promise["controls"], promise["standing"]) == (["C-2"], "broken") and promise["how"] and promise["docs"]
    assert alices.send("get", "/compliance/promises/T1").json()["how"]
    assert [one["key"] for one in alices.send("get", "/compliance/controls").json()["items"]] == list(broken.controls)
    control = alices.send("get", "/compliance/controls/C-2").json()
    assert (control["checks"], control["criteria"], control["every"]) == (["test.2"], ["CC6.1"], "daily")
    assert len(alices.send("get", "/compliance/checks").json()["items"]) == 6
    assert alices.send("get", "/compliance/checks/test.2").json()["standing"] == "broken"
    for gone in ("promises/P9", "controls/C-9", "checks/none", "checks/test.2%00"):
        assert alices.send("get", f"/compliance/{gone}").status_code == 404


def test_a_check_is_run_when_somebody_asks(
    alices: Program, broken: Catalogue, acme: Tenant, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    monkeypatch.setattr(run_asked, "delay", run_asked)
    seen(broken, "test.2").result = passed()
    with django_capture_on_commit_callbacks(execute=True):
        assert alices.send("post", "/compliance/checks/test.2/run").status_code == 202
    found = alices.send("get", "/compliance/checks/test.2").json()
    assert (found["standing"], found["outcome"]) == ("kept", "pass")
    with within(acme):
        assert Run.objects.filter(check_key="test.2", by="person").count() == 1
    assert alices.send("post", "/compliance/checks/none/run").status_code == 404


def test_a_run_that_is_asked_for_is_not_lost_with_its_queue(
    alices: Program, broken: Catalogue, acme: Tenant, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    def away(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(run_asked, "delay", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert alices.send("post", "/compliance/checks/test.2/run").status_code == 202
    with within(acme):
        assert running.due() == ["test.2"] and running.is_under_way("test.2")
        running.run_due()
        assert not running.is_under_way("test.2")


def test_runs_are_listed_newest_first_in_pages_and_filtered(alices: Program, broken: Catalogue, acme: Tenant) -> None:
    with within(acme):
        running.run("test.0")
    seen_ids: list[str] = []
    address = "/compliance/runs?page_size=3"
    for _ in range(5):
        page = alices.send("get", address).json()
        seen_ids += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        address = f"/compliance/runs?page_size=3&cursor={page['next']}"
    with within(acme):
        assert seen_ids == [str(one) for one in Run.objects.values_list("id", flat=True)]
    (bad,) = alices.send("get", "/compliance/runs?outcome=fail").json()["items"]
    assert bad["evidence"] == {"tables": 2} and len(bad["digest"]) == 64
    assert alices.send("get", f"/compliance/runs/{bad['id']}").json() == bad
    assert len(alices.send("get", "/compliance/runs?check=test.0").json()["items"]) == 2
    assert alices.send("get", "/compliance/runs?until=2020-01-01T00:00:00Z").json()["items"] == []
    for wrong in ("outcome=bad", "since=yesterday", "until=1", "check=", "cursor=x", "colour=red"):
        assert alices.send("get", f"/compliance/runs?{wrong}").status_code == 422


def test_a_failing_check_is_accepted_changed_and_ended(
    alices: Program, broken: Catalogue, acme: Tenant, bob: User
) -> None:
    made = alices.send(
        "post", "/compliance/exceptions", {"check": "test.2", "reason": "A move.", "expires": in_a_week()}
    )
    assert made.status_code == 201, made.content
    one = made.json()
    assert alices.send("get", "/compliance/checks/test.2").json()["exception"] == one["id"]
    assert alices.send("get", "/compliance/posture").json()["standing"] == "accepted"
    address = f"/compliance/exceptions/{one['id']}"
    changed = alices.send("patch", address, {"reason": "A longer move.", "owner": str(bob.id)}).json()
    assert (changed["reason"], changed["owner"]) == ("A longer move.", str(bob.id))
    assert alices.send("post", f"{address}/end").status_code == 200
    assert code(alices.send("post", f"{address}/end")) == (409, "compliance.exception_ended")
    assert code(alices.send("patch", address, {"reason": "No."})) == (409, "compliance.exception_ended")
    assert alices.send("get", "/compliance/posture").json()["standing"] == "broken"
    assert [one["id"] for one in alices.send("get", "/compliance/exceptions").json()["items"]] == [one["id"]]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"check": "test.0"}, (409, "compliance.nothing_to_accept")),
        ({"check": "none"}, (422, "compliance.no_such_check")),
        ({"expires": "2020-01-01T00:00:00Z"}, (422, "compliance.exception_refused")),
        ({"expires": "2150-01-01T00:00:00Z"}, (422, "compliance.exception_refused")),
        ({"expires": "soon"}, (422, "validation-failed")),
        ({"reason": ""}, (422, "validation-failed")),
        ({"reason": "x" * 2_001}, (422, "validation-failed")),
        ({"colour": "red"}, (422, "validation-failed")),
    ],
)
def test_an_exception_that_makes_no_sense_is_refused(
    alices: Program, broken: Catalogue, given: dict[str, Any], said: tuple[int, str]
) -> None:
    body = {"check": "test.2", "reason": "A move.", "expires": in_a_week(), **given}
    assert code(alices.send("post", "/compliance/exceptions", body)) == said


def test_the_promises_are_accepted_by_an_owner_by_what_was_read(
    alices: Program, broken: Catalogue, acme: Tenant
) -> None:
    digest = alices.send("get", "/compliance/posture").json()["digest"]
    wrong = alices.send("post", "/compliance/promises/accept", {"digest": "0" * 64})
    assert code(wrong) == (409, "compliance.promises_changed")
    assert alices.send("post", "/compliance/promises/accept", {"digest": digest}).status_code == 201
    assert alices.send("get", "/compliance/posture").json()["accepted"]["by_name"] == "Alice"
    with within(acme):
        assert Acceptance.objects.count() == 1
        assert Entry.objects.filter(object_type="compliance.acceptance", action=Action.CREATE).count() == 1


def test_evidence_is_downloaded_verified_and_logged(alices: Program, broken: Catalogue, acme: Tenant) -> None:
    today = timezone.now().date().isoformat()
    answer = alices.send("get", f"/compliance/evidence?first={today}&last={today}&control=C-2")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    report = verify_evidence(b"".join(answer.streaming_content))
    assert (report.ok, report.runs, report.waiting) == (True, 1, 1)
    with within(acme):
        entry = Entry.objects.get(action=Action.EXPORT, object_type="compliance.run")
        assert entry.additional_data == {"first": today, "last": today, "control": "C-2"}
    for wrong in (
        "first=2150-01-01",
        f"first={today}&last=2020-01-01",
        "first=x&last=y",
        f"last={today}&first=20260101",
    ):
        assert alices.send("get", f"/compliance/evidence?{wrong}").status_code == 422
    assert alices.send("get", f"/compliance/evidence?first={today}&last={today}&control=no").status_code == 404


def test_an_auditor_sees_her_days_and_nothing_of_others(
    broken: Catalogue, acme: Tenant, alice: User, ada: User
) -> None:
    adas = Program(ADA)
    today = timezone.now().date()
    addresses = ["posture", "promises", "promises/P1", "controls", "controls/C-0", "checks", "checks/test.0"]

    def told() -> set[int]:
        return {adas.send("get", f"/compliance/{address}").status_code for address in addresses}

    file = f"/compliance/evidence?first={today - 30 * A_DAY}&last={today + 30 * A_DAY}"
    assert told() == {403} and adas.send("get", "/compliance/runs").json()["items"] == []
    assert adas.send("get", file).status_code == 403
    with within(acme):
        observing.assign(ada, today - 30 * A_DAY, today - A_DAY, alice)
        (of_today, *_) = Run.objects.all()
        Run.objects.bulk_create(
            [
                Run(
                    check_key="test.0", at=of_today.at - days * A_DAY, took_ms=1, outcome="pass", by="schedule",
                    code_version="0", digest="0" * 64, entry_id=0,
                )
                for days in (1, 30, 31)
            ]
        )  # fmt: skip
    assert told() == {403}
    assert len(adas.send("get", "/compliance/runs").json()["items"]) == 2
    assert adas.send("get", f"/compliance/runs/{of_today.id}").status_code == 404
    report = verify_evidence(b"".join(adas.send("get", file).streaming_content))
    assert (report.first, report.last, report.runs) == (
        (today - 30 * A_DAY).isoformat(), (today - A_DAY).isoformat(), 2,
    )  # fmt: skip
    with within(acme):
        observing.assign(ada, today, today, alice)
    assert told() == {200} and len(adas.send("get", "/compliance/runs").json()["items"]) == 6
    assert adas.send("post", "/compliance/checks/test.0/run").status_code == 403


def test_what_needs_another_role_is_refused_and_mallory_finds_nothing(
    alices: Program, mallorys: Program, broken: Catalogue, acme: Tenant, globex: Tenant
) -> None:
    bobs = Program(BOB)
    body = {"check": "test.2", "reason": "A move.", "expires": in_a_week()}
    assert bobs.send("get", "/compliance/posture").status_code == 200
    for path, given in (("exceptions", body), ("checks/test.2/run", None), ("promises/accept", {"digest": "0" * 64})):
        assert bobs.send("post", f"/compliance/{path}", given).status_code == 403
    (run, *_) = alices.send("get", "/compliance/runs?outcome=fail").json()["items"]
    assert mallorys.send("get", f"/compliance/runs/{run['id']}").status_code == 404
    theirs = mallorys.send("get", "/compliance/posture")
    assert theirs.json()["standing"] == "unknown" and "Two tables" not in theirs.content.decode()
    with within(globex):
        assert not CheckState.objects.exclude(outcome="").exists()
