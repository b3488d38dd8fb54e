"""A POST that is sent again is done once."""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from apps.accounts.models import Token, User
from apps.api import tokens as api_tokens
from apps.api.models import IdempotentAnswer
from apps.tenants.walls import behind
from tests.apps.api.conftest import NEW, Program, in_days
from tests.apps.api.test_problems import code, places
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, MALLORY, Person


def named(person: Person, name: str) -> int:
    with behind(walls_of(person)):
        return Token.objects.filter(name=name).count()


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def wanted() -> dict[str, object]:
    return {**NEW, "expires": in_days(1)}


def test_the_same_again_gets_the_first_answer_without_its_secret(
    alices: Program, key: str, wanted: dict[str, object]
) -> None:
    first = alices.send("post", "/me/tokens", wanted, Idempotency_Key=key)
    again = alices.send("post", "/me/tokens", dict(reversed(wanted.items())), Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["secret"].startswith("swd_") and "Idempotency-Replayed" not in first.headers
    assert again.json() == {**first.json(), "secret": None} and again.headers["Idempotency-Replayed"] == "true"
    assert named(ALICE, "Nightly") == 1
    with behind(walls_of(ALICE)):
        kept = str(list(IdempotentAnswer.objects.values()))
    assert first.json()["secret"][45:] not in kept and key not in kept


def test_another_request_under_the_key_is_refused(alices: Program, key: str, wanted: dict[str, object]) -> None:
    alices.send("post", "/me/tokens", wanted, Idempotency_Key=key)
    other_body = alices.send("post", "/me/tokens", {**wanted, "name": "Other"}, Idempotency_Key=key)
    assert code(other_body) == (422, "idempotency-key-reused")
    other_place = alices.send("post", "/invitations", {"email": "d@acme.example", "role": "owner"}, Idempotency_Key=key)
    assert code(other_place) == (422, "idempotency-key-reused")
    assert named(ALICE, "Other") == 0


def test_a_key_belongs_to_a_person(alices: Program, bobs: Program, mallorys: Program, key: str) -> None:
    for program in (alices, bobs, mallorys):
        response = program.send("post", "/me/tokens", {**NEW, "expires": in_days(1)}, Idempotency_Key=key)
        assert response.status_code == 201 and response.json()["secret"]
    assert (named(ALICE, "Nightly"), named(MALLORY, "Nightly")) == (2, 1)


def test_what_was_refused_is_judged_again(alices: Program, key: str, bob: User) -> None:
    path = f"/users/{bob.id}/reactivate"
    refused = alices.send("post", "/me/tokens", {**NEW, "expires": in_days(-1)}, Idempotency_Key=key)
    assert code(refused) == (422, "token-refused")
    assert alices.send("post", path, Idempotency_Key=key).status_code == 200
    assert alices.send("post", path, Idempotency_Key=key).headers["Idempotency-Replayed"] == "true"


def test_after_a_day_a_key_is_new_and_old_answers_are_swept(
    alices: Program, key: str, wanted: dict[str, object]
) -> None:
    alices.send("post", "/me/tokens", wanted, Idempotency_Key=key)
    alices.send("post", "/me/tokens", wanted, Idempotency_Key=str(uuid.uuid4()))
    with behind(walls_of(ALICE)):
        IdempotentAnswer.objects.update(created=timezone.now() - datetime.timedelta(hours=24, seconds=1))
    again = alices.send("post", "/me/tokens", wanted, Idempotency_Key=key)
    assert again.json()["secret"] and "Idempotency-Replayed" not in again.headers
    with behind(walls_of(ALICE)):
        assert IdempotentAnswer.objects.count() == 1


@pytest.mark.parametrize("given", ["short", "x" * 129, "spaces are not fine", "ünicode-key-of-enough"])
def test_a_key_has_its_form(alices: Program, given: str, wanted: dict[str, object]) -> None:
    assert places(alices.send("post", "/me/tokens", wanted, Idempotency_Key=given)) == [("Idempotency-Key", "invalid")]


class Slow:
    """Making a token, held until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.really = api_tokens._made

    def __call__(self, made):
        self.begun.set()
        assert self.go.wait(30)
        return self.really(made)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    held = Slow()
    monkeypatch.setattr(api_tokens, "_made", held)
    yield held
    held.go.set()


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_worked_on_the_second_is_asked_to_wait(
    alice: User, slow: Slow, key: str, wanted: dict[str, object]
) -> None:
    program, other = Program(ALICE), Program(ALICE)

    def ask(one: Program):
        try:
            return one.send("post", "/me/tokens", wanted, Idempotency_Key=key)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, program)
        assert slow.begun.wait(30)
        meanwhile = other.send("post", "/me/tokens", wanted, Idempotency_Key=key)
        assert code(meanwhile) == (409, "idempotency-key-in-use") and meanwhile.headers["Retry-After"] == "1"
        slow.go.set()
        assert first.result(30).status_code == 201
    assert other.send("post", "/me/tokens", wanted, Idempotency_Key=key).headers["Idempotency-Replayed"] == "true"
    assert named(ALICE, "Nightly") == 1


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_make_one_token(alice: User, key: str, wanted: dict[str, object]) -> None:
    programs = [Program(ALICE) for _ in range(8)]
    together = threading.Barrier(8)

    def ask(one: Program):
        try:
            together.wait(30)
            return one.send("post", "/me/tokens", wanted, Idempotency_Key=key).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(ask, programs))
    assert set(statuses) <= {201, 409} and 201 in statuses
    assert named(ALICE, "Nightly") == 1
