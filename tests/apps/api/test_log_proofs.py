"""Ada's program takes checkpoints and proofs away, and verifies them where nobody of ours is; Bob may not."""

from __future__ import annotations

import base64

import pytest

from apps.accounts.models import User
from apps.audit.models import Checkpoint, Entry
from apps.audit.recording import record
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from specward.tlog import ProofRefused, TlogProof, VerifierKey, entry_hash, leaf_data, leaf_hash, open_checkpoint
from tests.apps.api.conftest import Program
from tests.apps.api.test_query_counts import count
from tests.cast import ALICE

STATEMENTS = 12
"""Of a proof in a log of few entries; another tile that it takes is one more."""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def entry(acme: Tenant) -> Entry:
    """A check that stands in the signed log."""
    with within(acme):
        sequence()
        found = record(Action.CHECK, details={"of": "everything"}, narrative="Looks")
        sequence()
        sequence()
        return found


def test_an_entry_is_proven_with_nothing_but_the_key(entry: Entry, adas: Program) -> None:
    answer = adas.send("get", f"/audit/entries/{entry.pk}/proof")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    leaf = entry_hash(bytes.fromhex(found["salt"]), found["content"].encode())
    assert leaf.hex() == found["leaf"]
    key = VerifierKey.parse(adas.send("get", "/audit/log").json()["keys"][0]["key"])
    proof = TlogProof.parse(found["proof"].encode())
    assert proof.index == found["index"]
    assert proof.verify(leaf, [key]).size == found["size"]
    forged = found["content"].replace("everything", "nothing...")
    assert forged != found["content"]
    with pytest.raises(ProofRefused):
        proof.verify(leaf_hash(leaf_data(bytes.fromhex(found["salt"]), forged.encode())), [key])


def test_what_waits_for_its_signature_says_so_and_what_is_not_there_is_not_found(
    acme: Tenant, entry: Entry, adas: Program
) -> None:
    with within(acme):
        late = record(Action.CHECK)
    answer = adas.send("get", f"/audit/entries/{late.pk}/proof")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-signed-yet")
    assert answer.headers["Retry-After"] == "1"
    for nothing in (10**17, "x", 10**30):
        assert adas.send("get", f"/audit/entries/{nothing}/proof").status_code == 404


def test_checkpoints_are_read_page_by_page_and_each_is_signed(acme: Tenant, entry: Entry, adas: Program) -> None:
    with within(acme):
        for _ in range(5):
            record(Action.CHECK)
            sequence()
    state = adas.send("get", "/audit/log").json()
    key = VerifierKey.parse(state["keys"][0]["key"])
    assert state["origin"] == key.name
    found = []
    page = adas.send("get", "/audit/checkpoints?page_size=3").json()
    while True:
        found += page["items"]
        if page["next"] is None:
            break
        page = adas.send("get", f"/audit/checkpoints?page_size=3&cursor={page['next']}").json()
    with within(acme):
        sizes = list(Checkpoint.objects.values_list("size", flat=True))
    assert [one["size"] for one in found] == sizes == sorted(sizes, reverse=True)
    assert len(sizes) >= 6
    for one in found:
        signed = open_checkpoint(one["note"].encode(), [key])
        assert (signed.size, signed.root) == (one["size"], base64.b64decode(one["root"]))
    assert state["newest"]["size"] == sizes[0]


def test_a_new_key_is_made_by_who_manages_the_log_and_by_nobody_else(
    acme: Tenant, alice: User, entry: Entry, adas: Program, bobs: Program
) -> None:
    alices = Program(ALICE)
    for other in (adas, bobs):
        assert other.send("post", "/audit/log/key/rotate").status_code == 403
    made = alices.send("post", "/audit/log/key/rotate")
    assert (made.status_code, len(made.json()["keys"])) == (202, 1)
    with within(acme):
        sequence()
    keys = alices.send("get", "/audit/log").json()["keys"]
    assert keys[0] == made.json()["keys"][0]
    assert len({one["key"] for one in keys}) == 2
    note = alices.send("get", "/audit/log").json()["newest"]["note"].encode()
    for one in keys:
        open_checkpoint(note, [VerifierKey.parse(one["key"])])


def test_bob_may_not_read_it_and_mallory_reads_her_own_log_alone(
    entry: Entry, bobs: Program, mallorys: Program, adas: Program
) -> None:
    for path in ("/audit/log", "/audit/checkpoints", f"/audit/entries/{entry.pk}/proof"):
        assert bobs.send("get", path).status_code == 403
    assert mallorys.send("get", f"/audit/entries/{entry.pk}/proof").status_code in (404, 409)
    ours = {one["note"] for one in adas.send("get", "/audit/checkpoints").json()["items"]}
    hers = {one["note"] for one in mallorys.send("get", "/audit/checkpoints").json()["items"]}
    assert ours and not ours & hers


def test_a_proof_sends_as_many_statements_as_it_did(entry: Entry, adas: Program) -> None:
    adas.send("get", f"/audit/entries/{entry.pk}/proof")
    assert count(adas, "get", f"/audit/entries/{entry.pk}/proof") == STATEMENTS
