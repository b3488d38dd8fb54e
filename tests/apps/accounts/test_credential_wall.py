"""What a request has not proven, it is not: at this host, behind both walls."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import sessions, token_format, tokens
from apps.accounts.models import Session, Token, User
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, within
from tests.apps.signing_in import cookie_of, walls_of
from tests.cast import ALICE, BOB, MALLORY

pytestmark = pytest.mark.urls("tests.apps.accounts.views")
A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def token(alice: User) -> Iterator[tokens.Made]:
    """Alice's token for anything."""
    with behind(walls_of(ALICE)):
        yield tokens.make(alice, "CI", ["users.read"], timezone.now() + A_DAY, grantable=frozenset({"users.read"}))


def bearer(secret: str) -> dict[str, Any]:
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def who(client: Client, **extra: Any) -> dict[str, object]:
    return client.get("/whoami", **extra).json()


NOBODY = {"kind": "anonymous", "name": None, "guc": None, "sees": 0}


def is_nobody(answer: dict[str, object]) -> bool:
    return NOBODY.items() <= answer.items()


def test_alice_is_alice_by_her_session(as_alice: Client, acme: Tenant) -> None:
    answer = who(as_alice)
    assert (answer["kind"], answer["name"], answer["guc"]) == ("session", "Alice", str(acme.id))


def test_alice_is_alice_by_her_token(at_acme: Client, token: tokens.Made, acme: Tenant) -> None:
    answer = who(at_acme, **bearer(token.secret))
    assert (answer["kind"], answer["name"], answer["guc"]) == ("token", "Alice", str(acme.id))


def test_mallorys_cookie_is_nobodys_at_acme(at_acme: Client, mallory: User, acme: Tenant) -> None:
    at_acme.cookies[settings.SESSION_COOKIE_NAME] = cookie_of(MALLORY)
    assert is_nobody(who(at_acme))


def test_a_token_of_acme_is_nobodys_at_globex(at_globex: Client, token: tokens.Made, globex: Tenant) -> None:
    assert is_nobody(who(at_globex, **bearer(token.secret)))


def test_a_key_with_another_tenant_written_before_it_proves_nothing(
    at_acme: Client, at_globex: Client, alice: User, acme: Tenant, globex: Tenant
) -> None:
    key = cookie_of(ALICE).split(".")[1]
    for client in (at_acme, at_globex):
        client.cookies[settings.SESSION_COOKIE_NAME] = f"{globex.id.hex}.{key}"
        assert is_nobody(who(client))


def test_session_data_is_read_under_both_walls_only(alice: User, acme: Tenant, globex: Tenant) -> None:
    cookie_of(ALICE)
    seen = {}
    for schema in (acme, globex):
        for credentials in (acme.id, globex.id, None):
            with behind(Walls(schema.schema_name, credentials)):
                seen[schema.name, credentials] = Session.objects.count()
    assert seen[acme.name, acme.id] == 1
    assert sum(seen.values()) == 1


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YWxpY2U6c2VjcmV0",
        "Bearer \0",
        "Bearer " + "x" * 100_000,
        "Bearer ac3e",
        "Bearer é",
    ],
)
def test_what_is_no_token_is_nobodys_without_a_query(at_acme: Client, acme: Tenant, header: str) -> None:
    at_acme.get("/whoami")  # the route is known now
    with CaptureQueriesContext(connection) as asked:
        assert at_acme.get("/hello", HTTP_AUTHORIZATION=header).status_code == 200
    assert [query["sql"] for query in asked if "accounts_" in query["sql"]] == []


def test_a_typing_error_in_a_token_is_found_without_a_query(at_acme: Client, token: tokens.Made) -> None:
    for place in (10, 45, 70, 85):
        wrong = "0" if token.secret[place] != "0" else "1"
        mistyped = token.secret[:place] + wrong + token.secret[place + 1 :]
        assert token_format.read(mistyped) is None
        with CaptureQueriesContext(connection) as asked:
            answer = at_acme.get("/hello", **bearer(mistyped))
        assert answer.status_code == 200
        assert [query["sql"] for query in asked if "accounts_" in query["sql"]] == []


@pytest.mark.parametrize("cookie", ["", "x", "None", "a" * 32 + "." + "b" * 42, "\0" * 76, "x" * 50_000])
def test_what_is_no_cookie_of_ours_is_nobodys_without_a_query(at_acme: Client, acme: Tenant, cookie: str) -> None:
    at_acme.cookies[settings.SESSION_COOKIE_NAME] = cookie
    at_acme.get("/hello")
    at_acme.cookies[settings.SESSION_COOKIE_NAME] = cookie
    with CaptureQueriesContext(connection) as asked:
        assert at_acme.get("/hello").status_code == 200
    assert [query["sql"] for query in asked if "accounts_" in query["sql"]] == []


def test_a_token_beside_a_cookie_decides_and_leaves_the_cookie_alone(as_alice: Client, token: tokens.Made) -> None:
    assert who(as_alice, **bearer(token.secret))["kind"] == "token"
    broken = as_alice.get("/whoami", **bearer("swd_wrong"))
    assert is_nobody(broken.json())
    assert settings.SESSION_COOKIE_NAME not in broken.cookies
    assert who(as_alice)["kind"] == "session"


def test_a_token_is_proven_by_one_query_and_a_session_too(
    at_acme: Client, as_bob: Client, token: tokens.Made, acme: Tenant
) -> None:
    who(at_acme, **bearer(token.secret))
    with CaptureQueriesContext(connection) as asked:
        at_acme.get("/hello", **bearer(token.secret))
    assert sum("accounts_" in query["sql"] for query in asked) == 1
    with CaptureQueriesContext(connection) as asked:
        as_bob.get("/hello")
    assert sum("accounts_" in query["sql"] for query in asked) == 1


def test_the_proof_of_a_token_takes_the_index(alice: User, acme: Tenant) -> None:
    with behind(walls_of(ALICE)), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Token.objects.filter(digest__in=["0" * 64, "1" * 64]).order_by().explain()
        sessions_plan = Session.objects.filter(digest="0" * 64).order_by().explain()
    for found in (plan, sessions_plan):
        assert "Index Scan" in found and "digest" in found
        assert "InitPlan" in found  # the wall is asked once, not for each row
    assert "Seq Scan" not in plan + sessions_plan


def test_a_token_ends_with_its_time_its_revocation_and_its_person(
    at_acme: Client, token: tokens.Made, alice: User
) -> None:
    with behind(walls_of(ALICE)):
        Token.objects.update(expires=timezone.now())
        assert is_nobody(who(at_acme, **bearer(token.secret)))
        Token.objects.update(expires=timezone.now() + A_DAY)
        assert who(at_acme, **bearer(token.secret))["name"] == "Alice"
        tokens.revoke(token.token)
        assert is_nobody(who(at_acme, **bearer(token.secret)))


def test_a_session_ends_when_idle_when_old_and_when_the_password_changes(as_bob: Client, bob: User) -> None:
    now = timezone.now()

    def with_times(created: float, seen: float) -> bool:
        with behind(walls_of(BOB)):
            Session.objects.filter(user=bob).update(
                created=now - datetime.timedelta(seconds=created), last_seen=now - datetime.timedelta(seconds=seen)
            )
        cookie = as_bob.cookies[settings.SESSION_COOKIE_NAME].value
        answer = who(as_bob)
        as_bob.cookies[settings.SESSION_COOKIE_NAME] = cookie
        return answer["name"] == "Bob"

    assert with_times(0, 0)
    assert with_times(settings.SESSION_COOKIE_AGE - 60, settings.SESSION_IDLE_SECONDS - 60)
    assert not with_times(settings.SESSION_COOKIE_AGE - 60, settings.SESSION_IDLE_SECONDS)
    assert not with_times(settings.SESSION_COOKIE_AGE, 0)
    assert with_times(0, 0)
    with behind(walls_of(BOB)):
        bob.set_password("something else entirely")
        bob.save()
    assert not with_times(0, 0)


def test_signing_out_everywhere_ends_every_session(as_alice: Client, alice: User) -> None:
    with behind(walls_of(ALICE)):
        assert sessions.end_all(alice) == 1
    assert is_nobody(who(as_alice))


def test_ada_and_her_window(as_ada: Client, ada: User, acme: Tenant) -> None:
    assert who(as_ada)["name"] == "Ada"
    with within(acme):
        User.objects.filter(id=ada.id).update(window_until=timezone.now())
    assert is_nobody(who(as_ada))


def test_last_use_is_written_once_a_minute(at_acme: Client, token: tokens.Made) -> None:
    def updates() -> int:
        with CaptureQueriesContext(connection) as asked:
            who(at_acme, **bearer(token.secret))
        return sum(query["sql"].startswith("UPDATE") or "; UPDATE" in query["sql"] for query in asked)

    assert [updates(), updates()] == [1, 0]
    with behind(walls_of(ALICE)):
        Token.objects.update(last_used=timezone.now() - tokens.USED_EVERY)
    assert updates() == 1


def test_csrf_is_asked_of_sessions_and_not_of_tokens(alice: User, acme: Tenant, token: tokens.Made) -> None:
    browser = Client(SERVER_NAME=ALICE.tenant.host, enforce_csrf_checks=True)
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie_of(ALICE)
    assert browser.post("/whoami").status_code == 403
    assert browser.post("/whoami", **bearer(token.secret)).status_code == 200
    assert browser.post("/whoami", **bearer("swd_wrong")).status_code == 403
