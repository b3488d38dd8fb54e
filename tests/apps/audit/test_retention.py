"""The page and the API of retention: what is kept, what was pruned, and legal holds, by those who may."""

from __future__ import annotations

import json
import uuid

import pytest
from django.test import Client

from apps.audit import holds
from apps.audit.acting import Actor
from apps.audit.models import Entry, Hold, Leaf
from apps.audit.recording import record
from apps.audit.retention import standing
from apps.audit.search import Wanted, page
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.audit.as_pruner import keep_days, pruned
from tests.apps.conftest import tenant
from tests.apps.signing_in import signed_in
from tests.cast import ACME, ADA, ALICE, BOB, CORA

RETENTION = "/console/audit/retention/"
HOLDS = "/api/v1/audit/holds"


@pytest.fixture
def pruned_log(transactional_db: None) -> Tenant:
    """Acme's log, of which the beginning is gone and the end is overdue."""
    found = tenant(ACME)
    keep_days(found, 0)
    for turn in range(2):
        with within(found):
            for _ in range(10):
                record(Action.CHECK)
            sequence()
            sequence()
        if not turn:
            pruned(found)
            with within(found):
                sequence()
            pruned(found)
    return found


def test_the_page_says_what_is_kept_overdue_and_gone(pruned_log: Tenant) -> None:
    with within(pruned_log):
        found = standing(0)
        assert found.overdue >= 10 and found.oldest is not None
        assert [one.gone for one in found.stretches] == [True] * len(found.stretches) and found.stretches[-1].first == 0
        assert standing(1).overdue == 0
        gone = Leaf.objects.filter(salt__isnull=True).count()
        assert sum(one.count for one in found.stretches) == gone
    said = signed_in(ADA).get(RETENTION).content.decode()
    assert "0 days" in said and "Deleted; the hashes stay" in said and "Place a legal hold" not in said


def test_cora_places_and_lifts_a_hold_and_both_are_entries(as_cora: Client, acme: Tenant) -> None:
    assert as_cora.post(RETENTION, {"why": " "}).status_code == 200
    assert as_cora.post(RETENTION, {"why": "Proceedings 7/26"}).status_code == 302
    with within(acme):
        hold = Hold.objects.get()
        assert (hold.placed_by_name, hold.why, hold.lifted) == ("Cora", "Proceedings 7/26", None)
    assert "Proceedings 7/26" in as_cora.get(RETENTION).content.decode()
    lift = f"{RETENTION}{hold.pk}/lift/"
    as_cora.post(lift, {"why": ""})
    with within(acme):
        assert holds.standing().exists()
    as_cora.post(lift, {"why": "Settled"})
    assert "is lifted already" in as_cora.post(lift, {"why": "Again"}, follow=True).content.decode()
    with within(acme):
        hold.refresh_from_db()
        assert (hold.lifted_by_name, hold.lifted_why) == ("Cora", "Settled") and hold.lifted is not None
        entries = Entry.objects.filter(object_type="audit.hold", object_pk=str(hold.pk)).order_by("id")
        said = [(entry.action, entry.narrative, entry.actor_name) for entry in entries]
        assert said == [
            (Action.CREATE, "A legal hold of the log was placed", "Cora"),
            (Action.UPDATE, "A legal hold of the log was lifted", "Cora"),
        ]


@pytest.mark.parametrize("person", [ADA, BOB])
def test_who_may_not_manage_the_log_neither_places_nor_lifts(acme: Tenant, person: object) -> None:
    with within(acme):
        hold = holds.place(Actor.system("tests"), "Proceedings 7/26")
    client = signed_in(person)  # type: ignore[arg-type]
    assert client.get(RETENTION).status_code == (200 if person is ADA else 403)
    assert client.post(RETENTION, {"why": "Mine"}).status_code == 403
    assert client.post(f"{RETENTION}{hold.pk}/lift/", {"why": "Mine"}).status_code == 403
    with within(acme):
        assert [one.why for one in holds.standing()] == ["Proceedings 7/26"]


@pytest.mark.parametrize("person", [ALICE, CORA])
def test_holds_by_api(acme: Tenant, person: object) -> None:
    client = signed_in(person)  # type: ignore[arg-type]
    made = client.post(HOLDS, json.dumps({"why": "Proceedings 7/26"}), content_type="application/json")
    assert made.status_code == 201 and made.json()["lifted"] is None
    address = f"{HOLDS}/{made.json()['id']}"
    assert client.get(address).json() == made.json() and client.get(HOLDS).json()["items"] == [made.json()]
    lift = {"why": "Settled"}
    lifted = client.post(f"{address}/lift", json.dumps(lift), content_type="application/json")
    assert lifted.status_code == 200 and lifted.json()["lifted_why"] == "Settled"
    again = client.post(f"{address}/lift", json.dumps(lift), content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "hold-lifted")
    assert client.get(f"{HOLDS}/{uuid.uuid4()}").status_code == 404


def test_an_entry_is_found_by_its_place(pruned_log: Tenant) -> None:
    with within(pruned_log):
        index = Leaf.objects.filter(salt__isnull=False).order_by("-index").values_list("index", flat=True)[0]
        [entry] = page(Wanted(index=index)).entries
        assert entry.pk == Leaf.objects.get(index=index).entry_id and not page(Wanted(index=0)).entries
    client = signed_in(ALICE)
    [found] = client.get(f"/api/v1/audit/entries?index={index}").json()["items"]
    assert found["id"] == entry.pk
    assert client.get("/api/v1/audit/entries?index=-1").status_code == 422
    assert f"/console/audit/{entry.pk}/" in client.get(f"/console/audit/?index={index}").content.decode()
