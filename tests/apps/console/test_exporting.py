"""A list as a file: what the page shows, to whom it may be shown, defused, and noted."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.exports.cells import as_cell
from apps.audit.models import Entry
from apps.audit.vocabulary import Action
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, SAM

PEOPLE = "/console/accounts/user/export"
FORMULAE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1+1", "＠A1")


def body(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    assert response.streaming
    return b"".join(response).decode()


def rows(client: Client, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(client, address))))


def test_alice_exports_her_people_and_nobody_elses(as_alice: Client, mallory: User) -> None:
    assert [row["name"] for row in rows(as_alice, f"{PEOPLE}.csv")] == ["Ada", "Alice", "Bob", "Cora"]
    lines = [json.loads(line) for line in body(as_alice, f"{PEOPLE}.jsonl").splitlines()]
    assert [line["email"] for line in lines if line["role"] == "engineer"] == ["bob@acme.example"]
    assert {name for line in lines for name in line} & {"password", "digest"} == set()


def test_an_export_holds_what_the_list_shows_with_its_filters(as_alice: Client, ids: dict[str, str]) -> None:
    assert [row["name"] for row in rows(as_alice, f"{PEOPLE}.csv?role__exact=auditor")] == ["Ada"]
    assert [row["name"] for row in rows(as_alice, f"{PEOPLE}.csv?q=bob&since=2020-01-01")] == ["Bob"]
    assert rows(as_alice, f"{PEOPLE}.csv?until=2020-01-01") == []
    assert as_alice.get(f"{PEOPLE}.csv?is_active__exact=perhaps").status_code == 302


def test_an_export_is_an_entry_of_the_log_with_who_what_and_how(as_cora: Client, cora: User) -> None:
    body(as_cora, f"{PEOPLE}.csv?q=bob")
    with behind(walls_of(ALICE)):
        newest = Entry.objects.get(action=Action.EXPORT)
    assert (newest.actor_id, newest.narrative) == (cora.pk, "Exports people as CSV")
    assert newest.additional_data == {"kind": "accounts.user", "format": "csv", "filtered_by": ["q"]}


def test_bob_may_read_people_and_not_their_tokens(as_bob: Client, as_sam: Client) -> None:
    assert as_bob.get(f"{PEOPLE}.csv").status_code == 200
    assert as_bob.get("/console/accounts/token/export.csv").status_code == 403
    with behind(walls_of(ALICE)):
        assert Entry.objects.filter(action=Action.EXPORT).count() == 1
    assert [row["name"] for row in rows(as_sam, "/platform/tenants/tenant/export.csv")] == [
        "Acme",
        "Globex",
        SAM.tenant.name,
    ]


def test_a_name_that_is_a_formula_is_defused_in_a_spreadsheet_and_itself_in_json(as_alice: Client, bob: User) -> None:
    with behind(walls_of(ALICE)):
        User.objects.filter(pk=bob.pk).update(name="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in [row["name"] for row in rows(as_alice, f"{PEOPLE}.csv")]
    assert "=HYPERLINK(1)" in [json.loads(line)["name"] for line in body(as_alice, f"{PEOPLE}.jsonl").splitlines()]


@pytest.mark.parametrize("text", FORMULAE)
def test_no_cell_begins_as_a_formula_does(text: str) -> None:
    assert as_cell(text) == f"'{text}"
    assert as_cell("a=1") == "a=1"
    assert as_cell(None) == ""
