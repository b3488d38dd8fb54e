"""From where a token is used is in the log, once for each place; and so is the use of one that is good no more."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import Token
from apps.audit.models import Entry
from apps.audit.vocabulary import Action, ActorKind
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.api.conftest import token_of
from tests.cast import ACME, BOB

ME = "/api/v1/me"


def ask(secret: str, address: str = "192.0.2.7") -> int:
    client = Client(SERVER_NAME=ACME.host, headers={"Authorization": f"Bearer {secret}"})
    return client.get(ME, REMOTE_ADDR=address).status_code


def entries(tenant: Tenant, action: Action, token: Token) -> list[Entry]:
    with within(tenant):
        return list(Entry.objects.filter(action=action, object_pk=str(token.id)).order_by("id"))


def test_the_first_use_and_each_new_place_are_entries_and_nothing_else_is(acme: Tenant, bob: object) -> None:
    made = token_of(BOB)
    for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8", "192.0.2.7", "2001:db8::1", "192.0.2.8"):
        assert ask(made.secret, address) == 200
    found = entries(acme, Action.TOKEN_USE, made.token)
    assert [one.additional_data for one in found] == [
        {"address": "192.0.2.7", "first": True},
        {"address": "192.0.2.8", "first": False},
        {"address": "2001:db8::1", "first": False},
    ]
    assert {(one.actor_kind, one.actor_token, one.object_type) for one in found} == {
        (ActorKind.TOKEN, made.token.id, "accounts.token")
    }
    assert [str(one.remote_addr) for one in found] == ["192.0.2.7", "192.0.2.8", "2001:db8::1"]


def spoil(token: Token, how: str) -> None:
    if how == "revoked":
        tokens.revoke(token)
    elif how == "expired":
        Token.objects.filter(id=token.id).update(expires=timezone.now() - datetime.timedelta(days=1))
    elif how == "network":
        Token.objects.filter(id=token.id).update(networks=["203.0.113.0/24"])
    else:
        token.user.is_active = False
        token.user.save()


@pytest.mark.parametrize("how", ["revoked", "expired", "network", "user"])
def test_a_token_that_is_good_no_more_leaves_a_refusal_that_names_it(acme: Tenant, bob: object, how: str) -> None:
    made = token_of(BOB)
    with within(acme):
        spoil(made.token, how)
        before = Entry.objects.count()
    assert ask(made.secret) == 401
    with within(acme):
        assert Entry.objects.count() == before + 1
    [refusal] = entries(acme, Action.REFUSAL, made.token)
    assert (refusal.object_type, refusal.additional_data) == ("accounts.token", {"why": how})
    assert (refusal.actor_kind, str(refusal.remote_addr)) == (ActorKind.ANONYMOUS, "192.0.2.7")
    assert made.secret not in str(refusal.__dict__)


def test_what_is_no_token_names_none(acme: Tenant, bob: object, settings: Any) -> None:
    made = token_of(BOB)
    assert ask(made.secret[:-1] + ("A" if made.secret[-1] != "A" else "B")) == 401
    assert entries(acme, Action.REFUSAL, made.token) == []
