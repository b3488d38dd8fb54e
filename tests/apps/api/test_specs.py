"""Specs by the API: read, edited with located refusals, approved by another person, and taken out as tests."""

from __future__ import annotations

import ast
import io
import uuid
import zipfile

import pytest

from apps.accounts.models import User
from apps.api.models import IdempotentAnswer
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.specs.generation import Outcome, generate
from apps.specs.models import SpecVersion
from apps.tenants.walls import behind
from tests.apps.api.conftest import Program
from tests.apps.api.test_problems import code, places, problem
from tests.apps.recordings.conftest import packed, upload
from tests.apps.signing_in import user, walls_of
from tests.apps.specs.test_review import said_otherwise
from tests.cast import ALICE, MALLORY, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]


def made(person: Person, which: str = "sign-in") -> tuple[str, str]:
    """The ids of a spec and its version, made of a session."""
    with behind(walls_of(person)):
        recording = upload(packed(which), user(person))
        assert generate(recording.id) is Outcome.SPECIFIED
        version = SpecVersion.objects.get(recording=recording)
        return str(version.spec_id), str(version.id)


@pytest.fixture
def ids(alice: User, store: object) -> tuple[str, str]:
    return made(ALICE)


def read(program: Program, version: str) -> dict[str, object]:
    response = program.send("get", f"/versions/{version}")
    assert response.status_code == 200, response.content
    said: dict[str, object] = response.json()
    return said


def test_alice_reads_what_was_made_of_her_session(alices: Program, adas: Program, ids: tuple[str, str]) -> None:
    spec, version = ids
    (listed,) = alices.send("get", "/specs").json()["items"]
    assert listed == alices.send("get", f"/specs/{spec}").json()
    assert (listed["id"], listed["newest"], listed["approved"], listed["sessions"]) == (spec, version, None, 1)
    said = read(alices, version)
    assert str(said["text"]).startswith('spec("') and said["findings"] == [] and said["state"] == "draft"
    assert set(said["notes"]) == {"notes", "secrets", "fixtures", "requires"}  # type: ignore[call-overload]
    (summary,) = alices.send("get", f"/versions?spec={spec}&state=draft").json()["items"]
    assert "text" not in summary and summary["digest"] == said["digest"]
    assert alices.send("get", f"/versions?spec={spec}&state=approved").json()["items"] == []
    recording = alices.send("get", f"/recordings/{said['recording']}").json()
    assert recording["made"] == {"version": version, "spec": spec}
    for path in (f"/specs/{spec}", f"/versions/{version}", "/specs"):
        assert code(adas.send("get", path)) == (403, "forbidden")


def test_a_text_that_is_no_spec_is_refused_with_the_place_of_each_mistake(
    alices: Program, ids: tuple[str, str]
) -> None:
    text = str(read(alices, ids[1])["text"])
    wrong = text + '\nwith step("Steal"):\n    __import__("os")\n    click(1)\n'
    line = text.count("\n") + 3
    refused = alices.send("post", f"/versions/{ids[1]}/edit", {"text": wrong})
    assert code(refused) == (422, "spec.does_not_pass")
    first = problem(refused)["errors"][0]
    assert (first["pointer"], first["line"], first["code"]) == ("#/text", line, "name")
    assert first["column"] >= 1 and first["detail"] and first["hint"]
    checked = alices.send("post", f"/versions/{ids[1]}/check", {"text": wrong})
    assert checked.status_code == 200 and checked.json()["passes"] is False and checked.json()["text"] is None
    assert [(one["line"], one["rule"]) for one in checked.json()["findings"]] == [
        (one["line"], one["code"]) for one in problem(refused)["errors"]
    ]
    with behind(walls_of(ALICE)):
        assert SpecVersion.objects.count() == 1


def test_an_edit_is_another_version_that_somebody_else_approves(
    alices: Program, bobs: Program, ids: tuple[str, str]
) -> None:
    spec, version = ids
    text = said_otherwise(str(read(bobs, version)["text"]))
    checked = bobs.send("post", f"/versions/{version}/check", {"text": text}).json()
    assert checked["passes"] and checked["findings"] and checked["findings"][0]["rule"].startswith("ungrounded-")
    made = bobs.send("post", f"/versions/{version}/edit", {"text": text})
    assert made.status_code == 201, made.content
    edit = made.json()
    assert (edit["number"], edit["based_on"], edit["state"], edit["written_by_name"]) == (2, 1, "draft", "Bob")
    assert edit["ungrounded"] == len(read(bobs, edit["id"])["findings"]) > 0  # type: ignore[arg-type]
    again = bobs.send("post", f"/versions/{version}/edit", {"text": text})
    assert code(again) == (409, "spec.overtaken") and problem(again)["newest"] == 2
    assert code(bobs.send("post", f"/versions/{edit['id']}/edit", {"text": text})) == (409, "spec.unchanged")
    approval = {"digest": edit["digest"]}
    refused = bobs.send("post", f"/versions/{edit['id']}/approve", approval)
    assert code(refused) == (403, "spec.needs_another_person")
    assert code(alices.send("post", f"/versions/{edit['id']}/approve", {"digest": "0" * 64})) == (
        409, "spec.other_digest",
    )  # fmt: skip
    approved = alices.send("post", f"/versions/{edit['id']}/approve", approval)
    assert (approved.json()["state"], approved.json()["approved_by_name"]) == ("approved", "Alice")
    assert alices.send("get", f"/specs/{spec}").json()["approved"] == edit["id"]
    assert code(alices.send("post", f"/versions/{edit['id']}/approve", approval)) == (409, "spec.not_a_draft")
    with behind(walls_of(ALICE)):
        entry = Entry.objects.get(action=Action.REFUSAL, request_id=refused.headers["X-Request-ID"])
        assert entry.actor_token == bobs.token.token.id
        entry = Entry.objects.filter(request_id=approved.headers["X-Request-ID"]).latest("id")
        assert entry.actor_token == alices.token.token.id


def test_what_is_sealed_is_kept_in_no_answer(alices: Program, ids: tuple[str, str]) -> None:
    spec, version = ids
    said = read(alices, version)
    title = alices.send("get", f"/specs/{spec}").json()["title"]
    key = {"Idempotency_Key": str(uuid.uuid4())}
    text = said_otherwise(str(said["text"]))
    assert alices.send("post", f"/versions/{version}/edit", {"text": text}, **key).status_code == 201
    key = {"Idempotency_Key": str(uuid.uuid4())}
    first = alices.send("post", f"/specs/{spec}/retire", **key)
    assert first.json()["title"] == title and first.json()["retired_by_name"] == "Alice"
    assert alices.send("post", f"/specs/{spec}/retire", **key).json() == {**first.json(), "title": None}
    key = {"Idempotency_Key": str(uuid.uuid4())}
    at, why = f"/recordings/{said['recording']}/hold", {"why": "A dispute"}
    first = alices.send("post", at, why, **key)
    assert first.json()["name"] == "session.json" and alices.send("post", at, why, **key).json()["name"] is None
    with behind(walls_of(ALICE)):
        kept = str(list(IdempotentAnswer.objects.values()))
    assert kept.count("'status'") == 3 and title not in kept and "session.json" not in kept


def test_a_spec_that_is_retired_is_changed_no_more(alices: Program, ids: tuple[str, str]) -> None:
    spec, version = ids
    said = read(alices, version)
    assert alices.send("post", f"/specs/{spec}/retire").json()["retired"] is not None
    assert code(alices.send("post", f"/specs/{spec}/retire")) == (409, "spec.retired")
    edit = alices.send("post", f"/versions/{version}/edit", {"text": said_otherwise(str(said["text"]))})
    assert code(edit) == (409, "spec.retired")
    approval = alices.send("post", f"/versions/{version}/approve", {"digest": said["digest"]})
    assert code(approval) == (409, "spec.retired")


def test_approved_specs_are_taken_out_as_tests(alices: Program, ids: tuple[str, str]) -> None:
    spec, version = ids
    at = f"/specs/export?specs={spec}"
    assert code(alices.send("get", at)) == (409, "spec.not_approved")
    said = read(alices, version)
    alices.send("post", f"/versions/{version}/approve", {"digest": said["digest"]})
    text = alices.send("get", at)
    assert text.content.decode() == said["text"] and text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert text.headers["Content-Disposition"].startswith("attachment;") and "RateLimit" in text.headers
    python = alices.send("get", f"{at}&target=playwright-python")
    ast.parse(python.content)
    assert b"@playwright/test" in alices.send("get", f"{at}&target=playwright-ts").content
    zipped = alices.send("get", f"{at},{spec}&target=playwright-ts-project")
    assert zipped.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
        assert any(name.endswith(".spec.ts") for name in archive.namelist())
    with behind(walls_of(ALICE)):
        exports = Entry.objects.filter(action=Action.EXPORT).order_by("id")
        assert [entry.additional_data["form"] for entry in exports] == [
            "spec", "playwright-python", "playwright-ts", "playwright-ts-project",
        ]  # fmt: skip
        assert {entry.actor_token for entry in exports} == {alices.token.token.id}


def test_an_export_names_what_is_there_and_what_it_is_to_be(alices: Program, ids: tuple[str, str]) -> None:
    spec, _ = ids
    assert places(alices.send("get", "/specs/export?specs=all&target=exe")) == [
        ("target", "invalid"), ("specs", "invalid"),
    ]  # fmt: skip
    assert places(alices.send("get", f"/specs/export?specs={spec}&cursor=x")) == [("cursor", "unknown-parameter")]
    missing = f"{spec},{uuid.uuid4()}"
    assert code(alices.send("get", f"/specs/export?specs={missing}&target=playwright-ts-project"))[0] == 404
    many = ",".join(str(uuid.uuid4()) for _ in range(201))
    assert places(alices.send("get", f"/specs/export?specs={many}")) == [("specs", "invalid")]


def test_a_spec_as_long_as_one_may_be_is_read_and_a_longer_one_is_not(alices: Program, ids: tuple[str, str]) -> None:
    at = f"/versions/{ids[1]}/check"
    assert alices.send("post", at, {"text": "\u4e2d" * 65_536}).json()["findings"][0]["rule"] == "too-large"
    assert places(alices.send("post", at, {"text": "#" * 65_537})) == [("#/text", "max-length")]
    assert code(alices.send("post", at, {"text": "\u4e2d" * 100_000})) == (413, "too-large")
    assert places(alices.send("get", "/versions?spec=x&state=gone")) == [("spec", "invalid"), ("state", "invalid")]


def test_mallory_finds_nothing_of_alices(mallorys: Program, alices: Program, ids: tuple[str, str]) -> None:
    spec, version = ids
    theirs, _ = made(MALLORY)
    assert [one["id"] for one in mallorys.send("get", "/specs").json()["items"]] == [theirs]
    assert mallorys.send("get", f"/versions?spec={spec}").json()["items"] == []
    for method, path, body in (
        ("get", f"/specs/{spec}", None),
        ("get", f"/specs/export?specs={spec}", None),
        ("post", f"/specs/{spec}/retire", None),
        ("get", f"/versions/{version}", None),
        ("post", f"/versions/{version}/check", {"text": "x"}),
        ("post", f"/versions/{version}/edit", {"text": "x"}),
        ("post", f"/versions/{version}/approve", {"digest": "0" * 64}),
    ):
        assert code(mallorys.send(method, path, body)) == (404, "not-found"), path
