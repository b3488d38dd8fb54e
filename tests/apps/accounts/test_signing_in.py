"""Signing in: a stranger learns nothing, guesses little, and plants nothing."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts import lockout, people
from apps.accounts.models import Role, Session, SignInFailures, User
from apps.accounts.passwords import change_password
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.signing_in import cookie_of
from tests.cast import ALICE, BOB, MALLORY, Person

pytestmark = pytest.mark.urls("tests.apps.accounts.views")


def enter(client: Client, email: str, password: str, **extra: Any) -> str:
    return client.post("/enter", {"email": email, "password": password}, **extra).content.decode()


def name_at(client: Client) -> str | None:
    return client.get("/whoami").json()["name"]


def test_alice_signs_in_with_any_spelling_of_her_address(at_acme: Client, alice: User) -> None:
    assert enter(at_acme, " ALICE@Acme.Example ", ALICE.password) == "Welcome"
    assert name_at(at_acme) == "Alice"


def test_mallory_cannot_sign_in_at_acme(at_acme: Client, acme: Tenant) -> None:
    assert enter(at_acme, MALLORY.email, MALLORY.password) != "Welcome"
    assert name_at(at_acme) is None


def shapes(asked: CaptureQueriesContext) -> list[str]:
    cut = [query["sql"].split("WHERE")[0].split("VALUES")[0] for query in asked]
    return [re.sub(r" ?-?\d+", "0", sql) for sql in cut]


def test_a_wrong_password_and_an_unknown_address_look_alike(
    at_acme: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    encode = hashers.Argon2PasswordHasher.encode
    verify = hashers.Argon2PasswordHasher.verify

    def counted(doing: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any) -> Any:
            hashed.append("one")
            return doing(*args)

        return counting

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "encode", counted(encode))
    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", counted(verify))
    enter(at_acme, "warm@up.example", "x")
    seen = []
    for email in (ALICE.email, "nobody@acme.example"):
        hashed.clear()
        with CaptureQueriesContext(connection) as asked:
            response = at_acme.post("/enter", {"email": email, "password": "not this one"})
        seen.append((response.status_code, response.content, sorted(response.headers), shapes(asked), len(hashed)))
    assert seen[0] == seen[1]
    assert seen[0][4] == 1


def test_the_inactive_and_the_too_late_look_like_a_wrong_password(at_acme: Client, bob: User, acme: Tenant) -> None:
    refused = enter(at_acme, BOB.email, "not this one")
    with within(acme):
        people.deactivate(bob)
    assert enter(at_acme, BOB.email, BOB.password) == refused


@pytest.mark.parametrize("email", [ALICE.email, "nobody@acme.example"])
def test_five_failures_lock_an_address_whether_or_not_anybody_has_it(
    at_acme: Client, alice: User, acme: Tenant, email: str
) -> None:
    for _ in range(lockout.FREE[SignInFailures.Subject.ADDRESS]):
        enter(at_acme, email, "not this one")
    with within(acme):
        assert lockout.locked_until(email) is not None
    assert enter(at_acme, email, ALICE.password) != "Welcome"
    with within(acme):
        lockout.unlock(email)
    assert (enter(at_acme, email, ALICE.password) == "Welcome") == (email == ALICE.email)


def test_a_lock_doubles_and_ends(at_acme: Client, acme: Tenant) -> None:
    one = lockout.attempt("x@acme.example", None)
    lengths = []
    with within(acme):
        for _ in range(12):
            lockout.failed(one)
            row = SignInFailures.objects.get()
            lengths.append(None if row.locked_until is None else round((row.locked_until - row.last).total_seconds()))
    assert lengths == [None] * 4 + [30, 60, 120, 240, 480, 900, 900, 900]


def test_failures_survive_a_refusal_that_is_rolled_back(at_acme: Client, alice: User, acme: Tenant) -> None:
    for _ in range(5):
        response = at_acme.post("/api/enter", {"email": ALICE.email, "password": "not this one"})
        assert response.status_code == 401
    with within(acme):
        assert SignInFailures.objects.get(subject="address").count == 5
    assert enter(at_acme, ALICE.email, ALICE.password) != "Welcome"


def test_a_network_that_fails_with_many_addresses_is_locked_and_another_is_not(
    at_acme: Client, alice: User, acme: Tenant
) -> None:
    with within(acme):
        for number in range(lockout.FREE[SignInFailures.Subject.NETWORK]):
            one = lockout.attempt(f"x{number}@acme.example", ipaddress.ip_address("203.0.113.9"))
            lockout.failed(one)
    assert enter(at_acme, ALICE.email, ALICE.password, REMOTE_ADDR="203.0.113.9") != "Welcome"
    assert enter(at_acme, ALICE.email, ALICE.password, REMOTE_ADDR="203.0.113.10") == "Welcome"


def test_a_success_forgets_the_failures_of_the_address(at_acme: Client, alice: User, acme: Tenant) -> None:
    enter(at_acme, ALICE.email, "not this one")
    enter(at_acme, ALICE.email, ALICE.password)
    with within(acme):
        assert not SignInFailures.objects.filter(subject="address").exists()


@pytest.mark.parametrize("before", [BOB, ALICE])
def test_signing_in_gives_a_new_key_and_ends_the_session_before(
    at_acme: Client, alice: User, acme: Tenant, before: Person
) -> None:
    planted = cookie_of(before)
    at_acme.cookies[settings.SESSION_COOKIE_NAME] = planted
    enter(at_acme, ALICE.email, ALICE.password)
    assert at_acme.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert name_at(at_acme) == "Alice"
    thief = Client(SERVER_NAME=ALICE.tenant.host)
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert name_at(thief) is None


def test_a_key_that_nobody_made_does_not_become_a_session(at_acme: Client, alice: User, acme: Tenant) -> None:
    planted = f"{acme.id.hex}.{'A' * 43}"
    at_acme.cookies[settings.SESSION_COOKIE_NAME] = planted
    enter(at_acme, ALICE.email, ALICE.password)
    assert at_acme.cookies[settings.SESSION_COOKIE_NAME].value != planted


def test_a_cookie_is_worth_nothing_after_signing_out(as_alice: Client) -> None:
    kept = as_alice.cookies[settings.SESSION_COOKIE_NAME].value
    as_alice.get("/leave")
    thief = Client(SERVER_NAME=ALICE.tenant.host)
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert name_at(thief) is None


def test_the_key_in_the_cookie_is_not_in_the_database(as_alice: Client, acme: Tenant) -> None:
    cookie = as_alice.cookies[settings.SESSION_COOKIE_NAME].value
    with within(acme):
        row = Session.objects.get()
    assert cookie.split(".")[1] not in str(vars(row))


@pytest.mark.parametrize("odd", ["", "\0", "x" * 100_000, "a@b\0.example", "é@acme.example"])
def test_odd_input_is_refused_like_any_other(at_acme: Client, alice: User, odd: str) -> None:
    assert enter(at_acme, odd, "x") == enter(at_acme, ALICE.email, odd) == enter(at_acme, odd, odd)


@pytest.mark.parametrize("person", [ALICE, BOB])
@pytest.mark.parametrize("change", ["password", "role", "active"])
def test_a_change_of_who_somebody_is_signs_them_out_everywhere(acme: Tenant, person: Person, change: str) -> None:
    with within(acme):
        other = people.add("second@acme.example", "Second", Role.OWNER)
        account = User.objects.get(email=person.email)
        cookie = cookie_of(person)
        if change == "password":
            change_password(account, "something else entirely")
        elif change == "role":
            people.change_role(account, Role.COMPLIANCE_OFFICER)
        else:
            people.deactivate(account)
            people.reactivate(account)
        assert other.is_active
    browser = Client(SERVER_NAME=person.tenant.host)
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert name_at(browser) is None
