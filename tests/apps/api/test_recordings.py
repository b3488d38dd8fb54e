"""Recordings by the API: who may do what with them, what is told of each, and what stays of it in the log."""

from __future__ import annotations

import datetime
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.api.models import IdempotentAnswer
from apps.audit.models import Entry
from apps.recordings import life
from apps.recordings.models import Recording, State
from apps.tenants.walls import behind
from tests.apps.api.conftest import Program
from tests.apps.api.test_problems import code, places
from tests.apps.recordings.conftest import packed, stored, upload
from tests.apps.signing_in import user, walls_of
from tests.cast import ALICE, CORA, MALLORY, Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]


def of(person: Person, which: str = "sign-in", **given: Any) -> Recording:
    with behind(walls_of(person)):
        return upload(packed(which), user(person), **given)


def again(recording: Recording) -> Recording:
    with behind(walls_of(ALICE)):
        return Recording.objects.get(id=recording.id)


def failed(recording: Recording) -> None:
    with behind(walls_of(ALICE)):
        claim = life.claim(recording.id)
        assert claim is not None
        life.fail(claim, "recording.nothing_done")


@pytest.fixture
def coras(cora: User) -> Program:
    return Program(CORA)


def test_a_recording_is_told_without_what_it_holds(alices: Program, adas: Program) -> None:
    recording = of(ALICE, name="shop.json", end_user="emil@shop.example")
    said = alices.send("get", f"/recordings/{recording.id}").json()
    assert said == alices.send("get", "/recordings").json()["items"][0]
    assert (said["name"], said["state"], said["digest"], said["step"]) == (
        "shop.json", "received", recording.digest, "",
    )  # fmt: skip
    assert said["hold"] is said["certificate"] is said["made"] is said["discarded"] is None
    assert said["retention"] == recording.discard_after.isoformat().replace("+00:00", "Z")
    assert (said["uploaded_by_kind"], said["uploaded_by_name"]) == ("user", "Alice")
    assert "emil" not in str(said) and recording.end_user not in str(said)


def test_how_far_it_is_and_why_it_failed(alices: Program) -> None:
    recording = of(ALICE)
    with behind(walls_of(ALICE)):
        claim = life.claim(recording.id)
        assert claim is not None
    said = alices.send("get", f"/recordings/{recording.id}").json()
    assert (said["state"], said["step"]) == ("generating", "tracing")
    with behind(walls_of(ALICE)):
        life.fail(claim, "recording.nothing_done")
    said = alices.send("get", f"/recordings/{recording.id}").json()
    assert (said["state"], said["step"], said["reason"]) == ("failed", "", "recording.nothing_done")


def test_recordings_are_found_by_state_time_and_person(alices: Program) -> None:
    first, second = of(ALICE, end_user="emil"), of(ALICE, "subscribe", end_user="Emil")
    failed(second)

    def found(query: str) -> set[str]:
        response = alices.send("get", f"/recordings?{query}")
        assert response.status_code == 200, response.content
        return {one["id"] for one in response.json()["items"]}

    both, one, other = {str(first.id), str(second.id)}, {str(first.id)}, {str(second.id)}
    assert found("state=received") == one and found("state=failed") == other and found("state=discarded") == set()
    assert found("end_user=emil") == one and found("end_user=Emil") == other and found("end_user=nobody") == set()
    day = datetime.timedelta(days=1)
    yesterday, tomorrow = ((timezone.now() + d).strftime("%Y-%m-%dT%H:%M:%SZ") for d in (-day, day))
    assert found(f"since={yesterday}&until={tomorrow}") == both
    assert found(f"since={tomorrow}") == found(f"until={yesterday}") == set()
    page = alices.send("get", "/recordings?page_size=1").json()
    rest = alices.send("get", f"/recordings?page_size=1&cursor={page['next']}").json()
    assert {page["items"][0]["id"], rest["items"][0]["id"]} == both and rest["next"] is None


def test_a_filter_that_is_none_is_refused(alices: Program) -> None:
    assert set(places(alices.send("get", "/recordings?state=gone&since=today&end_user="))) == {
        ("state", "invalid"), ("since", "invalid"), ("end_user", "invalid"),
    }  # fmt: skip
    assert places(alices.send("get", "/recordings?name=x")) == [("name", "unknown-parameter")]


def test_a_discard_is_carried_out_with_a_certificate(alices: Program, store: Path) -> None:
    recording = of(ALICE)
    begun = alices.send("post", f"/recordings/{recording.id}/discard")
    assert begun.status_code == 200 and begun.json()["state"] == "discarding"
    assert stored(store) == [] and again(recording).state == State.DISCARDED
    said = alices.send("get", f"/recordings/{recording.id}").json()
    assert (said["state"], said["name"], said["retention"]) == ("discarded", None, None)
    assert said["certificate"]["digest"] == recording.digest and said["certificate"]["reason"] == "asked"
    assert code(alices.send("post", f"/recordings/{recording.id}/discard")) == (409, "recording.illegal_move")
    with behind(walls_of(ALICE)):
        entries = Entry.objects.filter(object_pk=str(recording.id), request_id=begun.headers["X-Request-ID"])
        assert {entry.actor_token for entry in entries} == {alices.token.token.id}
        assert "To be discarded: somebody asked for it" in {entry.narrative for entry in entries}


def test_a_hold_wins_until_it_is_lifted(coras: Program, alices: Program, bobs: Program, store: Path) -> None:
    recording = of(ALICE)
    at = f"/recordings/{recording.id}"
    held = coras.send("post", f"{at}/hold", {"why": "A dispute with the shop"})
    assert held.json()["hold"]["why"] == "A dispute with the shop" and held.json()["hold"]["by_name"].startswith("Cora")
    assert code(coras.send("post", f"{at}/hold", {"why": "Again"})) == (409, "recording.illegal_move")
    assert code(alices.send("post", f"{at}/discard")) == (409, "recording.held")
    assert len(stored(store)) == 1
    assert code(bobs.send("post", f"{at}/lift")) == (403, "forbidden")
    assert coras.send("post", f"{at}/lift").json()["hold"] is None
    assert code(coras.send("post", f"{at}/lift")) == (409, "recording.illegal_move")
    for why in ("", "  ", "two\nlines", "w" * 501):
        assert places(coras.send("post", f"{at}/hold", {"why": why}))[0][0] == "#/why"
    assert alices.send("post", f"{at}/discard").status_code == 200


def test_what_failed_is_tried_again(alices: Program, asked: list[str]) -> None:
    recording = of(ALICE)
    assert code(alices.send("post", f"/recordings/{recording.id}/retry")) == (409, "recording.illegal_move")
    failed(recording)
    assert alices.send("post", f"/recordings/{recording.id}/retry").json()["state"] == "received"
    assert asked == [str(recording.id)] * 2


def test_a_person_is_forgotten_by_an_id_that_is_kept_nowhere(alices: Program, coras: Program, store: Path) -> None:
    gone, held, other = (
        of(ALICE, which, end_user=whose)
        for which, whose in (("sign-in", "emil"), ("subscribe", "emil"), ("choose-mail", "frida"))
    )
    coras.send("post", f"/recordings/{held.id}/hold", {"why": "A dispute"})
    key = {"Idempotency_Key": str(uuid.uuid4())}
    said = coras.send("post", "/recordings/forget", {"end_user": "emil"}, **key)
    assert said.json() == {"discarded": [str(gone.id)], "held": [str(held.id)]}
    assert (again(gone).state, again(held).state, again(other).state) == ("discarded", "received", "received")
    assert coras.send("post", "/recordings/forget", {"end_user": "emil"}, **key).json() == said.json()
    with behind(walls_of(ALICE)):
        assert "emil" not in str(list(Entry.objects.values()))
        # Whoever reads the row cannot try out who it was.
        import hashlib

        tried = 'POST /api/v1/recordings/forget\n{"end_user":"emil"}'
        assert IdempotentAnswer.objects.get().request != hashlib.sha256(tried.encode()).hexdigest()


@pytest.mark.parametrize(
    ("action", "body", "may"),
    [
        ("get", None, {"alices", "bobs", "coras", "adas"}),
        ("retry", None, {"alices", "bobs"}),
        ("discard", None, {"alices", "bobs", "coras"}),
        ("hold", {"why": "A dispute"}, {"alices", "coras"}),
        ("lift", None, {"alices", "coras"}),
        ("forget", {"end_user": "emil"}, {"alices", "bobs", "coras"}),
    ],
)
def test_each_role_may_what_the_table_says(
    action: str, body: Any, may: set[str], request: pytest.FixtureRequest, asked: list[str]
) -> None:
    recording = of(ALICE, "sign-in")
    failed(recording)
    for who in ("adas", "bobs", "coras", "alices"):
        if action == "lift":
            with behind(walls_of(ALICE)):
                Recording.objects.update(held=timezone.now(), held_why="A dispute")
        program: Program = request.getfixturevalue(who)
        at = "/recordings/forget" if action == "forget" else f"/recordings/{recording.id}"
        if action not in ("get", "forget"):
            at += f"/{action}"
        answer = program.send("get" if action == "get" else "post", at, body)
        if who in may:
            assert answer.status_code in (200, 409), (who, answer.content)  # 409: somebody was first
        else:
            assert code(answer) == (403, "forbidden"), who


def test_mallory_finds_nothing_of_alices(mallorys: Program, alices: Program, store: Path) -> None:
    recording, theirs = of(ALICE, end_user="emil"), of(MALLORY, end_user="emil")
    assert [one["id"] for one in mallorys.send("get", "/recordings").json()["items"]] == [str(theirs.id)]
    for action in ("", "/discard", "/retry", "/lift"):
        method = "post" if action else "get"
        assert code(mallorys.send(method, f"/recordings/{recording.id}{action}")) == (404, "not-found")
    assert mallorys.send("post", "/recordings/forget", {"end_user": "emil"}).json()["discarded"] == [str(theirs.id)]
    assert again(recording).state == State.RECEIVED
