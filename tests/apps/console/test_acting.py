"""What is done in the console is done by somebody, and stands in the log with them."""

from __future__ import annotations

import datetime
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Token, User
from apps.audit.models import Entry
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE

PEOPLE = "/console/accounts/user/"
QUERIES = {
    "/console/": 10,
    PEOPLE: 6,
    "/console/accounts/token/": 5,
    "/console/audit/": 5,
    "/console/account/tokens/": 4,
    "/console/account/sessions/": 4,
}
"""How many statements a list costs at most, however much is in it."""


def entries_of(user: User) -> list[Entry]:
    with behind(walls_of(ALICE)):
        return list(Entry.objects.get_for_object(user).filter(action=Entry.Action.UPDATE))


def test_a_bulk_action_leaves_an_entry_for_each_with_who_did_it(
    as_alice: Client, alice: User, bob: User, cora: User
) -> None:
    chosen = {"action": "deactivate_chosen", "index": "0", "_selected_action": [str(bob.pk), str(cora.pk)]}
    assert as_alice.post(PEOPLE, chosen).status_code == 302
    for user in (bob, cora):
        (entry,) = entries_of(user)
        assert (entry.changes or {})["is_active"] == [True, False]
        assert (entry.actor_id, entry.actor_name) == (alice.pk, "Alice")
        assert entry.narrative == f"Deactivates {user.name}, with others in a list"


def test_bob_cannot_use_a_bulk_action_that_he_is_not_shown(as_bob: Client, cora: User) -> None:
    as_bob.post(PEOPLE, {"action": "deactivate_chosen", "index": "0", "_selected_action": [str(cora.pk)]})
    with behind(walls_of(ALICE)):
        assert User.objects.get(pk=cora.pk).is_active


def test_the_last_owner_stays_and_is_told_why(as_alice: Client, alice: User) -> None:
    response = as_alice.post(f"{PEOPLE}{alice.pk}/", {"do": "deactivate"}, follow=True)
    assert "Alice is the last active owner. Make somebody else an owner first." in response.content.decode()
    response = as_alice.post(f"{PEOPLE}{alice.pk}/", {"do": "role", "role": "engineer"})
    assert "Make somebody else an owner first." in response.content.decode()


def test_a_tokens_secret_is_shown_once(as_bob: Client, bob: User) -> None:
    address = "/console/account/tokens/"
    given = {"name": "CI", "scopes": ["users.read"], "expires": "2126-01-01"}
    assert "after 366 days at the latest" in as_bob.post(f"{address}new/", given).content.decode()
    given["expires"] = f"{timezone.now() + datetime.timedelta(days=30):%Y-%m-%d}"
    shown = as_bob.post(f"{address}new/", given).content.decode()
    found = re.search(r"swd_[0-9a-f]{32}_[0-9A-Za-z]{49}", shown)
    assert found is not None
    with behind(walls_of(ALICE)):
        token = Token.objects.get(user=bob)
    for page in (address, f"{address}{token.pk}/"):
        assert found[0] not in as_bob.get(page).content.decode()


def test_bob_may_not_revoke_alices_token(as_bob: Client, ids: dict[str, str]) -> None:
    assert as_bob.post(f"/console/accounts/token/{ids['token']}/").status_code in (403, 404)
    assert as_bob.post(f"/console/account/tokens/{ids['token']}/", {"do": "revoke"}).status_code in (403, 404)
    with behind(walls_of(ALICE)):
        assert Token.objects.get(pk=ids["token"]).revoked is None


def test_too_many_attempts_are_answered_kindly(at_acme: Client, alice: User) -> None:
    for _ in range(5):
        answer = at_acme.post("/sign-in/", {"email": ALICE.email, "password": "not hers"})
    assert "paused for a while" in answer.content.decode()
    answer = at_acme.post("/sign-in/", {"email": ALICE.email, "password": ALICE.password})
    assert answer.status_code == 200
    assert "paused for a while" in answer.content.decode()


@pytest.mark.parametrize("path", QUERIES)
def test_a_list_costs_no_more_statements_than_it_did(path: str, as_alice: Client, ids: dict[str, str]) -> None:
    as_alice.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert as_alice.get(path).status_code == 200
    assert len(asked) == QUERIES[path], [query["sql"][:90] for query in asked]
