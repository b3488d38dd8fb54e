"""Recordings that outlive their retention, discards that nobody certified, objects that nobody owns: each is seen."""

from __future__ import annotations

import datetime
import uuid
from pathlib import Path

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acting import Actor
from apps.audit.sequencing import sequence
from apps.compliance.checking import Outcome
from apps.compliance.checks.objects import ObjectsHaveRows
from apps.recordings import life
from apps.recordings.discarding import discard, purge
from apps.recordings.models import Recording, State, Why
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.vault import configured
from tests.apps.compliance.breaking import assert_only_fails, last
from tests.apps.compliance.past_triggers import Kept, past_triggers
from tests.apps.recordings.conftest import packed, stored, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
HOURS = datetime.timedelta(hours=2)


@pytest.fixture
def uploaded(in_acme: Tenant, alice: User, store: Path, asked: list[str]) -> Recording:
    return upload(packed("sign-in"), alice)


def end(recording: Recording, when: datetime.datetime) -> None:
    Recording.objects.filter(id=recording.id).update(discard_after=when)


def test_a_recording_that_is_left_past_its_retention_is_seen(uploaded: Recording) -> None:
    assert_only_fails(
        "recordings.retention",
        lambda: end(uploaded, timezone.now() - HOURS),
        purge,
    )
    assert Recording.objects.get().state == State.DISCARDED


def test_a_hold_explains_why_one_is_kept(uploaded: Recording, cora: User) -> None:
    life.hold(uploaded.id, Actor.user(cora), "Proceedings 7/26")
    end(uploaded, timezone.now() - HOURS)
    assert_only_fails(
        "recordings.retention",
        lambda: life.lift(uploaded.id),
        lambda: life.hold(uploaded.id, Actor.user(cora), "Proceedings 7/26"),
    )
    assert last("recordings.retention").evidence["held_past_retention"] == 1


def test_a_recording_whose_end_was_moved_is_seen(uploaded: Recording) -> None:
    before = uploaded.discard_after
    assert_only_fails(
        "recordings.retention_of_plan",
        lambda: end(uploaded, before + HOURS),
        lambda: end(uploaded, before),
    )


def test_a_discard_that_does_not_end_is_seen(uploaded: Recording, in_acme: Tenant) -> None:
    def begin_and_die() -> None:
        life.condemn(uploaded.id, Why.ASKED)
        past_triggers(
            in_acme,
            "audit_entry",
            "UPDATE audit_entry SET timestamp = timestamp - interval '2 hours' "
            "WHERE object_type = 'recordings.recording' AND object_pk = %s",
            str(uploaded.id),
        )
        sequence()  # what is so old would be late for its signature too

    assert_only_fails("recordings.discards_end", begin_and_die, purge)


def test_a_discard_without_its_certificate_is_seen(uploaded: Recording, in_acme: Tenant) -> None:
    discard(uploaded.id, Why.ASKED)
    kept = Kept(in_acme, "recordings_certificate", "recording_id = %s", uploaded.id)
    assert_only_fails(
        "recordings.certificates",
        lambda: past_triggers(in_acme, "recordings_certificate", "DELETE FROM recordings_certificate"),
        kept.put_back,
    )


@pytest.mark.parametrize("column", ["digest = repeat('0', 64)", "size = size + 1"])
def test_a_certificate_of_other_bytes_is_seen(column: str, uploaded: Recording, in_acme: Tenant) -> None:
    discard(uploaded.id, Why.ASKED)
    kept = Kept(in_acme, "recordings_certificate", "recording_id = %s", uploaded.id)
    assert_only_fails(
        "recordings.certificates",
        lambda: past_triggers(in_acme, "recordings_certificate", f"UPDATE recordings_certificate SET {column}"),
        kept.put_back,
    )


def test_a_hold_without_a_reason_is_seen(uploaded: Recording, cora: User, in_acme: Tenant) -> None:
    life.hold(uploaded.id, Actor.user(cora), "Proceedings 7/26")
    kept = Kept(in_acme, "recordings_recording", "id = %s", uploaded.id)
    assert_only_fails(
        "recordings.holds",
        lambda: past_triggers(in_acme, "recordings_recording", "UPDATE recordings_recording SET held_by_name = ''"),
        kept.put_back,
    )


def test_an_object_that_came_back_after_its_discard_is_seen(uploaded: Recording, store: Path) -> None:
    [file] = stored(store)
    content = file.read_bytes()
    discard(uploaded.id, Why.ASKED)

    def restore() -> None:
        file.write_bytes(content)
        file.chmod(0o600)

    assert_only_fails("recordings.objects", restore, purge)
    assert stored(store) == []


@pytest.mark.parametrize("folder", ["recordings", "uploads", "audit-exports", "documents", "anything"])
def test_an_object_that_was_never_anybodys_is_seen(folder: str, uploaded: Recording) -> None:
    name = f"{folder}/{uuid.uuid4()}" + ("" if folder == "recordings" else "/1")
    assert_only_fails(
        "recordings.objects",
        lambda: configured.object_store().put(name, [b"left behind"]),
        lambda: configured.object_store().delete(name),
    )


def test_what_is_another_tenants_is_not_looked_at(uploaded: Recording, globex: Tenant) -> None:
    with within(globex):
        configured.object_store().put(f"recordings/{uuid.uuid4()}", [b"Globex"])
        assert ObjectsHaveRows().look().outcome is Outcome.FAIL
    seen = ObjectsHaveRows().look()
    assert seen.outcome is Outcome.PASS and seen.evidence["looked_at"] == 1
