"""Every refusal is a problem that a program can act on, and says nothing that it should not."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.api import users
from apps.api.problems import STATUS_OF, TITLES, URN
from apps.api.reading import LARGEST_BODY
from tests.apps.api.conftest import NEW, Program, in_days, token_of
from tests.apps.signing_in import user
from tests.cast import ACME, ALICE, BOB


def problem(response) -> dict[str, Any]:
    """The problem of an answer, in the form that each has."""
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    said = json.loads(response.content)
    assert said["status"] == response.status_code
    assert said["type"] == URN + said["code"] and said["title"] and said["detail"]
    assert set(said) <= {"type", "title", "status", "detail", "code", "instance", "errors", "first", "offset", "newest"}
    if "X-Request-ID" in response.headers:
        assert said["instance"] == f"urn:uuid:{response.headers['X-Request-ID']}"
    return said


def code(response) -> tuple[int, object]:
    return response.status_code, problem(response)["code"]


def places(response) -> list[tuple[object, object]]:
    """Where and what, of each thing that is wrong."""
    assert code(response) == (422, "validation-failed")
    return [(w.get("pointer") or w.get("parameter") or w.get("header"), w["code"]) for w in problem(response)["errors"]]


def test_a_stranger_is_told_how_to_prove_themselves(at_acme: Client, db: None) -> None:
    for path in ("/api/v1/users", "/api/v1/me", f"/api/v1/tokens/{uuid.uuid4()}"):
        response = at_acme.get(path)
        assert code(response) == (401, "unauthenticated")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_what_mallory_has_at_globex_is_nothing_at_acme(mallorys: Program) -> None:
    assert mallorys.send("get", "/me").json()["user"]["name"] == "Mallory"
    mallorys.defaults["SERVER_NAME"] = ACME.host
    assert code(mallorys.send("get", "/me")) == (401, "unauthenticated")


def test_an_address_that_does_not_exist_is_a_problem_too(alices: Program) -> None:
    assert code(alices.send("get", "/nothing")) == (404, "not-found")
    assert code(alices.send("get", "/users/")) == (404, "not-found")
    assert code(alices.get("/api/v2/users")) == (404, "not-found")
    assert code(Client(SERVER_NAME="nobody.localhost").get("/api/v1/users")) == (404, "not-found")


def test_bob_may_look_and_not_manage(bobs: Program, alice: User) -> None:
    assert code(bobs.send("patch", f"/users/{alice.id}", {"role": "auditor"})) == (403, "forbidden")
    assert code(bobs.send("get", "/tokens")) == (403, "forbidden")
    assert code(bobs.send("get", "/audit/entries")) == (403, "forbidden")


def test_scopes_limit_alices_token(alice: User) -> None:
    narrow = Program(ALICE, "users.read")
    assert narrow.send("get", "/users").status_code == 200
    assert code(narrow.send("post", "/invitations", {"email": "dora@acme.example", "role": "engineer"})) == (
        403,
        "forbidden",
    )


def test_foreign_missing_and_impossible_ids_are_answered_alike(alices: Program, mallory: User, bob: User) -> None:
    answers = [
        {k: v for k, v in problem(alices.send("get", f"/users/{id_}")).items() if k != "instance"}
        for id_ in (mallory.id, uuid.uuid4(), "none", "%00")
    ]
    assert answers == [answers[0]] * 4 and answers[0]["code"] == "not-found"
    assert alices.send("get", f"/users/{bob.id}").json()["name"] == "Bob"


def test_a_method_that_is_not_there_is_405_and_says_which_are(alices: Program) -> None:
    response = alices.send("delete", "/users")
    assert code(response) == (405, "method-not-allowed")
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_options_and_head_say_little(alices: Program, at_acme: Client) -> None:
    response = alices.options("/api/v1/users")
    assert (response.status_code, response.content, response.headers["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")
    head = alices.head("/api/v1/users")
    assert (head.status_code, head.content) == (200, b"")
    assert at_acme.options("/api/v1/users").status_code == 401


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_read(alices: Program, kind: str) -> None:
    response = alices.generic("POST", "/api/v1/me/tokens", "name=x", kind)
    assert code(response) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "body",
    [
        '{"name": ',
        '{"name": NaN}',
        '{"name": "a", "name": "b"}',
        b'{"name": "\xff"}',
        "[" * 30_000,
        '{"a":' * 10_000,
        '{"name": ' + "9" * 5_000 + "}",
    ],
    ids=["cut off", "NaN", "twice", "not UTF-8", "deep lists", "deep objects", "long number"],
)
def test_what_is_no_json_is_refused_before_it_is_looked_at(alices: Program, body: str | bytes) -> None:
    response = alices.generic("POST", "/api/v1/me/tokens", body, "application/json")
    assert code(response) == (400, "malformed")


def test_a_body_has_a_limit(alices: Program) -> None:
    fits = json.dumps({"name": ""}).encode()
    padded = fits[:-2] + b"x" * (LARGEST_BODY - len(fits)) + fits[-2:]
    assert alices.generic("POST", "/api/v1/me/tokens", padded, "application/json").status_code == 422
    assert code(alices.generic("POST", "/api/v1/me/tokens", padded + b" ", "application/json")) == (413, "too-large")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"name": 5}, ("#/name", "invalid")),
        ({"name": "a\0b"}, ("#/name", "null-characters-not-allowed")),
        ({"name": "n" * 101}, ("#/name", "max-length")),
        ({"scopes": ["users.read", "root"]}, ("#/scopes/1", "invalid-choice")),
        ({"scopes": []}, ("#/scopes", "min-length")),
        ({"scopes": "users.read"}, ("#/scopes", "not-a-list")),
        ({"expires": 1}, ("#/expires", "invalid")),
        ({"expires": "2027-01-01"}, ("#/expires", "invalid")),
        ({"expires": "2027-01-01T00:00:00"}, ("#/expires", "invalid")),
        ({"expires": "9999-12-31T23:59:59Z"}, ("#/expires", "out-of-range")),
        ({"is_admin": True}, ("#/is_admin", "unknown-field")),
        ({"a/b~c": 1}, ("#/a~1b~0c", "unknown-field")),
    ],
)
def test_each_mistake_is_located(alices: Program, given: dict[str, object], wrong: tuple[str, str]) -> None:
    response = alices.send("post", "/me/tokens", {**NEW, "expires": in_days(1), **given})
    assert places(response) == [wrong]


def test_all_mistakes_are_told_at_once(alices: Program) -> None:
    assert set(places(alices.send("post", "/me/tokens", {}))) == {
        ("#/name", "required"),
        ("#/scopes", "required"),
        ("#/expires", "required"),
    }
    assert places(alices.send("post", "/me/tokens", [1])) == [("#", "invalid")]


def test_a_parameter_that_is_not_known_is_refused(alices: Program) -> None:
    assert places(alices.send("get", "/users?role=owner")) == [("role", "unknown-parameter")]
    assert places(alices.send("get", "/users?page_size=5&page_size=6")) == [("page_size", "given-twice")]
    for size in ("0", "201", "-1", "x", "1e2", "", "٣"):
        assert places(alices.send("get", f"/users?page_size={size}")) == [("page_size", "out-of-range")]


def test_the_domains_own_refusals_keep_their_codes(alices: Program, alice: User, bob: User) -> None:
    sent = alices.send
    assert code(sent("patch", f"/users/{alice.id}", {"role": "engineer"})) == (409, "last-owner")
    assert code(sent("post", f"/users/{alice.id}/deactivate")) == (409, "last-owner")
    assert code(sent("patch", f"/users/{bob.id}", {"role": "auditor"})) == (422, "window-refused")
    assert code(sent("post", "/invitations", {"email": "no", "role": "engineer"})) == (422, "address-refused")
    assert code(sent("post", "/me/tokens", {**NEW, "expires": in_days(400)})) == (422, "token-refused")
    window = {"begins": in_days(2), "ends": in_days(1)}
    assert code(sent("patch", f"/users/{bob.id}", {"role": "auditor", "window": window})) == (422, "window-refused")


def test_when_all_seats_are_taken_nobody_is_invited(alices: Program) -> None:
    for number in range(200):
        response = alices.send("post", "/invitations", {"email": f"d{number}@acme.example", "role": "engineer"})
        if response.status_code != 201:
            break
    assert code(response) == (409, "no-seat")


def test_what_nobody_foresaw_is_told_without_its_words(alices: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the secret words of an exception")

    monkeypatch.setattr(users, "users_visible_to", fails)
    response = alices.send("get", "/users")
    assert code(response) == (500, "failed")
    assert b"secret words" not in response.content and b"Traceback" not in response.content


def test_an_error_of_the_database_is_one_of_ours(alices: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    monkeypatch.setattr(users, "users_visible_to", fails)
    assert code(alices.send("get", "/users")) == (500, "failed")


def test_a_session_of_the_console_needs_its_csrf_token_here_too(bob: User) -> None:
    from tests.apps.signing_in import signed_in

    browser = signed_in(BOB)
    assert browser.get("/api/v1/me").json()["credential"] == "session"
    strict = Client(enforce_csrf_checks=True, SERVER_NAME=ACME.host)
    strict.cookies = browser.cookies
    body = json.dumps({**NEW, "expires": in_days(1)})
    assert code(strict.post("/api/v1/me/tokens", body, content_type="application/json")) == (403, "forbidden")


def test_nothing_is_to_be_kept_by_a_cache(alices: Program) -> None:
    response = alices.send("get", "/me")
    assert response.headers["Cache-Control"] == "no-store"
    assert str(uuid.UUID(response.headers["X-Request-ID"])) == response.headers["X-Request-ID"]
    assert user(ALICE).email in response.content.decode()


def test_a_narrow_token_does_not_become_a_wide_one_by_rotating_it(alice: User) -> None:
    narrow, wide = Program(ALICE, "tokens.own"), token_of(ALICE).token
    response = narrow.send("post", f"/me/tokens/{wide.id}/rotate", {"expires": in_days(1)})
    assert code(response) == (422, "token-refused") and "not yours to give" in problem(response)["detail"]
    assert narrow.send("post", f"/me/tokens/{narrow.token.token.id}/rotate", {"expires": in_days(1)}).status_code == 201


def test_every_refusal_of_the_domain_has_a_title_and_so_stands_in_the_document() -> None:
    """The codes of the document are those of the titles: one without would be an answer that nobody was told of."""
    assert STATUS_OF.keys() - {"cursor-refused"} <= TITLES.keys()  # which is said of a parameter
