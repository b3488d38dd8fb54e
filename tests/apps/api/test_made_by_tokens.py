"""Whoever has found a token of Alice's cannot make of it one that may do more, or is good for longer or elsewhere."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import Token, User
from apps.tenants.walls import behind
from tests.apps.api.conftest import Program, in_days, token_of
from tests.apps.api.test_problems import code, places
from tests.apps.signing_in import walls_of
from tests.cast import ALICE


@pytest.fixture
def narrow(alice: User) -> Program:
    """Good for 30 days, for making tokens and reading people, from the loopback."""
    program = Program(ALICE, "tokens.own", "users.read")
    with behind(walls_of(ALICE)):
        Token.objects.filter(id=program.token.token.id).update(networks=["127.0.0.0/8"])
    return program


def wanted(**given: object) -> dict[str, object]:
    return {"name": "Child", "scopes": ["users.read"], "expires": in_days(1), **given}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scopes": ["users.read", "users.manage"]}, "users.manage"),
        ({"expires": in_days(31)}, "ends when that does"),
        ({"networks": ["0.0.0.0/0"]}, "good where that is"),
    ],
    ids=["may more", "for longer", "from elsewhere"],
)
def test_a_child_is_no_more_than_its_parent(narrow: Program, given: dict[str, object], said: str) -> None:
    refused = narrow.send("post", "/me/tokens", wanted(**given))
    assert code(refused) == (422, "token-refused") and said in refused.json()["detail"]


@pytest.mark.parametrize("name", ["two\nlines", "turned \u202eabout", "\x1b[31mred"])
def test_a_name_is_one_line_that_can_be_seen(narrow: Program, name: str) -> None:
    refused = narrow.send("post", "/me/tokens", wanted(name=name))
    assert code(refused)[0] == 422 and places(refused)[0][0] == "#/name"


def test_a_child_has_its_parents_networks_and_ends_with_it(narrow: Program) -> None:
    made = narrow.send("post", "/me/tokens", wanted())
    assert made.status_code == 201 and made.json()["networks"] == ["127.0.0.0/8"]
    child = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert narrow.get("/api/v1/users", headers=child).status_code == 200
    with behind(walls_of(ALICE)):
        tokens.revoke(narrow.token.token)
    assert narrow.get("/api/v1/users", headers=child).status_code == 401


def test_a_token_prolongs_neither_itself_nor_another(narrow: Program) -> None:
    wide = token_of(ALICE, "users.read").token
    with behind(walls_of(ALICE)):
        tokens_end = timezone.now() + datetime.timedelta(days=60)
        Token.objects.filter(id=wide.id).update(expires=tokens_end, networks=["127.0.0.0/8"])
    for one in (wide, narrow.token.token):
        refused = narrow.send("post", f"/me/tokens/{one.id}/rotate", {"expires": in_days(40)})
        assert code(refused) == (422, "token-refused"), one
    assert narrow.send("post", f"/me/tokens/{wide.id}/rotate", {"expires": in_days(20)}).status_code == 201


def test_a_token_that_is_good_everywhere_is_not_rotated_by_one_that_is_not(narrow: Program) -> None:
    wide = token_of(ALICE, "users.read").token
    refused = narrow.send("post", f"/me/tokens/{wide.id}/rotate", {"expires": in_days(20)})
    assert code(refused) == (422, "token-refused") and "127.0.0.0/8" in refused.json()["detail"]
