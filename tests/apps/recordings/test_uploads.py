"""A recording that comes in parts is received whole, or leaves nothing behind."""

from __future__ import annotations

import datetime
import hashlib
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acting import Actor
from apps.audit.models import Entry
from apps.recordings import receiving, uploads
from apps.recordings.discarding import forget, purge
from apps.recordings.errors import (
    Altered,
    BrokenOff,
    Duplicate,
    NotARecording,
    TooLarge,
    TooManyParts,
    TooManyUploads,
    UploadBusy,
    UploadGone,
    WrongOffset,
)
from apps.recordings.limits import caps
from apps.recordings.models import Recording, State, Upload
from apps.tenants.models import Tenant
from apps.tenants.walls import connection as walled
from apps.tenants.walls import within
from apps.vault.errors import KeyServiceFailed
from apps.vault.objects import ObjectStore
from tests.apps.recordings.conftest import as_json, events, packed, stored
from tests.apps.recordings.conftest import upload as upload_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
PAST = datetime.timedelta(seconds=1)
CANARY = "canary-of-the-parts"


def content() -> bytes:
    """A session as plain JSON, so that what is sealed can be told from what is not."""
    return as_json([{"type": 5, "timestamp": 1, "data": {"tag": CANARY, "payload": {}}}, *events("sign-in")])


def begun(by: User, of: bytes = b"", **given: object) -> Upload:
    size = given.pop("size", len(of or content()))
    return uploads.begin(name="session.json", size=size, by=by.id, **given)  # type: ignore[arg-type]


def sent(upload: Upload, whole: bytes, *cuts: int) -> Upload:
    """The rest of it, cut into parts."""
    for begin, end in zip((upload.offset, *cuts), (*cuts, len(whole)), strict=True):
        upload = uploads.take(upload, begin, [whole[begin:end]], end - begin)
    return upload


def parts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("uploads/*/*") if path.is_file()) if folder.exists() else []


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"] if folder.exists() else []


def test_alice_uploads_a_session_in_parts_and_it_is_received_whole(
    in_acme: Tenant, alice: User, store: Path, asked: list[str]
) -> None:
    whole = content()
    upload = begun(alice, sha256=hashlib.sha256(whole).hexdigest().upper(), end_user="emil@shop.example")
    upload = sent(upload, whole, 10, 70_000)
    assert (upload.offset, len(upload.parts), len(parts(store))) == (len(whole), 3, 3)
    assert not any(CANARY.encode() in path.read_bytes() for path in files(store))
    recording = uploads.complete(upload, Actor.user(alice))
    assert (recording.state, recording.size, recording.digest) == (
        State.RECEIVED, len(whole), hashlib.sha256(whole).hexdigest(),
    )  # fmt: skip
    assert recording.name is not None and recording.name.reveal() == "session.json"
    assert parts(store) == [] and len(stored(store)) == 1 and asked == [str(recording.id)]
    upload = Upload.objects.get()
    assert (upload.recording_id, upload.parts) == (recording.id, [])
    assert forget("emil@shop.example").discarded == (recording.id,)
    entries = Entry.objects.filter(object_type="recordings.upload").order_by("id")
    assert [entry.narrative for entry in entries[:2]] == ["An upload was begun", "The upload became a recording"]
    assert not any(word in str(list(entries.values())) for word in ("emil@shop", "session.json"))


def test_a_row_of_an_upload_shows_neither_its_name_nor_whose_it_is(in_acme: Tenant, alice: User) -> None:
    begun(alice, end_user="emil@shop.example")
    with walled().cursor() as cursor:
        cursor.execute("SELECT row_to_json(u)::text FROM recordings_upload u")
        (row,) = cursor.fetchone()
    assert "emil" not in row and "session.json" not in row


def test_what_is_refused_before_a_byte_has_come(in_acme: Tenant, alice: User) -> None:
    with pytest.raises(TooLarge, match="is to have"):
        begun(alice, size=caps().upload + 1)
    begun(alice, size=caps().upload)
    first = upload_at_once(packed("sign-in"), alice)
    with pytest.raises(Duplicate) as refused:
        begun(alice, sha256=first.digest.upper())
    assert refused.value.first == first.id and Upload.objects.count() == 1


def test_a_person_and_a_tenant_have_so_many_uploads_at_once(in_acme: Tenant, alice: User, bob: User) -> None:
    for _ in range(uploads.MOST_OF_A_PERSON):
        begun(alice)
    with pytest.raises(TooManyUploads, match="person"):
        begun(alice)
    mine = begun(bob)
    for _ in range(uploads.MOST - uploads.MOST_OF_A_PERSON - 1):
        uploads.begin(name="x", size=1, by=uuid.uuid4())
    with pytest.raises(TooManyUploads, match="tenant"):
        begun(bob)
    uploads.give_up(mine.id)
    begun(bob)


def test_a_part_at_another_offset_is_refused_with_the_right_one(in_acme: Tenant, alice: User, store: Path) -> None:
    whole = content()
    upload = sent(begun(alice), whole[:100])
    for offset in (0, 99, 101):
        with pytest.raises(WrongOffset) as refused:
            uploads.take(upload, offset, [whole[offset : offset + 10]], 10)
        assert refused.value.offset == 100
    assert len(parts(store)) == 1


def never() -> Iterator[bytes]:
    raise AssertionError("a byte was read")
    yield b""


def test_more_than_was_announced_is_refused_without_being_read(in_acme: Tenant, alice: User, store: Path) -> None:
    upload = begun(alice, size=100)
    with pytest.raises(TooLarge, match="101"):
        uploads.take(upload, 0, never(), 101)
    assert files(store) == []


@pytest.mark.parametrize("came", [0, 1, 99])
def test_a_part_that_breaks_off_keeps_nothing(came: int, in_acme: Tenant, alice: User, store: Path) -> None:
    upload = begun(alice, size=200)
    with pytest.raises(BrokenOff):
        uploads.take(upload, 0, iter([b"x" * came]), 100)
    assert files(store) == [] and Upload.objects.get().offset == 0
    assert uploads.take(upload, 0, [b"x" * 100], 100).offset == 100


def test_a_part_whose_line_breaks_keeps_nothing(in_acme: Tenant, alice: User, store: Path) -> None:
    def breaks() -> Iterator[bytes]:
        yield b"x" * 70_000
        raise OSError("the line")

    with pytest.raises(OSError, match="the line"):
        uploads.take(begun(alice, size=100_000), 0, breaks(), 100_000)
    assert files(store) == [] and Upload.objects.get().offset == 0


def test_of_two_parts_at_the_same_offset_one_counts_and_the_other_is_told(
    in_acme: Tenant, alice: User, store: Path, acme: Tenant
) -> None:
    upload = begun(alice, size=20)
    both = threading.Barrier(2)

    def send(letter: bytes) -> Upload | WrongOffset:
        def pieces() -> Iterator[bytes]:
            both.wait(timeout=30)  # both are on their way
            yield letter * 10

        try:
            with within(acme):
                return uploads.take(upload, 0, pieces(), 10)
        except WrongOffset as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(send, [b"a", b"b"]))
    (lost,) = [answer for answer in answers if isinstance(answer, WrongOffset)]
    (won,) = [answer for answer in answers if isinstance(answer, Upload)]
    assert lost.offset == won.offset == 10 and len(won.parts) == 1
    assert [path.name for path in parts(store)] == won.parts
    letter = b"a" if isinstance(answers[0], Upload) else b"b"
    assert b"".join(uploads._content(won)) == letter * 10


def test_a_part_that_was_overtaken_by_a_give_up_leaves_nothing(in_acme: Tenant, alice: User, store: Path) -> None:
    upload = begun(alice, size=20)

    def meanwhile() -> Iterator[bytes]:
        uploads.give_up(upload.id)
        yield b"x" * 10

    with pytest.raises(UploadGone):
        uploads.take(upload, 0, meanwhile(), 10)
    assert files(store) == [] and not Upload.objects.exists()


def test_an_upload_has_so_many_parts(in_acme: Tenant, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_PARTS", 2)
    upload = sent(begun(alice, size=10), b"xy", 1)
    with pytest.raises(TooManyParts):
        uploads.take(upload, 2, never(), 1)


@pytest.mark.parametrize("why", ["unreadable", "altered", "duplicate", "too large"])
def test_what_is_refused_at_the_end_leaves_nothing(
    why: str, in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = b"PK\x03\x04 a zip" if why == "unreadable" else content()
    upload = begun(alice, whole, sha256="0" * 64 if why == "altered" else "")
    if why == "duplicate":
        upload_at_once(whole, alice)
    before = len(stored(store))
    upload = sent(upload, whole, 5)
    if why == "too large":  # the plan has become smaller meanwhile
        monkeypatch.setattr(receiving, "caps", lambda: type(caps())(10, 10, 0))
    refusals = {"unreadable": NotARecording, "altered": Altered, "duplicate": Duplicate, "too large": TooLarge}
    with pytest.raises(refusals[why]):
        uploads.complete(upload, Actor.user(alice))
    assert not Upload.objects.exists() and parts(store) == [] and len(stored(store)) == before
    assert Recording.objects.count() == before


def test_where_the_vault_fails_the_upload_is_still_there(
    in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = sent(begun(alice), content(), 1000)

    def away(*_: object, **__: object) -> None:
        raise KeyServiceFailed("The key service is away.")

    with monkeypatch.context() as broken, pytest.raises(KeyServiceFailed):
        broken.setattr(ObjectStore, "put", away)
        uploads.complete(upload, Actor.user(alice))
    assert len(parts(store)) == 2 and not Recording.objects.exists()
    assert uploads.complete(upload, Actor.user(alice)).state == State.RECEIVED


def test_it_is_completed_once(in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = sent(begun(alice), content())
    refused: list[str] = []
    really = receiving.receive

    def meanwhile(*args: object, **given: object) -> Recording:
        with pytest.raises(UploadBusy):
            uploads.complete(upload, Actor.user(alice))
        refused.append("busy")
        return really(*args, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(uploads, "receive", meanwhile)
    uploads.complete(upload, Actor.user(alice))
    with pytest.raises(UploadBusy):
        uploads.complete(upload, Actor.user(alice))
    assert refused == ["busy"] and Recording.objects.count() == 1


def test_what_is_forgotten_while_it_is_read_is_not_kept(
    in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = sent(begun(alice, end_user="emil"), content())
    really = receiving.receive

    def meanwhile(*args: object, **given: object) -> Recording:
        received = really(*args, **given)  # type: ignore[arg-type]
        uploads.forget(upload.end_user)
        return received

    monkeypatch.setattr(uploads, "receive", meanwhile)
    with pytest.raises(UploadGone):
        uploads.complete(upload, Actor.user(alice))
    assert Recording.objects.get().state == State.DISCARDING
    purge()
    assert Recording.objects.get().state == State.DISCARDED and files(store) == []


def test_who_is_forgotten_has_no_upload_left(in_acme: Tenant, alice: User, store: Path) -> None:
    sent(begun(alice, end_user="emil", size=20), b"x" * 10)
    kept = begun(alice, end_user="frida")
    forget("emil")
    assert [upload.id for upload in Upload.objects.all()] == [kept.id] and files(store) == []


def test_a_give_up_that_is_rolled_back_takes_nothing(in_acme: Tenant, alice: User, store: Path) -> None:
    upload = sent(begun(alice, size=20), b"x" * 10)
    with transaction.atomic():
        uploads.give_up(upload.id)
        transaction.set_rollback(True)
    assert len(parts(store)) == 1 and Upload.objects.exists()
    uploads.give_up(upload.id)
    assert parts(store) == [] and not Upload.objects.exists()


class Crash(BaseException):
    """A process that ends here."""


@pytest.mark.parametrize("where", ["before the part counts", "before all is received", "before the parts are deleted"])
def test_what_a_process_that_died_has_left_is_cleared_away(
    where: str, in_acme: Tenant, alice: User, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise Crash

    whole = content()
    upload = sent(begun(alice), whole[:1000], 500)
    with monkeypatch.context() as broken, pytest.raises(Crash):
        if where == "before the part counts":
            broken.setattr("django.db.models.query.QuerySet.update", crash)
            uploads.take(upload, 1000, [whole[1000:]], len(whole) - 1000)
        upload = uploads.take(upload, 1000, [whole[1000:]], len(whole) - 1000)
        broken.setattr(*((uploads, "_content", crash) if where.endswith("received") else (uploads, "_delete", crash)))
        uploads.complete(upload, Actor.user(alice))
    assert len(parts(store)) == 3
    purge()
    assert len(parts(store)) == (0 if where.endswith("deleted") else 3)  # it may still go on
    Upload.objects.update(expires=timezone.now() - PAST)
    purge()
    assert not Upload.objects.exists() and parts(store) == []
    assert len(stored(store)) == Recording.objects.count() == (1 if where.endswith("deleted") else 0)


def test_an_upload_that_nobody_goes_on_with_is_cleared_away(in_acme: Tenant, alice: User, store: Path) -> None:
    over, kept = begun(alice, size=20), begun(alice, size=20)
    sent(over, b"x" * 10)
    kept = sent(kept, b"y" * 10)
    Upload.objects.filter(id=over.id).update(expires=timezone.now() - PAST)
    over.refresh_from_db()
    with pytest.raises(UploadGone):
        uploads.take(over, 10, [b"z" * 10], 10)
    assert purge().uploads == 1 and purge().uploads == 0
    assert [path.name for path in parts(store)] == kept.parts
    assert abs(kept.expires - timezone.now() - uploads.WAITS) < datetime.timedelta(minutes=1)


def test_parts_of_an_upload_that_no_row_has_are_taken_away(in_acme: Tenant, alice: User, store: Path) -> None:
    upload = sent(begun(alice, size=20), b"x" * 10)
    Upload.objects.all()._raw_delete("default")
    assert len(parts(store)) == 1
    purge()
    assert parts(store) == [] and upload.parts


def test_mallory_reaches_no_part_of_alices(
    in_acme: Tenant, globex: Tenant, alice: User, mallory: User, store: Path
) -> None:
    upload = sent(begun(alice, size=20), b"x" * 10)
    with within(globex):
        assert not Upload.objects.exists()
        with pytest.raises(UploadGone):
            uploads.take(upload, 10, [b"y" * 10], 10)
        uploads.give_up(upload.id)
        purge()
    assert len(parts(store)) == 1 and Upload.objects.get().offset == 10
