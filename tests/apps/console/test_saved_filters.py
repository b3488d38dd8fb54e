"""A filter saved under a name is its maker's alone, and what it says is sealed."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.console import saved_filters
from apps.console.models import SavedFilter
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE

PEOPLE = "/console/accounts/user/"
KEY = "accounts_user_changelist"


def save(client: Client, name: str, query: str, listing: str = KEY) -> str:
    given = {"listing": listing, "name": name, "query": query}
    return client.post("/console/saved/", given, follow=True).content.decode()


def links(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<span class="saved-one[^>]*><a href="([^"]*)"[^>]*>([^<]*)</a>', page)


def test_bob_saves_a_filter_finds_it_as_a_link_and_deletes_it(as_bob: Client, bob: User) -> None:
    page = save(as_bob, "Auditors", "?role__exact=auditor&p=2&q=")
    assert "Saved as Auditors." in page
    assert links(page) == [("?role__exact=auditor", "Auditors")]
    assert 'class="saved-one here"' in page and "saved-one here" not in as_bob.get(PEOPLE).content.decode()
    assert links(as_bob.get("/console/recordings/recording/").content.decode()) == []
    with behind(walls_of(ALICE)):
        saved = SavedFilter.objects.get(user=bob)
    gone = as_bob.post(f"/console/saved/{saved.pk}/delete/", follow=True).content.decode()
    assert "The saved filter is deleted." in gone and links(gone) == []


def test_alice_who_owns_the_tenant_neither_sees_nor_deletes_what_bob_saved(
    as_alice: Client, as_bob: Client, bob: User
) -> None:
    save(as_bob, "Auditors", "role__exact=auditor")
    assert links(as_alice.get(PEOPLE).content.decode()) == []
    with behind(walls_of(ALICE)):
        saved = SavedFilter.objects.get(user=bob)
    assert as_alice.post(f"/console/saved/{saved.pk}/delete/").status_code == 404
    with behind(walls_of(ALICE)):
        assert SavedFilter.objects.filter(pk=saved.pk).exists()


def test_neither_row_nor_log_says_what_was_searched_for(as_bob: Client, bob: User) -> None:
    save(as_bob, "What Zacharias did", "q=zacharias")
    with behind(walls_of(ALICE)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(s)::text FROM console_savedfilter s")
            ((row,),) = cursor.fetchall()
        entry = Entry.objects.filter(object_type="console.savedfilter").latest("id")
        assert b"zacharias".hex() not in row.lower() and "acharias" not in row
        assert "acharias" not in str(entry.changes) + entry.object_repr + entry.narrative
        assert entry.narrative == "Saves a filter of a list"


def test_the_same_name_again_replaces_and_twenty_are_enough(as_bob: Client, bob: User) -> None:
    save(as_bob, "Mine", "role__exact=auditor")
    assert links(save(as_bob, "Mine", "role__exact=owner")) == [("?role__exact=owner", "Mine")]
    for number in range(saved_filters.MOST - 1):
        save(as_bob, f"Number {number}", f"q={number}")
    page = save(as_bob, "One more", "q=more")
    assert "There are 20 saved filters of this list." in page and len(links(page)) == 20


@pytest.mark.parametrize(
    ("name", "query", "says"),
    [
        ("Empty", "?p=3&q=", "The list is not filtered"),
        ("Long", "q=" + "x" * 3000, "too long to be saved"),
        ("two\nlines", "q=x", "a name of one line"),
        ("", "q=x", "a name of one line"),
    ],
)
def test_what_is_no_filter_is_refused_in_words(as_bob: Client, name: str, query: str, says: str) -> None:
    page = save(as_bob, name, query)
    assert says in page and links(page) == []


def test_a_list_that_is_none_and_one_of_the_other_site_are_not_there(as_bob: Client) -> None:
    for listing in ("", "index", "https://elsewhere.example", "tenants_tenant_changelist"):
        given = {"listing": listing, "name": "x", "query": "q=x"}
        assert as_bob.post("/console/saved/", given).status_code == 404, listing


def test_the_log_can_be_saved_too_by_those_who_read_it(as_cora: Client) -> None:
    page = save(as_cora, "Deletions", "action=2&since=2026-01-01", "audit")
    assert links(page) == [("?action=2&amp;since=2026-01-01", "Deletions")]


def test_two_queries_that_ask_for_the_same_are_the_same() -> None:
    plain = saved_filters.plain_query
    assert plain("?b=2&a=1&p=4&c=") == plain("a=1&b=2") == "a=1&b=2"
    assert plain("q=%C3%A9+x") == "q=%C3%A9+x"
