"""Tokens that outlive their end, are forgotten, or are those of people who left: each is seen."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from apps.accounts import people, tokens
from apps.accounts.models import Token, User
from apps.compliance.checking import Outcome
from apps.compliance.checks.tokens import EndedTokensProveNobody
from apps.tenants.models import Tenant
from tests.apps.compliance.breaking import assert_fails, assert_only_fails, last
from tests.apps.compliance.past_triggers import past_triggers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
A_DAY = datetime.timedelta(days=1)


@pytest.fixture
def token(in_acme: Tenant, bob: User) -> Token:
    return tokens.make(
        bob, "nightly", ["specs.read"], timezone.now() + 200 * A_DAY, grantable=frozenset({"specs.read"})
    ).token


def change(token: Token, **columns: object) -> None:
    Token.objects.filter(id=token.id).update(**columns)


@pytest.mark.parametrize("release", ["expiry", "networks"])
def test_a_release_that_lets_ended_tokens_in_is_seen(
    release: str, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name = {"expiry": (Token, "is_good"), "networks": (tokens, "_is_from")}[release]
    before = getattr(where, name)
    fails = assert_only_fails if release == "expiry" else assert_fails
    fails(
        "tokens.refused",
        lambda: monkeypatch.setattr(where, name, lambda *_: True),
        lambda: monkeypatch.setattr(where, name, before),
    )


def test_what_is_tried_leaves_no_token_and_no_entry(token: Token) -> None:
    tried = EndedTokensProveNobody().look()
    assert tried.outcome is Outcome.PASS and len(tried.evidence["refused"]) == 3
    assert list(Token.objects.all()) == [token]


@pytest.mark.parametrize("end", ["expires", "revoked"])
def test_a_token_that_was_used_after_its_end_is_seen(end: str, token: Token) -> None:
    now = timezone.now()
    before = {"expires": token.expires, "revoked": None, "last_used": None}
    assert_fails(
        "tokens.refused",
        lambda: change(token, **{end: now - datetime.timedelta(hours=1), "last_used": now}),
        lambda: change(token, **before),
    )
    assert last("tokens.refused").evidence == {"refused": ["expired", "revoked", "from another network"]}


def test_a_token_that_is_good_for_ever_is_seen(token: Token) -> None:
    before = token.expires
    assert_only_fails(
        "tokens.expire",
        lambda: change(token, expires=timezone.now() + 3650 * A_DAY),
        lambda: change(token, expires=before),
    )


def test_a_token_that_nobody_uses_is_seen(token: Token) -> None:
    old = timezone.now() - 91 * A_DAY
    change(token, last_used=timezone.now())
    assert_only_fails(
        "tokens.unused",
        lambda: change(token, created=old, last_used=None),
        lambda: change(token, last_used=timezone.now()),
    )


def test_a_new_token_is_given_its_time(token: Token) -> None:
    change(token, last_used=None, created=timezone.now() - 89 * A_DAY)
    assert_fails(
        "tokens.unused",
        lambda: change(token, created=timezone.now() - 91 * A_DAY),
        lambda: tokens.revoke(token),
    )


def test_a_token_of_somebody_who_left_is_seen(token: Token, bob: User) -> None:
    assert_only_fails("tokens.people", lambda: people.deactivate(bob), lambda: tokens.revoke(token))


def test_who_has_nobody_has_no_token(in_acme: Tenant) -> None:
    past_triggers(in_acme, "accounts_user", "UPDATE accounts_user SET is_active = false")
    assert EndedTokensProveNobody().look().outcome is Outcome.NOT_APPLICABLE
