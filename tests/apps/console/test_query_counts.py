"""How many statements a page sends is a baseline: one more is a change somebody meant, and never one more a row."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import tokens
from apps.accounts.models import Invitation, Role, Session, User
from apps.audit.exports.models import State as ExportState
from apps.compliance.documents.models import Document
from apps.console import saved_filters
from apps.recordings.models import State
from apps.siem import sinks
from apps.tenants.models import Plan, Provisioning, StateChange
from apps.tenants.provisioning_queue import staff_credentials
from apps.tenants.walls import behind
from apps.webhooks import endpoints
from apps.webhooks.models import Endpoint, Event, EventType
from apps.webhooks.outbox import put_on_its_way
from tests.apps.console.asked import a_call
from tests.apps.console.exported import an_export
from tests.apps.console.papers import a_document, a_request
from tests.apps.console.posture.looked_at import more_looked_at
from tests.apps.console.recorded import a_recording, a_spec_of
from tests.apps.signing_in import walls_of
from tests.cast import ACME, ALICE, SAM

BASELINE = json.loads(Path(__file__).with_name("query_counts.json").read_text("utf-8"))
OF_ALICE = (
    "/console/",
    "/console/accounts/user/",
    "/console/posture/",
    "/console/posture/promises/P6/",
    "/console/posture/promises/P6/?days=365",
    "/console/posture/controls/",
    "/console/posture/controls/{control}/",
    "/console/posture/checks/{check}/",
    "/console/posture/checks/{check}/state/?asked=7",
    "/console/posture/runs/{run}/",
    "/console/posture/exceptions/",
    "/console/posture/exceptions/{exception}/",
    "/console/posture/acceptance/",
    "/console/posture/observations/",
    "/console/posture/evidence/",
    "/console/accounts/user/{bob}/",
    "/console/accounts/user/{bob}/history/",
    "/console/accounts/user/export.csv",
    "/console/accounts/token/",
    "/console/accounts/token/export.jsonl",
    "/console/recordings/recording/",
    "/console/recordings/recording/?q=session",
    "/console/recordings/recording/export.jsonl",
    "/console/recordings/recording/{recording}/",
    "/console/recordings/recording/{recording}/state/",
    "/console/specs/spec/",
    "/console/specs/spec/?q=lamp",
    "/console/specs/spec/export.jsonl",
    "/console/specs/spec/{spec}/",
    "/console/specs/spec/{spec}/edit/",
    "/console/specs/spec/{spec}/changes/",
    "/console/webhooks/endpoint/",
    "/console/webhooks/endpoint/{webhook}/",
    "/console/siem/sink/",
    "/console/siem/sink/{sink}/",
    "/console/inference/modelcall/",
    "/console/inference/modelcall/export.jsonl",
    "/console/inference/modelcall/settings/",
    "/console/inference/modelcall/{call}/",
    "/console/go/hits/?q=session",
    "/console/audit/retention/",
    "/console/audit/",
    "/console/audit/proof/",
    "/console/audit/exports/",
    "/console/audit/exports/state/",
    "/console/audit/exports/{export}/file/",
    "/console/account/tokens/",
    "/console/account/sessions/",
)
OF_SAM = (
    "/platform/",
    "/platform/tenants/tenant/",
    "/platform/tenants/tenant/{acme}/",
    "/platform/tenants/provisioning/",
    "/platform/tenants/statechange/",
    "/platform/compliance/document/",
    "/platform/compliance/document/{document}/",
    "/platform/compliance/documentrequest/",
    "/platform/compliance/documentrequest/export.jsonl",
    "/platform/compliance/documentrequest/{document_request}/",
)

# What is sent now and then, whichever page is asked then: that somebody was seen, the key that names open with, and
# which tenant is at the host.
_NOT_COUNTED = re.compile(
    r'SAVEPOINT|RELEASE|UPDATE "accounts_session" SET "last_seen"|SELECT .* FROM "vault_tenantkey"'
    "|SELECT tenant_id, state FROM public.route_to"
)
FAILED: dict[str, Any] = {"reason": "recording-refused"}


def count(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        response = client.get(address)
        b"".join(response)
    assert response.status_code == 200
    return len([one for one in asked if not _NOT_COUNTED.match(one["sql"])])


def fifty_more(alice: User, bob: User) -> None:
    """Of everything that Acme's pages list. The log grows by each."""
    later = timezone.now() + datetime.timedelta(days=90)
    may = frozenset({"users.read"})
    with behind(walls_of(ALICE)):
        for i in range(50):
            User.objects.create(email=f"p{i}@acme.example", name=f"Person {i}", role=Role.ENGINEER)
            tokens.make(alice, f"Token {i}", ["users.read"], later, grantable=may)
            Session.objects.create(digest=f"{i:064}", user=bob)
            Invitation.objects.create(email=f"i{i}@acme.example", role=Role.ENGINEER, digest=f"{i:064}", expires=later)
            a_spec_of(a_recording(f"lamp {i}.json", State.SPECIFIED), f"Buys lamp {i}")
            a_recording(f"session {i}.json", (State.FAILED, State.SPECIFIED)[i % 2], **({} if i % 2 else FAILED))
            if i < endpoints.MOST - 1:
                hook = endpoints.make(f"https://hooks.example:{8000 + i}/", ["spec.ready"])
                endpoints.try_out(hook)
            if i < sinks.MOST - 1:
                sinks.make(f"https://siem.example:{8000 + i}/", "json", from_the_beginning=True)
            event = Event.objects.create(type=EventType.SPEC_FAILED, data={"reason": "generation.too_long"})
            put_on_its_way(event, [Endpoint.objects.get(description="The board")])
            a_call("ok" if i % 2 else "model.refused")
            more_looked_at(i, alice)
            an_export(ExportState.READY if i % 2 else ExportState.WAITING)
            saved_filters.save(alice, f"accounts_{'user' if i % 2 else 'token'}_changelist", f"No. {i % 30}", f"q={i}")


def fifty_asked_for(document: str) -> None:
    with behind(staff_credentials()):
        for i in range(50):
            Provisioning.objects.create(
                name=f"T{i}", host=f"t{i}.localhost", plan_id=Plan.Code.TEAM, owner_email="o@o.example", owner_name="O"
            )
            StateChange.objects.create(tenant_id=ACME.id, tenant_name="Acme", kind="suspend", why="x")
    with behind(walls_of(SAM)):
        of_it = Document.objects.get(id=document)
    for i in range(40):
        a_request(of_it if i % 2 else a_document(f"Paper {i}"), f"Visitor {i}")


def counted(client: Client, pages: tuple[str, ...], ids: dict[str, str]) -> dict[str, int]:
    client.get("/")  # the route to the host is known from here on
    for log in ("/console/audit/", "/platform/audit/"):
        client.get(log)  # that the log is read is noted once an hour, and from here on it stands there
    for home in ("/console/", "/platform/"):
        client.get(home)  # and so are the kinds of objects, which a process remembers
    return {page: count(client, page.format(**ids)) for page in pages}


@pytest.mark.timeout(240)
def test_each_page_of_alice_sends_as_many_statements_as_it_did_for_few_rows_and_for_many(
    as_alice: Client, alice: User, bob: User, ids: dict[str, str]
) -> None:
    expected = {page: BASELINE[page] for page in OF_ALICE}
    assert counted(as_alice, OF_ALICE, ids) == expected
    fifty_more(alice, bob)
    assert counted(as_alice, OF_ALICE, ids) == expected


def test_each_page_of_sam_sends_as_many_statements_as_it_did(as_sam: Client, ids: dict[str, str]) -> None:
    expected = {page: BASELINE[page] for page in OF_SAM}
    assert counted(as_sam, OF_SAM, ids) == expected
    fifty_asked_for(ids["document"])
    # The newest entries of the log are those requests then, and name no tenant that would be looked up.
    assert counted(as_sam, OF_SAM, ids) == {**expected, "/platform/": expected["/platform/"] - 1}
