"""Going somewhere by a few words: only to what whoever asks may see."""

from __future__ import annotations

import datetime
import re

from django.test import Client
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import User
from apps.console import finding
from apps.tenants.walls import behind
from tests.apps.console.recorded import a_recording
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, MALLORY


def found(client: Client, words: str, at: str = "/console/go/hits/") -> list[tuple[str, str]]:
    answer = client.get(at, {"q": words})
    assert answer.status_code == 200
    text = answer.content.decode()
    text = text[max(0, text.find("<main")) :]
    hits = r'<a href="([^"]*)"[^>]*><span><span class="hit-title">([^<]*)</span>'
    return [(title, address) for address, title in re.findall(hits, text)]


def test_everybody_finds_the_pages_that_they_may_open(as_bob: Client, as_ada: Client) -> None:
    assert found(as_bob, "new tok", "/console/go/") == [("New token", "/console/account/tokens/new/")]
    assert found(as_ada, "new tok", "/console/go/") == []
    assert ("Audit log", "/console/audit/") in found(as_ada, "", "/console/go/")
    assert "Nothing fits" in as_bob.get("/console/go/?q=audit log").content.decode()


def test_a_recording_is_found_by_its_name_and_by_the_beginning_of_its_id(as_bob: Client, as_ada: Client) -> None:
    with behind(walls_of(ALICE)):
        made = a_recording("Redeem a voucher.json")
    address = f"/console/recordings/recording/{made.pk}/"
    for words in ("voucher", str(made.pk), str(made.pk)[:8], made.digest[:12]):
        assert found(as_bob, words) == found(as_ada, words) == [("Redeem a voucher.json", address)], words
    assert found(as_bob, "voucher nobody") == []


def test_a_person_and_a_token_are_found_and_anothers_token_by_those_alone_who_may(
    as_alice: Client, as_bob: Client, alice: User, bob: User
) -> None:
    assert found(as_bob, "bob") == [("Bob", f"/console/accounts/user/{bob.pk}/")]
    assert found(as_bob, str(bob.pk)[:6]) == [("Bob", f"/console/accounts/user/{bob.pk}/")]
    later = timezone.now() + datetime.timedelta(days=9)
    with behind(walls_of(ALICE)):
        made = tokens.make(alice, "Nightly build", ["users.read"], later, grantable=frozenset({"users.read"}))
    assert found(as_alice, "nightly") == [("Nightly build", f"/console/accounts/token/{made.token.pk}/")]
    assert found(as_bob, "nightly") == []


def test_nothing_of_another_tenants_is_found(as_alice: Client, mallory: User) -> None:
    with behind(walls_of(MALLORY)):
        made = a_recording("Globex only.json")
    for words in ("globex", "mallory", str(made.pk), str(mallory.pk)):
        assert found(as_alice, words) == [], words


def test_sam_finds_customers_by_name_and_host(as_sam: Client) -> None:
    for words in ("acme", "acme.localhost"):
        assert [title for title, _ in found(as_sam, words, "/platform/go/hits/")] == ["Acme"]


def test_an_entry_of_the_log_is_found_by_its_number_by_those_who_read_it(
    as_alice: Client, as_bob: Client, ids: dict[str, str]
) -> None:
    number = ids["entry"]
    assert found(as_alice, f"#{number}") == [(f"Entry {number}", f"/console/audit/{number}/")]
    assert f"Entry {number}" not in dict(found(as_bob, f"#{number}"))
    assert found(as_alice, "9" * 18) == []


def test_words_that_are_none_break_nothing(as_alice: Client) -> None:
    for words in ("\0\0\0", "%_%", "'; --", "\u202e\u202e", "f" * 4000, "²²"):
        assert found(as_alice, words) == [], words
    assert found(as_alice, "a") == []


def test_an_id_is_looked_for_as_a_range() -> None:
    assert finding._between("abc") is None and finding._between("xyz123") is None
    low, high = finding._between("AB-CD") or (None, None)
    assert str(low) == "abcd0000-0000-0000-0000-000000000000"
    assert str(high) == "abcdffff-ffff-ffff-ffff-ffffffffffff"
