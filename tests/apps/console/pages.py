"""Every page of the console that is opened by GET, by its site's name, and who of the cast may open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.cast import ADA, ALICE, BOB, CORA, SAM, Person

EVERYBODY: Final = (ALICE, BOB, CORA, ADA)
WATCHERS: Final = (ALICE, CORA, ADA)
READERS_OF_SPECS: Final = (ALICE, BOB, CORA)
WATCHERS_OF_SPECS: Final = (ALICE, CORA)


@dataclass(frozen=True, slots=True)
class Page:
    """An address at Acme's host, or at the platform's."""

    path: str
    open_to: tuple[Person, ...]


TENANT: Final = (
    Page("/console/", EVERYBODY),
    Page("/console/accounts/user/", EVERYBODY),
    Page("/console/accounts/user/export.csv", EVERYBODY),
    Page("/console/accounts/user/invite/", (ALICE,)),
    Page("/console/accounts/user/{bob}/", EVERYBODY),
    Page("/console/accounts/user/{bob}/history/", WATCHERS),
    Page("/console/accounts/token/", WATCHERS),
    Page("/console/accounts/token/export.jsonl", WATCHERS),
    Page("/console/accounts/token/{token}/", WATCHERS),
    Page("/console/accounts/token/{token}/history/", WATCHERS),
    Page("/console/posture/", EVERYBODY),
    Page("/console/posture/promises/P1/", EVERYBODY),
    Page("/console/posture/promises/T1/?days=365", EVERYBODY),
    Page("/console/posture/controls/", EVERYBODY),
    Page("/console/posture/controls/?q=CC6.1&stands=unknown", EVERYBODY),
    Page("/console/posture/controls/{control}/", EVERYBODY),
    Page("/console/posture/checks/{check}/", EVERYBODY),
    Page("/console/posture/checks/{check}/?day=2026-11-01&before=2026-11-01T12:00:00Z&asked=7", EVERYBODY),
    Page("/console/posture/checks/{check}/state/?asked=7", EVERYBODY),
    Page("/console/posture/checks/{check}/accept/", (ALICE, CORA)),
    Page("/console/posture/runs/{run}/", EVERYBODY),
    Page("/console/posture/exceptions/", EVERYBODY),
    Page("/console/posture/exceptions/{exception}/", EVERYBODY),
    Page("/console/posture/acceptance/", EVERYBODY),
    Page("/console/posture/observations/", (ALICE, CORA)),
    Page("/console/posture/evidence/", EVERYBODY),
    Page("/console/recordings/recording/", EVERYBODY),
    Page("/console/recordings/recording/export.csv", EVERYBODY),
    Page("/console/recordings/recording/export.jsonl", EVERYBODY),
    Page("/console/recordings/recording/upload/", (ALICE, BOB)),
    Page("/console/recordings/recording/forget/", (ALICE, BOB, CORA)),
    Page("/console/recordings/recording/{recording}/", EVERYBODY),
    Page("/console/recordings/recording/{recording}/history/", WATCHERS),
    Page("/console/recordings/recording/{recording}/state/", EVERYBODY),
    Page("/console/recordings/recording/{recording}/hold/", (ALICE, CORA)),
    Page("/console/recordings/recording/{recording}/discard/", (ALICE, BOB, CORA)),
    Page("/console/specs/spec/", READERS_OF_SPECS),
    Page("/console/specs/spec/?q=lamp", READERS_OF_SPECS),
    Page("/console/specs/spec/export.csv", READERS_OF_SPECS),
    Page("/console/specs/spec/{spec}/", READERS_OF_SPECS),
    Page("/console/specs/spec/{spec}/changes/", READERS_OF_SPECS),
    Page("/console/specs/spec/{spec}/edit/", (ALICE, BOB)),
    Page("/console/specs/spec/{spec}/history/", WATCHERS_OF_SPECS),
    Page("/console/webhooks/endpoint/", READERS_OF_SPECS),
    Page("/console/webhooks/endpoint/?state=failing", READERS_OF_SPECS),
    Page("/console/webhooks/endpoint/export.csv", READERS_OF_SPECS),
    Page("/console/webhooks/endpoint/new/", (ALICE, BOB)),
    Page("/console/webhooks/endpoint/{webhook}/", READERS_OF_SPECS),
    Page("/console/webhooks/endpoint/{webhook}/history/", WATCHERS_OF_SPECS),
    Page("/console/siem/sink/", EVERYBODY),
    Page("/console/siem/sink/?state=failing", EVERYBODY),
    Page("/console/siem/sink/export.csv", EVERYBODY),
    Page("/console/siem/sink/new/", (ALICE,)),
    Page("/console/siem/sink/{sink}/", EVERYBODY),
    Page("/console/siem/sink/{sink}/settings/", (ALICE,)),
    Page("/console/siem/sink/{sink}/test/", EVERYBODY),
    Page("/console/siem/sink/{sink}/history/", WATCHERS),
    Page("/console/inference/modelcall/", EVERYBODY),
    Page("/console/inference/modelcall/?ended=ok", EVERYBODY),
    Page("/console/inference/modelcall/export.csv", EVERYBODY),
    Page("/console/inference/modelcall/export.jsonl", EVERYBODY),
    Page("/console/inference/modelcall/settings/", EVERYBODY),
    Page("/console/inference/modelcall/{call}/", EVERYBODY),
    Page("/console/inference/modelcall/{call}/history/", WATCHERS),
    Page("/console/go/", EVERYBODY),
    Page("/console/go/?q=session", EVERYBODY),
    Page("/console/go/hits/?q=bob", EVERYBODY),
    Page("/console/audit/", WATCHERS),
    Page("/console/audit/exports/", WATCHERS),
    Page("/console/audit/exports/?action=1&since=2026-11-01", WATCHERS),
    Page("/console/audit/exports/state/", WATCHERS),
    Page("/console/audit/exports/{export}/file/", WATCHERS),
    Page("/console/audit/{entry}/", WATCHERS),
    Page("/console/audit/{entry}/?verify=now", WATCHERS),
    Page("/console/audit/proof/", WATCHERS),
    Page("/console/audit/retention/", WATCHERS),
    Page("/console/account/", EVERYBODY),
    Page("/console/account/password/", EVERYBODY),
    Page("/console/account/sessions/", EVERYBODY),
    Page("/console/account/tokens/", (ALICE, BOB, CORA)),
    Page("/console/account/tokens/new/", (ALICE, BOB, CORA)),
)
PLATFORM: Final = (
    Page("/platform/", (SAM,)),
    Page("/platform/tenants/tenant/", (SAM,)),
    Page("/platform/tenants/tenant/{acme}/", (SAM,)),
    Page("/platform/tenants/tenant/{acme}/history/", (SAM,)),
    Page("/platform/tenants/tenant/{acme}/suspend/", (SAM,)),
    Page("/platform/tenants/tenant/{acme}/close/", (SAM,)),
    Page("/platform/tenants/tenant/export.csv", (SAM,)),
    Page("/platform/tenants/provisioning/", (SAM,)),
    Page("/platform/tenants/provisioning/new/", (SAM,)),
    Page("/platform/tenants/provisioning/export.jsonl", (SAM,)),
    Page("/platform/tenants/statechange/", (SAM,)),
    Page("/platform/accounts/user/", (SAM,)),
    Page("/platform/go/?q=acme", (SAM,)),
    Page("/platform/audit/", (SAM,)),
    Page("/platform/siem/sink/", (SAM,)),
    Page("/platform/posture/", (SAM,)),
    Page("/platform/posture/controls/", (SAM,)),
    Page("/platform/compliance/document/", (SAM,)),
    Page("/platform/compliance/document/export.csv", (SAM,)),
    Page("/platform/compliance/document/new/", (SAM,)),
    Page("/platform/compliance/document/{document}/", (SAM,)),
    Page("/platform/compliance/document/{document}/history/", (SAM,)),
    Page("/platform/compliance/documentrequest/", (SAM,)),
    Page("/platform/compliance/documentrequest/?state=confirmed", (SAM,)),
    Page("/platform/compliance/documentrequest/export.jsonl", (SAM,)),
    Page("/platform/compliance/documentrequest/{document_request}/", (SAM,)),
    Page("/platform/compliance/documentrequest/{document_request}/history/", (SAM,)),
)
ENTRANCE: Final = ("/sign-in/", "/forgot/")
