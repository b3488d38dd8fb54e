"""A recording is brought in by parts, by a program or a browser; what is refused is told clearly and leaves nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.recordings.limits import MIB
from apps.recordings.models import Recording, State, Upload
from apps.tenants.walls import behind, connection
from apps.vault.errors import KeyServiceFailed
from apps.vault.objects import ObjectStore
from tests.apps.api.conftest import ROOT, Program
from tests.apps.api.test_problems import code, places, problem
from tests.apps.recordings.conftest import packed
from tests.apps.recordings.test_uploads import content, files
from tests.apps.signing_in import signed_in, walls_of
from tests.cast import ACME, ALICE, BOB

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
UPLOADS = "/recordings/uploads"


def begun(by: Program, size: int, **given: object) -> str:
    response = by.send("post", UPLOADS, {"name": "session.json", "size": size, **given})
    assert response.status_code == 201, response.content
    id: str = response.json()["id"]
    return id


def part(by: Program, id: str, offset: int, body: bytes, **headers: str) -> Any:
    return by.send("patch", f"{UPLOADS}/{id}", body, Upload_Offset=str(offset), **headers)


def brought(by: Program, whole: bytes, **given: object) -> Any:
    """All of it in two parts: the answer to the last one."""
    id = begun(by, len(whole), **given)
    half = len(whole) // 2
    assert part(by, id, 0, whole[:half]).status_code == 200
    return part(by, id, half, whole[half:])


def nothing_is_left(store: Path) -> bool:
    with behind(walls_of(ALICE)):
        return files(store) == [] and not Recording.objects.exists() and not Upload.objects.exists()


def test_alices_program_brings_a_recording_in_parts(alices: Program, store: Path, asked: list[str]) -> None:
    whole = content()
    first = alices.send("post", UPLOADS, {"name": "shop.json", "size": len(whole), "end_user": "emil"})
    assert first.status_code == 201 and first.json()["offset"] == 0 and first.json()["recording"] is None
    id = first.json()["id"]
    once = part(alices, id, 0, whole[:1000])
    assert (once.json()["offset"], once.headers["Upload-Offset"], once.json()["recording"]) == (1000, "1000", None)
    asked_again = alices.send("get", f"{UPLOADS}/{id}")
    assert asked_again.json() == once.json() and asked_again.headers["Upload-Offset"] == "1000"
    assert alices.head(f"{ROOT}{UPLOADS}/{id}").headers["Upload-Offset"] == "1000"
    done = part(alices, id, 1000, whole[1000:])
    assert done.status_code == 200 and "RateLimit" in done.headers
    recording = done.json()["recording"]
    assert (recording["state"], recording["size"], recording["name"]) == ("received", len(whole), "shop.json")
    assert recording["digest"] == hashlib.sha256(whole).hexdigest() and asked == [recording["id"]]
    assert recording["uploaded_by_kind"] == "token"
    # Whoever lost that answer asks again, or sends nothing once more.
    assert alices.send("get", f"{UPLOADS}/{id}").json()["recording"] == recording
    assert part(alices, id, len(whole), b"").json()["recording"] == recording
    with behind(walls_of(ALICE)):
        received = Entry.objects.get(object_type="recordings.recording", narrative="A recording was received")
        made = Entry.objects.get(object_type="recordings.recording", action=Action.CREATE)
    for entry in (received, made):
        assert str(entry.request_id) == done.headers["X-Request-ID"]
        assert str(entry.actor_token) == str(alices.token.token.id) and entry.actor_name.startswith("Alice")


def test_the_body_is_read_in_no_transaction(alices: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    really, seen = ObjectStore.put, []

    def watched(self: ObjectStore, *args: Any, **given: Any) -> Any:
        seen.append(connection().in_atomic_block)
        return really(self, *args, **given)

    monkeypatch.setattr(ObjectStore, "put", watched)
    brought(alices, content())
    assert seen == [False] * 3  # two parts, and the whole


def test_a_browser_needs_its_csrf_header(bob: User, store: Path) -> None:
    browser = Client(enforce_csrf_checks=True, SERVER_NAME=ACME.host)
    browser.cookies = signed_in(BOB).cookies
    browser.cookies["csrf"] = secret = "a" * 32

    def send(method: str, path: str, body: Any, kind: str, **headers: str) -> Any:
        return browser.generic(method, ROOT + path, body, kind, headers=headers)

    wanted = json.dumps({"name": "s.json", "size": 4})
    assert code(send("POST", UPLOADS, wanted, "application/json")) == (403, "forbidden")
    proof = {"X-CSRFToken": secret}
    id = send("POST", UPLOADS, wanted, "application/json", **proof).json()["id"]
    octets = "application/octet-stream"
    where = {"Upload-Offset": "0"}
    assert code(send("PATCH", f"{UPLOADS}/{id}", b"ab", octets, **where)) == (403, "forbidden")
    assert files(store) == []
    assert send("PATCH", f"{UPLOADS}/{id}", b"ab", octets, **where, **proof).json()["offset"] == 2


def test_whose_upload_it_is_not_may_neither_go_on_nor_look(
    alices: Program, bobs: Program, mallorys: Program, adas: Program, store: Path
) -> None:
    id = begun(alices, 10)
    for method, body in (("get", None), ("patch", b"x"), ("delete", None)):
        send = lambda who, of=id: who.send(method, f"{UPLOADS}/{of}", body, Upload_Offset="0")  # noqa: B023, E731
        assert code(send(bobs)) == (403, "forbidden")
        assert code(send(adas)) == (403, "forbidden")
        assert code(send(mallorys)) == code(send(alices, uuid.uuid4())) == (404, "not-found")
    assert files(store) == [] and alices.send("get", f"{UPLOADS}/{id}").json()["offset"] == 0


def test_an_upload_is_given_up(alices: Program, store: Path) -> None:
    id = begun(alices, 10)
    part(alices, id, 0, b"x" * 5)
    assert alices.send("delete", f"{UPLOADS}/{id}").status_code == 204
    assert nothing_is_left(store)
    assert code(part(alices, id, 5, b"x" * 5)) == (404, "not-found")


def test_a_part_elsewhere_is_told_where_to_go_on(alices: Program, store: Path) -> None:
    id = begun(alices, 10)
    part(alices, id, 0, b"x" * 5)
    for offset in (0, 4, 6):
        refused = part(alices, id, offset, b"y")
        assert code(refused) == (409, "recording.wrong_offset")
        assert problem(refused)["offset"] == 5 and refused.headers["Upload-Offset"] == "5"
    for wrong in ("", "-1", "x", "1e3", "٣", "9" * 19):
        assert places(alices.send("patch", f"{UPLOADS}/{id}", b"y", Upload_Offset=wrong)) == [
            ("Upload-Offset", "invalid")
        ]
    assert code(part(alices, id, 5, b"y" * 6)) == (413, "recording.too_large")
    assert len(files(store)) == 1


def test_a_part_is_octets_with_a_length(alices: Program, store: Path) -> None:
    id = begun(alices, 10)
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        refused = alices.generic("PATCH", f"{ROOT}{UPLOADS}/{id}", b"{}", kind, headers={"Upload-Offset": "0"})
        assert code(refused) == (415, "unsupported-media-type")
    for headers in (
        {"Transfer-Encoding": "chunked"},
        {"Content-Length": "x"},
        {"Content-Length": "9" * 5_000},
        {"Content-Length": "-1"},
    ):
        extra: dict[str, Any] = {"CONTENT_LENGTH": headers["Content-Length"]} if "Content-Length" in headers else {}
        extra |= {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in headers.items() if k != "Content-Length"}
        refused = alices.generic(
            "PATCH", f"{ROOT}{UPLOADS}/{id}", b"xy", "application/octet-stream", HTTP_UPLOAD_OFFSET="0", **extra
        )
        assert code(refused) == (411, "length-required")
    assert files(store) == []


def test_a_part_larger_than_what_django_reads_at_once_is_taken(alices: Program, store: Path) -> None:
    id = begun(alices, 10 * MIB)
    assert part(alices, id, 0, bytes(8 * MIB)).json()["offset"] == 8 * MIB


# ---- what is no recording --------------------------------------------------------------------------------------------


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../../etc/passwd", content())
    return made.getvalue()


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"this is no JSON",
        zipped,
        lambda: gzip.compress(b"[" + b" " * (1100 * MIB) + b"]", 9),
        lambda: b"[]",
        lambda: b'[{"type": 4}]',
        lambda: packed("sign-in")[:-20],
        lambda: b"[" * 100_000,
        lambda: b"\x00" * 1000,
    ],
    ids=["not JSON", "a zip", "a gzip bomb", "nothing", "no page", "cut off", "deep", "zeros"],
)
def test_what_is_no_recording_is_refused_and_nothing_is_left(make: Any, alices: Program, store: Path) -> None:
    refused = brought(alices, make())
    assert code(refused) == (422, "recording.unreadable")
    assert nothing_is_left(store) and "this is no JSON" not in refused.content.decode()


def test_other_bytes_than_were_meant_are_refused(alices: Program, store: Path) -> None:
    assert code(brought(alices, content(), sha256="0" * 64)) == (422, "recording.altered")
    assert nothing_is_left(store)


def test_what_is_too_large_is_refused_before_it_is_sent(alices: Program, mallorys: Program, store: Path) -> None:
    for program, most in ((alices, 200), (mallorys, 50)):
        begun(program, most * MIB)
        refused = program.send("post", UPLOADS, {"name": "x", "size": most * MIB + 1})
        assert code(refused) == (413, "recording.too_large") and f"{most * MIB:,}" in problem(refused)["detail"]
        assert code(program.send("post", UPLOADS, {"name": "x", "size": 10**30})) == (413, "recording.too_large")


def test_the_same_bytes_lead_to_the_first(alices: Program, bobs: Program, store: Path) -> None:
    whole = content()
    first = brought(alices, whole).json()["recording"]
    begins = {"name": "x", "size": len(whole), "sha256": first["digest"].upper()}
    for refused in (bobs.send("post", UPLOADS, begins), brought(bobs, whole)):
        assert code(refused) == (409, "recording.duplicate")
        said = problem(refused)["first"]
        assert said == {"id": first["id"], "address": f"/api/v1/recordings/{first['id']}"}
        assert bobs.get(said["address"]).json()["id"] == first["id"]
    with behind(walls_of(ALICE)):
        assert Recording.objects.count() == 1 and Upload.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"name": "a\x00b"}, ("#/name", "null-characters-not-allowed")),
        ({"name": "two\nlines"}, ("#/name", "invalid")),
        ({"name": "turned\u202eabout"}, ("#/name", "invalid")),
        ({"name": "n" * 256}, ("#/name", "max-length")),
        ({"name": ""}, ("#/name", "blank")),
        ({"size": 0}, ("#/size", "min-value")),
        ({"size": "4"}, ("#/size", "invalid")),
        ({"sha256": "x" * 64}, ("#/sha256", "invalid")),
        ({"end_user": ""}, ("#/end_user", "blank")),
        ({"path": "/etc/passwd"}, ("#/path", "unknown-field")),
    ],
)
def test_each_mistake_of_an_announcement_is_located(given: Any, wrong: Any, alices: Program, store: Path) -> None:
    assert places(alices.send("post", UPLOADS, {"name": "x", "size": 4, **given})) == [wrong]
    assert nothing_is_left(store)


def test_a_name_is_part_of_no_path(alices: Program, store: Path) -> None:
    done = brought(alices, content(), name="../../etc/passwd")
    assert done.json()["recording"]["name"] == "../../etc/passwd"
    (file,) = files(store)
    assert file.name == done.json()["recording"]["id"] and file.parent.name == "recordings"


def test_there_are_so_many_at_once(alices: Program) -> None:
    for _ in range(5):
        begun(alices, 10)
    assert code(alices.send("post", UPLOADS, {"name": "x", "size": 10})) == (409, "recording.too_many_uploads")


def test_where_the_keys_are_away_it_is_said_and_goes_on_later(
    alices: Program, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = content()
    id = begun(alices, len(whole))

    def away(*_: object, **__: object) -> None:
        raise KeyServiceFailed("The key service is away.")

    with monkeypatch.context() as broken:
        broken.setattr(ObjectStore, "put", away)
        assert code(part(alices, id, 0, whole)) == (503, "vault.key_service_failed")
    with behind(walls_of(ALICE)):
        assert Entry.objects.filter(action=Action.FAILURE).count() == 1
    assert part(alices, id, 0, whole).json()["recording"]["state"] == State.RECEIVED


def test_what_nobody_foresaw_is_a_problem_without_its_words(
    alices: Program, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the secret words of an exception")

    id = begun(alices, 10)
    monkeypatch.setattr(ObjectStore, "put", fails)
    refused = part(alices, id, 0, b"x")
    assert code(refused) == (500, "failed") and b"secret words" not in refused.content


def test_no_form_puts_a_file_anywhere(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    monkeypatch.setattr(TemporaryUploadedFile, "__init__", lambda self, *args: made.append(self))
    browser = Client(enforce_csrf_checks=True, SERVER_NAME=ACME.host, raise_request_exception=False)
    browser.cookies = signed_in(BOB).cookies
    browser.cookies["csrf"] = "a" * 32
    file = io.BytesIO(bytes(4 * MIB))
    file.name = "session.json"
    assert code(browser.post(ROOT + UPLOADS, {"file": file}))[0] in (403, 415)
    assert made == []
