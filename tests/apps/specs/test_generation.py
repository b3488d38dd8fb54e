"""A recording becomes one spec, or fails for a reason. No transaction is open meanwhile; late results are refused."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.recordings import life
from apps.recordings.discarding import discard, purge
from apps.recordings.errors import IllegalMove, LeaseLost
from apps.recordings.models import Certificate, Recording, State, Step, Why
from apps.specs import generation
from apps.specs.generation import Outcome, TransactionOpen, generate
from apps.specs.models import Spec, SpecVersion
from apps.specs.tasks import generate_spec, generate_what_waits
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, within
from apps.tenants.walls import connection as walled
from apps.vault import configured
from specward.errors import SpecwardError
from specward.language.gate import check
from specward.recording.sheet import Sheet
from specward.writing import composing
from tests.apps.audit.conftest import superuser
from tests.apps.recordings.conftest import packed, stored, upload
from tests.apps.recordings.test_discarding import PAST, again, overdue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]


@pytest.fixture
def uploaded(in_acme: Tenant, alice: User, store: Path, asked: list[str]) -> Recording:
    return upload(packed("sign-in"), alice)


def until_its_spec(tenant: Tenant) -> None:
    """The tenant changes to a plan that keeps a recording until its spec."""
    with superuser() as root:
        root.execute("UPDATE tenants_tenant SET plan_id = 'team' WHERE id = %s", [tenant.id])


def test_a_spec_is_made_that_stands_on_its_own_sheet(uploaded: Recording, store: Path) -> None:
    assert generate(uploaded.id) is Outcome.SPECIFIED
    made = SpecVersion.objects.with_sealed().get()
    text = made.text.reveal()
    assert (made.number, made.state, made.recording_id) == (1, SpecVersion.State.DRAFT, uploaded.id)
    assert made.digest == hashlib.sha256(text.encode()).hexdigest()
    assert check(text, origins=["http://127.0.0.1:8765"], sheet=Sheet.from_bytes(made.sheet.reveal())).ok
    assert f"spec({made.spec.title.reveal()!r}".replace("'", '"') in text
    assert made.notes.reveal()["secrets"]
    recording = again(uploaded)
    assert (recording.state, recording.fence, recording.step, recording.reason) == (State.SPECIFIED, 1, "", "")
    assert recording.specified is not None and len(stored(store)) == 1  # kept for the days of its plan
    assert (recording.discard_after - recording.created).days == 29


def test_each_step_leaves_its_entry(uploaded: Recording) -> None:
    generate(uploaded.id)
    told = [entry.narrative for entry in Entry.objects.filter(object_pk=str(uploaded.id)).order_by("id")]
    for step in ("A worker takes the recording", "Opened to make its spec", "The spec was made of a recording"):
        assert step in told or step.removesuffix(" of a recording") in told, told
    assert Entry.objects.filter(object_type="specs.specversion", narrative="The spec was made of a recording").exists()


def test_a_plan_that_keeps_it_until_its_spec_discards_it_at_once(
    acme: Tenant, in_acme: Tenant, alice: User, store: Path
) -> None:
    until_its_spec(acme)
    recording = upload(packed("sign-in"), alice)
    assert generate(recording.id) is Outcome.SPECIFIED
    assert (again(recording).state, stored(store)) == (State.DISCARDED, [])
    assert Certificate.objects.get().reason == Why.SPECIFIED and SpecVersion.objects.count() == 1


def test_a_worker_that_dies_before_the_discard_leaves_it_to_the_purge(
    acme: Tenant, in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    until_its_spec(acme)
    recording = upload(packed("sign-in"), alice)
    monkeypatch.setattr(generation, "_condemn_where_due", lambda _: None)
    generate(recording.id)
    assert again(recording).state == State.SPECIFIED
    purge()
    assert (again(recording).state, stored(store)) == (State.DISCARDED, [])
    assert Certificate.objects.get().reason == Why.SPECIFIED


def test_no_transaction_is_open_while_it_works(uploaded: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    name = connection.settings_dict["NAME"]

    def watched(what: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def look(*given: Any, **named: Any) -> Any:
            seen.append(what)
            assert not connection.in_atomic_block
            with superuser() as root:
                found = root.execute(
                    "SELECT state FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
                    " AND (state LIKE 'idle in transaction%%' OR (xact_start IS NOT NULL AND state = 'idle'))",
                    [name],
                ).fetchall()
            assert found == []
            return original(*given, **named)

        return look

    for what in ("trace", "compose"):
        monkeypatch.setattr(generation, what, watched(what, getattr(generation, what)))
    store = type(configured.object_store())
    monkeypatch.setattr(store, "opened", watched("opened", store.opened))
    assert generate(uploaded.id) is Outcome.SPECIFIED
    assert seen == ["opened", "trace", "compose"]


def test_within_a_transaction_it_does_not_begin(uploaded: Recording) -> None:
    with transaction.atomic(), pytest.raises(TransactionOpen):
        generate(uploaded.id)
    assert again(uploaded).state == State.RECEIVED


def test_it_is_made_once(uploaded: Recording) -> None:
    assert [generate(uploaded.id), generate(uploaded.id)] == [Outcome.SPECIFIED, Outcome.NOT_OURS]
    assert SpecVersion.objects.count() == Spec.objects.count() == 1
    with pytest.raises(IntegrityError, match="recording_id"):
        SpecVersion.objects.create(
            spec=Spec.objects.create(title="x"), number=1, digest="x", text="x", sheet=b"x", notes=[],
            recording=uploaded,
        )  # fmt: skip


def during(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens once, while the spec is being written."""
    write = composing.compose
    left = [happens]

    def interrupted(*given: Any) -> Any:
        if left:
            left.pop()()
        return write(*given)

    monkeypatch.setattr(generation, "compose", interrupted)


def test_the_late_result_of_a_worker_that_lost_its_lease_is_refused(
    uploaded: Recording, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes: list[Outcome] = []

    def another_takes_it() -> None:
        Recording.objects.update(next_look=timezone.now() - PAST)
        outcomes.append(generate(uploaded.id))

    during(monkeypatch, another_takes_it)
    assert generate(uploaded.id) is Outcome.NOT_OURS and outcomes == [Outcome.SPECIFIED]
    assert SpecVersion.objects.count() == Spec.objects.count() == 1
    assert (again(uploaded).state, again(uploaded).fence) == (State.SPECIFIED, 2)
    assert "Turn 1" in caplog.text


def test_the_late_failure_of_a_worker_that_lost_its_lease_is_refused(uploaded: Recording) -> None:
    late = life.claim(uploaded.id)
    assert late is not None and life.claim(uploaded.id) is None  # while its lease lasts
    Recording.objects.update(next_look=timezone.now() - PAST)
    now = life.claim(uploaded.id)
    assert now is not None and now.fence == late.fence + 1
    for say in (lambda: life.fail(late, "x"), lambda: life.tell(late, Step.SAVING), lambda: life.specify(late)):
        with pytest.raises(LeaseLost):
            say()
    assert again(uploaded).state == State.GENERATING
    life.fail(now, "x")


def test_what_is_discarded_meanwhile_becomes_no_spec(
    uploaded: Recording, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    during(monkeypatch, lambda: discard(uploaded.id, Why.ASKED))
    assert generate(uploaded.id) is Outcome.NOT_OURS
    assert not Spec.objects.exists() and (again(uploaded).state, stored(store)) == (State.DISCARDED, [])


def test_a_worker_that_falls_silent_is_followed_by_another_and_not_for_ever(
    uploaded: Recording, asked: list[str]
) -> None:
    asked.clear()
    for turn in range(1, life.MOST_TURNS + 1):
        claimed = life.claim(uploaded.id)
        assert claimed is not None and claimed.fence == turn
        with behind(Walls()):
            generate_what_waits()
        assert asked == []  # its lease lasts
        Recording.objects.update(next_look=timezone.now() - PAST)
        with behind(Walls()):
            generate_what_waits()
        assert asked == ([str(uploaded.id)] if turn < life.MOST_TURNS else [])
        asked.clear()
    failed = again(uploaded)
    assert (failed.state, failed.reason) == (State.FAILED, life.WORKER_LOST)
    life.try_again(uploaded.id)
    assert asked == [str(uploaded.id)] and again(uploaded).reason == ""
    assert generate(uploaded.id) is Outcome.SPECIFIED


def test_what_the_queue_lost_is_put_there_again_once(uploaded: Recording, asked: list[str]) -> None:
    asked.clear()
    with behind(Walls()):
        generate_what_waits()
    assert asked == []
    Recording.objects.update(next_look=timezone.now() - PAST)
    with behind(Walls()):
        generate_what_waits()
        generate_what_waits()
    assert asked == [str(uploaded.id)]


class Odd(Exception):
    """Nobody thought of this one."""


class Quoting(SpecwardError):
    code = "trace-refused"


FAILURES = {
    "the library refuses": (Quoting("canary-of-the-page"), "trace-refused"),
    "nobody thought of it": (Odd("canary-of-the-page"), generation.UNEXPECTED),
    "too deep": (RecursionError("canary-of-the-page"), generation.UNEXPECTED),
}


@pytest.mark.parametrize("what", FAILURES)
def test_a_failure_has_a_code_and_no_words_and_keeps_the_input(
    what: str, uploaded: Recording, store: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error, code = FAILURES[what]

    def fails(*_: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(generation, "compose", fails)
        assert generate(uploaded.id) is Outcome.FAILED
    failed = again(uploaded)
    assert (failed.state, failed.reason, failed.step) == (State.FAILED, code, "") and len(stored(store)) == 1
    assert "canary" not in caplog.text and not Spec.objects.exists()
    assert all("canary" not in str(entry.changes) for entry in Entry.objects.all())
    overdue(uploaded)
    purge()
    assert again(uploaded).state == State.DISCARDED and Certificate.objects.get().reason == Why.RETENTION


def test_what_was_altered_or_is_gone_fails_with_the_reason(uploaded: Recording, alice: User, store: Path) -> None:
    (file,) = stored(store)
    whole = file.read_bytes()
    file.write_bytes(whole[:4000] + bytes([whole[4000] ^ 1]) + whole[4001:])
    assert generate(uploaded.id) is Outcome.FAILED and again(uploaded).reason == "vault.does_not_open"
    life.try_again(uploaded.id)
    file.unlink()  # a restored database knows a recording that was discarded since
    assert generate(uploaded.id) is Outcome.FAILED and again(uploaded).reason == "vault.no_such_object"
    life.try_again(uploaded.id)
    file.write_bytes(whole)
    assert generate(uploaded.id) is Outcome.SPECIFIED


def test_another_recording_put_in_its_place_is_refused(uploaded: Recording, store: Path) -> None:
    configured.object_store().put(uploaded.object_name, [packed("subscribe")], replace=True)
    assert generate(uploaded.id) is Outcome.FAILED and again(uploaded).reason == "recording.altered"


def test_mallory_has_nothing_made_of_alices(uploaded: Recording, globex: Tenant, store: Path) -> None:
    with within(globex):
        assert generate(uploaded.id) is Outcome.NOT_OURS
        with pytest.raises(IllegalMove):
            life.try_again(uploaded.id)
    generate(uploaded.id)
    with within(globex):
        assert not Spec.objects.exists() and not SpecVersion.objects.exists()


def test_a_task_is_told_an_id_and_nothing_else(uploaded: Recording, acme: Tenant) -> None:
    generate_spec(str(uploaded.id))
    assert again(uploaded).state == State.SPECIFIED and walled().walls.schema == acme.schema_name


@pytest.mark.parametrize("columns", [{"digest": "0" * 64}, {"number": 2}, {"recording": None}])
def test_a_version_is_never_changed(columns: dict[str, object], uploaded: Recording) -> None:
    generate(uploaded.id)
    with pytest.raises(IntegrityError, match="an edit is another version"):
        SpecVersion.objects.update(**columns)


def test_a_versions_state_goes_one_way(uploaded: Recording, alice: User) -> None:
    generate(uploaded.id)
    for state in (SpecVersion.State.APPROVED, SpecVersion.State.RETIRED):
        SpecVersion.objects.filter(approved__isnull=True).update(approved=timezone.now(), approved_by_id=alice.id)
        SpecVersion.objects.update(state=state)
        with pytest.raises(IntegrityError, match="cannot become draft"):
            SpecVersion.objects.update(state=SpecVersion.State.DRAFT)
