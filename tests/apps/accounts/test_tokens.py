"""Tokens: how they are written, kept, limited, rotated."""

from __future__ import annotations

import datetime
import ipaddress
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from apps.accounts import token_format, tokens
from apps.accounts.client_address import client_address
from apps.accounts.errors import TokenRefused
from apps.accounts.models import Token, User
from apps.tenants.walls import behind
from config.environment import SettingRefused, named_secrets, networks
from tests.apps.signing_in import walls_of
from tests.cast import ALICE

pytestmark = pytest.mark.urls("tests.apps.accounts.views")
A_DAY = datetime.timedelta(days=1)
SCOPES = frozenset({"users.read", "audit.read"})


@pytest.fixture
def in_acme_as_alice(alice: User) -> Iterator[User]:
    with behind(walls_of(ALICE)):
        yield alice


def make(user: User, **given) -> tokens.Made:
    wanted = {"name": "CI", "scopes": ["users.read"], "expires": timezone.now() + A_DAY, "grantable": SCOPES, **given}
    return tokens.make(user, **wanted)


def name_by(client: Client, secret: str, **extra: Any) -> str | None:
    return client.get("/whoami", HTTP_AUTHORIZATION=f"Bearer {secret}", **extra).json()["name"]


def test_a_token_is_written_as_documented() -> None:
    tenant = uuid.uuid4()
    written = token_format.new(tenant)
    assert re.fullmatch(r"swd_[0-9a-f]{32}_[0-9A-Za-z]{49}", written.text)
    assert len(written.text) == token_format.LENGTH
    assert token_format.read(written.text) == written
    assert written.tenant_id == tenant
    assert written.text not in repr(written)


def test_no_single_typing_error_and_no_swap_goes_unseen() -> None:
    text = token_format.new(uuid.uuid4()).text
    for place in range(len(text)):
        for wrong in "0Az_":
            if wrong != text[place]:
                assert token_format.read(text[:place] + wrong + text[place + 1 :]) is None
    for place in range(len(text) - 1):
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        assert swapped == text or token_format.read(swapped) is None


def test_the_secret_is_not_kept(in_acme_as_alice: User) -> None:
    made = make(in_acme_as_alice)
    row = str(vars(Token.objects.get()))
    assert made.secret not in row and made.secret[45:] not in row and made.secret not in repr(made)
    assert made.secret.startswith(made.token.prefix)
    assert len(made.secret) - len(made.token.prefix) > 43  # what is shown leaves nearly all of the secret unknown


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": " "}, "needs a name"),
        ({"scopes": []}, "without scopes"),
        ({"scopes": ["users.read", "users.manage"]}, "not yours to give: users.manage"),
        ({"expires": datetime.timedelta()}, "expires"),
        ({"expires": datetime.timedelta(days=366, seconds=1)}, "366 days"),
        ({"networks": ["10.0.0.1/8"]}, "no network"),
        ({"networks": ["10.0.0.0/8"] * 51}, "At most 50"),
    ],
)
def test_a_token_is_refused_with_a_reason(in_acme_as_alice: User, given: dict, refusal: str) -> None:
    if "expires" in given:
        given = {"expires": timezone.now() + given["expires"]}
    with pytest.raises(TokenRefused, match=refusal):
        make(in_acme_as_alice, **given)
    assert not Token.objects.exists()


def test_a_pepper_is_rotated_without_anybody_noticing(in_acme_as_alice: User, at_acme: Client, settings) -> None:
    settings.TOKEN_PEPPERS = {"1": b"the first pepper of all"}
    made = make(in_acme_as_alice)
    settings.TOKEN_PEPPERS = {"2": b"the second pepper of all", "1": b"the first pepper of all"}
    assert name_by(at_acme, made.secret) == "Alice"
    assert Token.objects.get().pepper == "2"  # moved when it was used
    settings.TOKEN_PEPPERS = {"2": b"the second pepper of all"}
    assert name_by(at_acme, made.secret) == "Alice"
    settings.TOKEN_PEPPERS = {"3": b"another one altogether"}
    assert name_by(at_acme, made.secret) is None


def test_a_rotated_token_lives_on_for_its_grace(in_acme_as_alice: User, at_acme: Client) -> None:
    old = make(in_acme_as_alice, networks=["127.0.0.0/8"])
    new = tokens.rotate(old.token, timezone.now() + A_DAY, datetime.timedelta(hours=1))
    assert name_by(at_acme, old.secret) == name_by(at_acme, new.secret) == "Alice"
    assert (new.token.scopes, new.token.networks) == (old.token.scopes, old.token.networks)
    old.token.refresh_from_db()
    assert old.token.expires <= timezone.now() + datetime.timedelta(hours=1)
    with pytest.raises(TokenRefused, match="rotated already"):
        tokens.rotate(old.token, timezone.now() + A_DAY)
    Token.objects.filter(id=old.token.id).update(expires=timezone.now())
    assert name_by(at_acme, old.secret) is None
    assert name_by(at_acme, new.secret) == "Alice"
    tokens.revoke(new.token)
    with pytest.raises(TokenRefused, match="revoked"):
        tokens.rotate(new.token, timezone.now() + A_DAY)


def test_a_grace_never_lengthens_a_life(in_acme_as_alice: User) -> None:
    old = make(in_acme_as_alice, expires=timezone.now() + datetime.timedelta(minutes=5))
    tokens.rotate(old.token, timezone.now() + A_DAY, tokens.MOST_GRACE)
    before = old.token.expires
    old.token.refresh_from_db()
    assert old.token.expires == before
    with pytest.raises(TokenRefused, match="7 days"):
        tokens.rotate(old.token, timezone.now() + A_DAY, tokens.MOST_GRACE * 2)


# ---- from where ----------------------------------------------------------------------------------------------------


def test_a_token_is_good_from_its_networks_only(in_acme_as_alice: User, at_acme: Client, settings) -> None:
    made = make(in_acme_as_alice, networks=["203.0.113.0/24", "2001:db8::/32"])
    for address, good in (
        ("203.0.113.9", True),
        ("2001:db8::1", True),
        ("::ffff:203.0.113.9", True),
        ("198.51.100.1", False),
    ):
        assert (name_by(at_acme, made.secret, REMOTE_ADDR=address) == "Alice") is good
    forged = {"REMOTE_ADDR": "198.51.100.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    assert name_by(at_acme, made.secret, **forged) is None
    settings.TRUSTED_PROXIES = (ipaddress.ip_network("198.51.100.0/24"),)
    assert name_by(at_acme, made.secret, **forged) == "Alice"
    forged["HTTP_X_FORWARDED_FOR"] = "203.0.113.9, 192.0.2.7"  # the left one is written by the client
    assert name_by(at_acme, made.secret, **forged) is None


@pytest.mark.parametrize(
    ("remote", "forwarded", "seen"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, rubbish", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("", "203.0.113.9", "None"),
        ("unix:", "203.0.113.9", "None"),
    ],
)
def test_an_address_is_taken_from_the_right_as_far_as_proxies_are_trusted(
    settings, remote: str, forwarded: str, seen: str
) -> None:
    settings.TRUSTED_PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert str(client_address(request)) == seen


def test_settings_that_cannot_be_are_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("", "no-name", "1:short", "1:" + "x" * 24 + ",1:" + "y" * 24):
        monkeypatch.setenv("SPECWARD_TOKEN_PEPPERS", wrong)
        with pytest.raises(SettingRefused, match="SPECWARD_TOKEN_PEPPERS") as raised:
            named_secrets("SPECWARD_TOKEN_PEPPERS")
        assert "x" * 24 not in str(raised.value)
    monkeypatch.setenv("SPECWARD_TOKEN_PEPPERS", f"2:{'y' * 24}, 1:{'x' * 24}")
    assert list(named_secrets("SPECWARD_TOKEN_PEPPERS")) == ["2", "1"]
    monkeypatch.setenv("SPECWARD_TRUSTED_PROXIES", "10.0.0.1/8")
    with pytest.raises(SettingRefused, match="SPECWARD_TRUSTED_PROXIES"):
        networks("SPECWARD_TRUSTED_PROXIES")


# ---- what a token makes ---------------------------------------------------------------------------------------------


def test_what_a_token_makes_ends_with_it(in_acme_as_alice: User) -> None:
    parent = make(in_acme_as_alice).token
    make(in_acme_as_alice, expires=parent.expires, made_by=parent)
    with pytest.raises(TokenRefused, match="ends when that does"):
        make(in_acme_as_alice, expires=parent.expires + datetime.timedelta(seconds=1), made_by=parent)
    other = make(in_acme_as_alice, expires=timezone.now() + 2 * A_DAY).token
    with pytest.raises(TokenRefused, match="a person signs in"):
        tokens.rotate(other, other.expires, by=parent)
    assert tokens.rotate(other, parent.expires, by=parent).token.expires == parent.expires


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([], ["203.0.113.0/24", "2001:db8::/32"]),
        (["203.0.113.7/32"], ["203.0.113.7/32"]),
        (["2001:db8:1::/48"], ["2001:db8:1::/48"]),
        (["203.0.0.0/16"], None),
        (["203.0.113.0/24", "0.0.0.0/0"], None),
        (["::/0"], None),
    ],
)
def test_what_a_token_makes_is_good_where_it_is(
    in_acme_as_alice: User, given: list[str], kept: list[str] | None
) -> None:
    parent = make(in_acme_as_alice, networks=["203.0.113.0/24", "2001:db8::/32"]).token
    if kept is None:
        with pytest.raises(TokenRefused, match=re.escape("203.0.113.0/24, 2001:db8::/32")):
            make(in_acme_as_alice, expires=parent.expires, networks=given, made_by=parent)
    else:
        made = make(in_acme_as_alice, expires=parent.expires, networks=given, made_by=parent)
        assert made.token.networks == kept
    anywhere = make(in_acme_as_alice).token
    with pytest.raises(TokenRefused, match="good where that is"):
        tokens.rotate(anywhere, parent.expires, by=parent)


def test_what_a_token_made_is_revoked_with_it(in_acme_as_alice: User, at_acme: Client) -> None:
    parent = make(in_acme_as_alice)
    child = make(in_acme_as_alice, expires=parent.token.expires, made_by=parent.token)
    rotated = tokens.rotate(child.token, parent.token.expires, by=parent.token)
    grandchild = make(in_acme_as_alice, expires=parent.token.expires, made_by=rotated.token)
    sibling = make(in_acme_as_alice)
    family = (parent, child, rotated, grandchild)
    assert {name_by(at_acme, one.secret) for one in (*family, sibling)} == {"Alice"}
    tokens.revoke(parent.token)
    assert {name_by(at_acme, one.secret) for one in family} == {None}
    assert name_by(at_acme, sibling.secret) == "Alice"


def test_a_token_that_was_rotated_is_revoked_without_the_new_one(in_acme_as_alice: User, at_acme: Client) -> None:
    old = make(in_acme_as_alice)
    new = tokens.rotate(old.token, old.token.expires, by=old.token)
    tokens.revoke(old.token)
    assert (name_by(at_acme, old.secret), name_by(at_acme, new.secret)) == (None, "Alice")
