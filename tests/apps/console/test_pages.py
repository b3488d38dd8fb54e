"""Who may open which page; and that no page carries anything that a strict policy would have to excuse."""

from __future__ import annotations

import datetime
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone

from apps.access.permissions import NEVER_A_SCOPE, of_role
from apps.accounts import tokens
from apps.accounts.models import Role, User
from apps.tenants.walls import behind
from tests.apps.console import pages
from tests.apps.signing_in import signed_in, walls_of
from tests.cast import ALICE, CAST, PLATFORM, SAM

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
}


@pytest.mark.parametrize("page", pages.TENANT, ids=lambda page: page.path)
def test_a_page_of_a_customer_opens_for_those_who_may_and_is_403_for_the_others(
    page: pages.Page, ids: dict[str, str], sam: User, mallory: User
) -> None:
    address = page.path.format(**ids)
    for person in pages.EVERYBODY:
        expected = 200 if person in page.open_to else 403
        assert signed_in(person).get(address).status_code == expected, person.name


@pytest.mark.parametrize("page", pages.TENANT, ids=lambda page: page.path)
def test_a_stranger_and_the_platforms_host_find_no_page_of_a_customer(
    page: pages.Page, ids: dict[str, str], at_acme: Client, as_sam: Client
) -> None:
    address = page.path.format(**ids)
    assert at_acme.get(address).status_code == 404
    assert as_sam.get(address).status_code == 404


@pytest.mark.parametrize("page", pages.PLATFORM, ids=lambda page: page.path)
def test_a_page_of_the_platform_is_at_its_own_host_only(
    page: pages.Page, ids: dict[str, str], as_sam: Client, as_alice: Client, at_platform: Client
) -> None:
    address = page.path.format(**ids)
    assert as_sam.get(address).status_code == 200
    assert as_alice.get(address).status_code == 404
    assert at_platform.get(address).status_code == 404


def test_a_token_of_alice_opens_no_page_of_the_console(at_acme: Client, alice: User) -> None:
    every = [permission.value for permission in of_role(Role.OWNER, on_platform=False) - NEVER_A_SCOPE]
    soon = timezone.now() + datetime.timedelta(days=9)
    with behind(walls_of(ALICE)):
        secret = tokens.make(alice, "CI of the shop", every, soon, grantable=frozenset(every)).secret
    bearer = {"Authorization": f"Bearer {secret}"}
    assert at_acme.get("/api/v1/me", headers=bearer).status_code == 200
    for path in ("/console/", "/console/accounts/user/", "/console/audit/"):
        assert at_acme.get(path, headers=bearer).status_code == 404, path


def test_another_tenants_person_is_missing_as_one_that_was_never_there(as_alice: Client, mallory: User) -> None:
    assert as_alice.get(f"/console/accounts/user/{mallory.pk}/").status_code == 404
    assert as_alice.get("/console/accounts/user/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_a_stranger_at_the_front_door_is_led_to_sign_in(at_acme: Client, acme: object) -> None:
    assert at_acme.get("/").headers["Location"] == "/sign-in/"
    assert at_acme.get("/sign-in/").status_code == 200


class Inline(HTMLParser):
    """Finds what runs or styles without a file of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "style" or (tag == "script" and not named.get("src")):
            self.found.append(tag)
        self.found += [name for name in named if name == "style" or name.startswith("on")]


def everything(ids: dict[str, str]) -> list[tuple[Client, str]]:
    alice, sam = signed_in(CAST[0]), signed_in(SAM)
    strangers = Client(SERVER_NAME=PLATFORM.host)
    return [
        *((alice, page.path.format(**ids)) for page in pages.TENANT),
        *((sam, page.path.format(**ids)) for page in pages.PLATFORM),
        *((strangers, path) for path in (*pages.ENTRANCE, "/no-such-page/")),
    ]


def test_every_page_carries_the_whole_policy_and_nothing_inline(ids: dict[str, str], sam: User) -> None:
    for client, path in everything(ids):
        response = client.get(path)
        assert set(response.headers["Content-Security-Policy"].split("; ")) == POLICY, path
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert "camera=()" in response.headers["Permissions-Policy"]
        assert "no-store" in response.headers["Cache-Control"], path
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        parser = Inline()
        parser.feed(b"".join(response).decode())
        assert parser.found == [], path
