"""A recording is taken in whole and sealed, or refused with nothing left behind."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.acting import Actor
from apps.audit.models import Entry
from apps.recordings import receiving
from apps.recordings.errors import Altered, Duplicate, NotARecording, RecordingError, TooLarge
from apps.recordings.limits import caps
from apps.recordings.models import Recording, State
from apps.recordings.receiving import receive
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.vault import configured
from tests.apps.recordings.conftest import as_json, events, packed, stored, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
HOSTILE = "../../etc/\x1b[31mpasswd\x00\u202egnp.json"


def test_alice_uploads_a_session_which_is_sealed_and_asked_for(
    in_acme: Tenant, alice: User, store: Path, asked: list[str]
) -> None:
    content = packed("sign-in")
    recording = upload(content, alice, name=HOSTILE, end_user="emil@shop.example")
    assert (recording.state, recording.size) == (State.RECEIVED, len(content))
    assert recording.digest == hashlib.sha256(content).hexdigest()
    assert (recording.uploaded_by_name, recording.uploaded_by_id) == ("Alice", alice.id)
    assert (recording.keep_days, (recording.discard_after - recording.created).days) == (30, 29)
    (file,) = stored(store)
    assert file.name == str(recording.id) and content[100:200] not in file.read_bytes()
    with configured.object_store().opened(recording.object_name) as stream:
        assert stream.read() == content
    assert asked == [str(recording.id)]
    assert "emil" not in recording.end_user and len(recording.end_user) == 64
    entries = Entry.objects.filter(object_pk=str(recording.id)).order_by("id")
    assert [entry.narrative for entry in entries][-1] == "A recording was received"


def test_a_hostile_name_names_nothing(in_acme: Tenant, alice: User, store: Path) -> None:
    recording = upload(packed("sign-in"), alice, name=HOSTILE)
    name = recording.name.reveal()
    assert name.isprintable() and "\x1b" not in name and "\0" not in name and "passwd" in name
    assert [path.name for path in stored(store)] == [str(recording.id)]
    assert "passwd" not in str(recording) + recording.object_name


BOMB = gzip.compress(b"[" + b" " * 40_000_000 + b"]")
REFUSED = {
    "not JSON": (b"hello canary-in-a-refusal", "at byte 0"),
    "a zip": (b"PK\x03\x04" + bytes(100), "at byte 0"),
    "no events": (b"[]", "at byte 0"),
    "cut off": (packed("sign-in")[:3000], "damaged or cut off"),
    "cut off JSON": (as_json(events("sign-in"))[:50_000], "cut off"),
    "no page": (as_json([event for event in events("sign-in") if event["type"] != 2]), "no full snapshot"),
    "quoting type": (b'[{"type":"canary-in-a-refusal","data":{},"timestamp":1}]', "at event 0"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_recording_is_refused_and_leaves_nothing(
    what: str, in_acme: Tenant, alice: User, store: Path, asked: list[str]
) -> None:
    content, said = REFUSED[what]
    with pytest.raises(NotARecording, match=r"Upload|Record from|A recording is") as refused:
        upload(content, alice)
    assert said in str(refused.value) and "canary" not in str(refused.value)
    assert refused.value.__context__ is None and refused.value.__cause__ is None
    assert stored(store) == [] and not Recording.objects.exists() and asked == []


def test_a_bomb_is_refused_once_it_grows_over_the_plan(
    in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(caps(), content=10_000_000)
    monkeypatch.setattr(receiving, "caps", lambda: small)
    assert len(BOMB) < 100_000
    with pytest.raises(NotARecording, match="grows over 10,000,000 bytes"):
        upload(BOMB, alice)
    assert stored(store) == [] and not Recording.objects.exists()


def test_more_than_the_plan_takes_in_is_not_even_read_to_its_end(
    in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(caps(), upload=1_000_000)
    monkeypatch.setattr(receiving, "caps", lambda: small)
    read: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(100_000)
            yield bytes(100_000)

    with pytest.raises(TooLarge, match="1,000,000 bytes at most"):
        receive(endless(), name="big", by=Actor.user(alice))
    assert sum(read) == 1_100_000 and stored(store) == [] and not Recording.objects.exists()


def test_an_upload_that_is_aborted_leaves_nothing(in_acme: Tenant, alice: User, store: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield packed("sign-in")[:4000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        receive(broken(), name="half", by=Actor.user(alice))
    assert stored(store) == [] and not Recording.objects.exists()
    assert [path for path in store.rglob("*") if path.is_file() and path.stat().st_size] == []


def test_bytes_that_changed_on_the_way_are_refused(in_acme: Tenant, alice: User, store: Path) -> None:
    content = packed("sign-in")
    with pytest.raises(Altered, match="another SHA-256"):
        upload(content, alice, sha256=hashlib.sha256(b"another").hexdigest())
    assert stored(store) == [] and not Recording.objects.exists()
    upload(content, alice, sha256=hashlib.sha256(content).hexdigest().upper())


def test_a_duplicate_is_refused_and_names_the_first(
    in_acme: Tenant, globex: Tenant, alice: User, mallory: User, store: Path
) -> None:
    first = upload(packed("sign-in"), alice)
    with pytest.raises(Duplicate, match=str(first.id)) as refused:
        upload(packed("sign-in"), alice)
    assert refused.value.first == first.id and len(stored(store)) == 1 and Recording.objects.count() == 1
    with within(globex):  # who learns nothing of Acme's by trying
        assert upload(packed("sign-in"), mallory).state == State.RECEIVED


def test_of_two_at_the_same_time_one_is_the_duplicate(
    in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = receiving.first_of
    looks: list[object] = []

    def blind_at_first(digest: str) -> object:
        looks.append(digest)
        return look(digest) if len(looks) > 1 else None

    first = upload(packed("sign-in"), alice)
    monkeypatch.setattr(receiving, "first_of", blind_at_first)
    with pytest.raises(Duplicate) as refused:
        upload(packed("sign-in"), alice)
    assert refused.value.first == first.id and len(looks) == 2 and len(stored(store)) == 1


def test_a_transaction_that_is_rolled_back_leaves_a_stray_that_the_purge_takes(
    in_acme: Tenant, alice: User, store: Path, asked: list[str]
) -> None:
    from apps.recordings.discarding import purge

    with transaction.atomic():
        recording = upload(packed("sign-in"), alice)
        transaction.set_rollback(True)
    assert len(stored(store)) == 1 and asked == [] and not Recording.objects.exists()
    kept = upload(packed("subscribe"), alice)
    assert purge().strays == 1
    assert [path.name for path in stored(store)] == [str(kept.id)] and recording.id != kept.id


def test_every_refusal_has_a_code_of_its_own() -> None:
    codes = [error.code for error in RecordingError.__subclasses__()]
    assert len(set(codes)) == len(codes) == 14 and all(code.startswith("recording.") for code in codes)


def test_the_database_takes_no_recording_that_skips_its_arrival(in_acme: Tenant, alice: User) -> None:
    recording = upload(packed("sign-in"), alice)
    recording.pk = None
    with pytest.raises(IntegrityError, match="begins by arriving"):
        Recording.objects.create(
            state=State.RECEIVED, digest="0" * 64, next_look=recording.next_look, keep_days=0,
            discard_after=recording.discard_after,
        )  # fmt: skip
