"""Cora looks whether an entry is what was logged, takes its proof and a checkpoint away, and sees a log that stands."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client

from apps.audit import merge_delay
from apps.audit.models import Checkpoint, Entry, LogKey
from apps.audit.recording import record
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from specward.tlog import TlogProof, VerifierKey, open_checkpoint
from tests.apps.audit.conftest import superuser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def entry(acme: Tenant) -> Entry:
    with within(acme):
        sequence()
        found = record(Action.CHECK, narrative="Looks")
        sequence()
        sequence()
        return found


def key_of(acme: Tenant) -> VerifierKey:
    with within(acme):
        return VerifierKey.parse(LogKey.objects.get().vkey)


def test_an_entry_is_verified_from_its_row_to_the_signature(entry: Entry, as_cora: Client) -> None:
    page = as_cora.get(f"/console/audit/{entry.pk}/").content.decode()
    assert "Signed" in page and "Verified" not in page
    page = as_cora.get(f"/console/audit/{entry.pk}/?verify=now").content.decode()
    assert "Verified" in page
    for words in ("It has its place", "It hashes to its leaf", "leads to the root", "key signed that checkpoint"):
        assert words in page


def test_an_entry_that_somebody_changed_does_not_hold(acme: Tenant, entry: Entry, as_cora: Client) -> None:
    with superuser() as admin:
        admin.execute(f"ALTER TABLE {acme.schema_name}.audit_entry DISABLE TRIGGER audit_refuse")
        admin.execute(f"UPDATE {acme.schema_name}.audit_entry SET narrative = 'Looked away' WHERE id = %s", [entry.pk])
        admin.execute(f"ALTER TABLE {acme.schema_name}.audit_entry ENABLE TRIGGER USER")
    page = as_cora.get(f"/console/audit/{entry.pk}/?verify=now").content.decode()
    assert "Does not hold" in page and "It is not what was logged" in page and "Verified" not in page


def test_what_waits_can_be_looked_at_and_says_that_it_waits(acme: Tenant, entry: Entry, as_cora: Client) -> None:
    with within(acme):
        late = record(Action.CHECK)
    page = as_cora.get(f"/console/audit/{late.pk}/?verify=now").content.decode()
    assert "Waiting" in page and "nothing to verify yet" in page
    answer = as_cora.get(f"/console/audit/{late.pk}/proof/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/console/audit/{late.pk}/")


def test_proof_and_checkpoint_are_files_that_verify(acme: Tenant, entry: Entry, as_cora: Client) -> None:
    answer = as_cora.get(f"/console/audit/{entry.pk}/proof/")
    proof = TlogProof.parse(answer.content)
    assert f'filename="specward-entry-{proof.index}.tlog-proof"' in answer.headers["Content-Disposition"]
    key = key_of(acme)
    with within(acme):
        size = Checkpoint.objects.values_list("size", flat=True)[0]
    assert open_checkpoint(proof.checkpoint, [key]).size == size
    note = as_cora.get(f"/console/audit/proof/{size}/").content
    assert note == proof.checkpoint
    for nothing in (size + 1, 10**30):
        assert as_cora.get(f"/console/audit/proof/{nothing}/").status_code == 404
    assert as_cora.get(f"/console/audit/{10**30}/proof/").status_code == 404


def test_the_page_of_the_proof_tells_the_key_and_what_to_do(acme: Tenant, entry: Entry, as_cora: Client) -> None:
    page = as_cora.get("/console/audit/proof/").content.decode()
    assert str(key_of(acme)) in page.replace("&#x27;", "'")
    assert "specward verify" in page and "Give the log a new key" in page


def test_cora_gives_the_log_a_new_key_and_ada_may_not(
    acme: Tenant, entry: Entry, as_cora: Client, as_ada: Client
) -> None:
    assert "Give the log a new key" not in as_ada.get("/console/audit/proof/").content.decode()
    assert as_ada.post("/console/audit/proof/rotate/").status_code == 403
    assert as_cora.post("/console/audit/proof/rotate/").status_code == 302
    with within(acme):
        sequence()
        assert LogKey.objects.count() == 2
    assert "Takes over now" not in as_cora.get("/console/audit/proof/").content.decode()


def test_a_log_that_stands_still_says_so(
    acme: Tenant, entry: Entry, as_cora: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with within(acme):
        while sequence().placed.entries:
            pass
    assert "not signed" not in as_cora.get("/console/audit/proof/").content.decode()
    with within(acme):
        record(Action.CHECK)
        assert datetime.timedelta() < merge_delay.delay().waited < merge_delay.ALARM
    monkeypatch.setattr(merge_delay, "ALARM", datetime.timedelta())
    page = as_cora.get("/console/audit/proof/").content.decode()
    assert "The log is written and not signed" in page
    with within(acme):
        sequence()
        assert merge_delay.delay().since is None
