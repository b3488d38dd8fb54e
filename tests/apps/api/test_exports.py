"""Programs export the log: asked for, followed, downloaded bit by bit; and who may not."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.audit.exports import making
from apps.audit.exports.models import Export, State
from apps.audit.models import Entry
from apps.audit.sequencing import sequence
from apps.audit.tasks import make_export
from apps.audit.vocabulary import Action
from apps.tenants.walls import behind
from specward.tlog import verify
from tests.apps.api.conftest import Program
from tests.apps.audit.exports.making import a_long_log, the_key
from tests.apps.signing_in import walls_of
from tests.cast import ACME, ALICE, BOB, CORA, MALLORY, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "queued")]


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(make_export, "delay", found.append)
    return found


@pytest.fixture
def coras(cora: User) -> Program:
    return Program(CORA)


def signed(person: Person = CORA, entries: int = 300) -> None:
    with behind(walls_of(person)):
        a_long_log(entries)
        sequence()


def ready(program: Program, body: dict[str, object], person: Person = CORA, piece: int = 5_000) -> dict[str, object]:
    """Asks, and does what a worker would."""
    asked = program.send("post", "/audit/exports", body)
    assert asked.status_code == 201, asked.content
    id = uuid.UUID(asked.json()["id"])
    with behind(walls_of(person)):
        Export.objects.filter(id=id).update(piece=piece)
        assert making.make(id) is making.Outcome.READY
    found: dict[str, object] = program.send("get", f"/audit/exports/{id}").json()
    return found


def body_of(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_program_asks_follows_and_verifies_what_it_downloads(coras: Program) -> None:
    signed()
    asked = coras.send("post", "/audit/exports", {"format": "bundle"}).json()
    assert (asked["state"], asked["file"], asked["filters"], asked["digest"]) == ("waiting", None, {}, "")
    assert coras.send("get", f"/audit/exports/{asked['id']}/file").json()["code"] == "export.not_ready"
    with behind(walls_of(CORA)):
        making.make(uuid.UUID(asked["id"]))
    told = coras.send("get", f"/audit/exports/{asked['id']}").json()
    assert (told["state"], told["looked"], told["entries"]) == ("ready", told["size"], told["size"])
    assert [one["id"] for one in coras.send("get", "/audit/exports").json()["items"]] == [asked["id"]]
    answer = coras.send("get", told["file"].removeprefix("/api/v1"))
    content = body_of(answer)
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    assert (answer["Content-Length"], answer["ETag"]) == (str(len(content)), f'"{told["digest"]}"')
    assert (answer["Accept-Ranges"], answer["Cache-Control"]) == ("bytes", "no-store")
    digest = hashlib.sha256(content)
    assert digest.hexdigest() == told["digest"]
    assert answer["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    with behind(walls_of(CORA)):
        assert verify(content, the_key()).findings == []


def test_asking_and_each_download_is_an_entry(coras: Program, cora: User) -> None:
    signed()
    export = ready(coras, {"format": "jsonl", "action": "access", "since": "2020-01-01T00:00:00Z"})
    path = f"/audit/exports/{export['id']}/file"
    body_of(coras.send("get", path))
    body_of(coras.send("get", path, Range="bytes=10-19"))
    assert coras.send("head", path).status_code == 200
    coras.send("get", path, Range="bytes=99999999-")
    with behind(walls_of(CORA)):
        (asked,) = Entry.objects.filter(action=Action.EXPORT)
        downloads = list(Entry.objects.filter(action=Action.ACCESS, object_pk=str(export["id"])).order_by("id"))
    assert asked.actor_id == cora.pk and asked.additional_data["filtered_by"] == ["action", "since"]
    assert [(d.additional_data["first"], d.additional_data["bytes"]) for d in downloads] == [
        (0, export["bytes"]),
        (10, 10),
    ]
    assert {d.narrative for d in downloads} == {"Downloads an export of the audit log"}


def test_a_download_that_broke_goes_on(coras: Program) -> None:
    signed()
    export = ready(coras, {"format": "csv"})
    path, size = f"/audit/exports/{export['id']}/file", int(str(export["bytes"]))
    whole = coras.send("get", path)
    got = b"".join(piece for piece, _ in zip(whole.streaming_content, range(1), strict=False))
    whole.close()
    assert 0 < len(got) < size
    rest = coras.send("get", path, Range=f"bytes={len(got)}-", If_Range=whole["ETag"])
    assert rest.status_code == 206
    assert rest["Content-Range"] == f"bytes {len(got)}-{size - 1}/{size}"
    assert rest["Content-Length"] == str(size - len(got))
    assert hashlib.sha256(got + body_of(rest)).hexdigest() == export["digest"]
    other = coras.send("get", path, Range="bytes=5-", If_Range='"of another file"')
    assert (other.status_code, len(body_of(other))) == (200, size)


def test_a_range_behind_the_end_is_a_problem_that_says_the_size(coras: Program) -> None:
    signed()
    export = ready(coras, {"format": "jsonl"})
    refused = coras.send("get", f"/audit/exports/{export['id']}/file", Range=f"bytes={export['bytes']}-")
    assert (refused.status_code, refused.json()["code"]) == (416, "range-not-satisfiable")
    assert refused["Content-Range"] == f"bytes */{export['bytes']}"


def test_head_says_all_of_it_and_gives_nothing(coras: Program) -> None:
    signed()
    export = ready(coras, {"format": "jsonl"})
    head = coras.send("head", f"/audit/exports/{export['id']}/file", Range="bytes=0-9")
    assert (head.status_code, head["Content-Length"]) == (200, str(export["bytes"]))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cuts=st.lists(st.integers(1, 60_000), max_size=8, unique=True))
def test_any_cut_into_ranges_is_the_same_file(coras: Program, cuts: list[int]) -> None:
    with behind(walls_of(CORA)):
        found = Export.objects.filter(state=State.READY).first()
    if found is None:
        signed()
        ready(coras, {"format": "jsonl"})
        with behind(walls_of(CORA)):
            found = Export.objects.get(state=State.READY)
    edges = sorted({0, found.bytes, *(cut for cut in cuts if cut < found.bytes)})
    whole = hashlib.sha256()
    for first, end in pairwise(edges):
        part = coras.send("get", f"/audit/exports/{found.id}/file", Range=f"bytes={first}-{end - 1}")
        assert part.status_code == 206
        got = body_of(part)
        assert len(got) == end - first
        whole.update(got)
    assert whole.hexdigest() == found.digest


def test_no_transaction_is_open_while_the_file_streams_however_slow_the_line_is(coras: Program) -> None:
    signed()
    export = ready(coras, {"format": "jsonl"})
    answer = coras.send("get", f"/audit/exports/{export['id']}/file")
    with CaptureQueriesContext(connection) as asked:
        for _ in answer.streaming_content:
            assert not connection.in_atomic_block
            assert connection.connection.info.transaction_status.name == "IDLE"
    # Whether the tenant's key may be used is asked once a minute.
    assert [query["sql"].split(" FROM ")[1][:18] for query in asked] == ['"vault_tenantkey" ']


def test_mallory_of_another_tenant_finds_nothing_of_it(coras: Program, mallory: User) -> None:
    signed()
    export = ready(coras, {"format": "jsonl"})
    mallorys, crossing = Program(MALLORY), Program(MALLORY, host=ACME.host)
    for path in (f"/audit/exports/{export['id']}", f"/audit/exports/{export['id']}/file"):
        assert mallorys.send("get", path).status_code == 404
        assert crossing.send("get", path).status_code == 401
    assert mallorys.send("get", "/audit/exports").json()["items"] == []


def test_bob_and_a_token_without_the_scope_are_refused(coras: Program, bob: User, alice: User) -> None:
    signed()
    export = ready(coras, {"format": "jsonl"})
    for program in (Program(BOB), Program(ALICE, "audit.read"), Program(ALICE, "users.read")):
        for method, path in (
            ("get", "/audit/exports"),
            ("post", "/audit/exports"),
            ("get", f"/audit/exports/{export['id']}"),
            ("get", f"/audit/exports/{export['id']}/file"),
        ):
            refused = program.send(method, path, {"format": "csv"} if method == "post" else None)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    with behind(walls_of(ALICE)):
        assert Export.objects.count() == 1


def test_ada_may_and_everybody_who_may_sees_the_same(coras: Program, adas: Program) -> None:
    signed()
    export = ready(coras, {"format": "jsonl"})
    assert adas.send("get", f"/audit/exports/{export['id']}").json() == export


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/format"),
        ({"format": "xml"}, "#/format"),
        ({"format": "csv", "action": "destroy"}, "#/action"),
        ({"format": "csv", "since": "yesterday"}, "#/since"),
        ({"format": "csv", "object_pk": "1"}, "#/object_type"),
        ({"format": "csv", "object_type": "a\0b"}, "#/object_type"),
        ({"format": "csv", "entry": 0}, "#/entry"),
        ({"format": "csv", "until": "2026-11-28T00:00:00Z", "colour": "red"}, "#/colour"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(coras: Program, body: dict[str, object], pointer: str) -> None:
    refused = coras.send("post", "/audit/exports", body)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == pointer


def test_a_name_of_a_file_has_nothing_in_it_that_anybody_typed(coras: Program, cora: User) -> None:
    signed()
    with behind(walls_of(CORA)):
        User.objects.filter(pk=cora.pk).update(name='Cora"; filename="evil.exe')
    export = ready(coras, {"format": "csv", "object_type": 'x"\r\nSet-Cookie: a=b'})
    answer = coras.send("get", f"/audit/exports/{export['id']}/file")
    name = f"specward-audit-log-entries-{str(export['created'])[:10]}-{str(export['id'])[:8]}.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert "Set-Cookie" not in answer.headers


def test_of_one_entry_the_bundle_has_its_proof(coras: Program) -> None:
    signed()
    with behind(walls_of(CORA)):
        entry = Entry.objects.order_by("id")[7]
    export = ready(coras, {"format": "bundle", "entry": entry.pk}, piece=2_000)
    with zipfile.ZipFile(io.BytesIO(body_of(coras.send("get", f"/audit/exports/{export['id']}/file")))) as archive:
        assert f"proofs/{export['only']}.tlog-proof" in archive.namelist()
    assert (
        coras.send("post", "/audit/exports", {"format": "bundle", "entry": 2**62}).json()["code"] == "export.not_placed"
    )


def test_asked_twice_under_a_key_it_is_made_once(coras: Program, queued: list[str], store: Path) -> None:
    signed()
    key = {"Idempotency_Key": "0123456789abcdef"}
    first, again = (coras.send("post", "/audit/exports", {"format": "csv"}, **key) for _ in range(2))
    assert first.json()["id"] == again.json()["id"] and again["Idempotency-Replayed"] == "true"
    assert len(queued) == 1
