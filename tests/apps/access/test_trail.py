"""Every address leaves the entries that it says it leaves: nothing more, nothing less, and about the right object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import pytest
from django.urls import path

from apps.access.checks import everything_leaves_a_trail
from apps.access.endpoints import endpoints
from apps.access.trail import Entry, Trail, all_said, nothing, plain, trail_of
from apps.access.trail_page import page
from apps.audit.vocabulary import MEANINGS, Action
from apps.tenants.models import Tenant
from tests.apps.access.everything import plain as view_of
from tests.apps.access.walking import Walked, walk
from tests.cast import ACME, ALICE, PLATFORM
from tests.house.tree import ROOT

pytestmark = pytest.mark.timeout(600)
WHY: Final = {"why": "Proceedings 7/26"}

BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "sign_in POST": {"email": ALICE.email, "password": "not hers"},
    "forgot POST": {"email": ALICE.email},
    "tenant:audit_retention POST": WHY,
    "platform:audit_retention POST": WHY,
    "tenant:audit_hold_lift POST": WHY,
    "platform:audit_hold_lift POST": WHY,
    "tenant:audit_exports POST": {"format": "jsonl"},
    "platform:audit_exports POST": {"format": "jsonl"},
    "tenant:account POST": {"name": "Another Name"},
    "platform:account POST": {"name": "Another Name"},
    "tenant:recordings_recording_hold POST": WHY,
    "tenant:webhooks_endpoint_new POST": {"url": "https://hooks.example/x", "events": ["spec.ready"]},
    "tenant:accounts_user_invite POST": {"email": "dora@acme.example", "role": "engineer"},
    "platform:accounts_user_invite POST": {"email": "dora@acme.example", "role": "engineer"},
    "tenant:saved POST": {"listing": "audit", "name": "Mine", "query": "action=1"},
}
"""Forms that do something; what an operation of the API takes stands beside it (``carries``)."""

UNDONE: Final = frozenset({
    # by name and method: nothing was there to be done with what the walk has
    "account_password POST", "account_sessions POST", "account_token POST", "account_token_new POST",
    "accounts_token_changelist POST", "accounts_user_change POST", "accounts_user_changelist POST",
    "api:recording-lift POST", "api:spec-export GET", "api:user-reactivate POST", "api:version-approve POST",
    "inference_modelcall_settings POST", "inference_modelcall_try POST", "join POST",
    "recordings_recording_changelist POST", "recordings_recording_forget POST", "recordings_recording_lift POST",
    "reset POST", "saved_delete POST", "specs_spec_approve POST", "specs_spec_changelist POST",
    "specs_spec_edit POST", "specs_spec_export GET", "tenants_provisioning_new POST", "tenants_tenant_call_off POST",
    "tenants_tenant_close POST", "tenants_tenant_resume POST", "tenants_tenant_suspend POST",
    "compliance_document_change POST", "compliance_document_file POST", "compliance_document_new POST",
    "trust_ask POST", "trust_download POST",
    "api:exception-list POST", "api:promise-accept POST", "api:report-letterhead DELETE", "posture_accept POST",
    "posture_acceptance POST", "posture_answer POST", "posture_ask POST", "posture_evidence_file GET",
    "posture_exception POST", "posture_observations POST", "reports_add POST", "reports_letterhead POST",
    "reports_new POST", "reports_recipient POST", "reports_schedule POST", "reports_settings POST",
    "siem_sink_change POST", "siem_sink_new POST", "siem_sink_replay POST", "siem_sink_settings POST",
    "webhooks_endpoint_change POST",
})  # fmt: skip
"""What was asked in vain: it left nothing, or a refusal. Their own tests do it, and say what it leaves."""


def named(one: Walked) -> str:
    return f"{plain(one.endpoint.name)} {one.method}"


@pytest.mark.parametrize("host", [ACME.host, PLATFORM.host])
def test_the_log_gets_what_each_address_says(acme: Tenant, globex: Tenant, settings: Any, host: str) -> None:
    settings.API_LIMITS = {}
    walked = list(walk(host, BODIES))
    assert len(walked) >= 120
    undone, left_something = set(), set()
    for one in walked:
        trail = trail_of(one.endpoint, one.method)
        assert trail is not None
        left = {entry for entry, _ in one.entries}
        refused = {Entry(Action.REFUSAL), Entry(Action.FAILURE)} & left
        assert one.status < 500 and Entry(Action.FAILURE) not in left, (named(one), one.status)
        if refused or not one.done:
            assert one.method != "GET" or one.status in (403, 404, 409, 410), (named(one), one.status)
        else:
            assert left <= trail.entries, (named(one), left - trail.entries)
        if trail.entries and not trail.because and not left - refused:
            undone.add(named(one))
        elif left - refused:
            left_something.add(named(one))
    unknown = undone - UNDONE - FOREIGN
    assert not unknown, sorted(unknown)
    assert not UNDONE & left_something, f"these do something now: {sorted(UNDONE & left_something)}"


FOREIGN: Final = frozenset({
    # one's own alone, and nobody of the walk is their maker
    "api:own-token-revoke POST", "api:own-token-rotate POST", "api:upload-detail PATCH", "api:upload-detail DELETE",
    "api:entry-proof GET", "saved POST", "forgot POST",
    # its reading is an entry; there was nothing to be decided
    "compliance_documentrequest_change POST",
})  # fmt: skip


def test_what_is_read_is_named_by_its_id(acme: Tenant, settings: Any) -> None:
    settings.API_LIMITS = {}
    kinds = {
        "recordings.recording": "recording", "specs.spec": "spec", "specs.specversion": "version",
        "inference.modelcall": "call", "webhooks.delivery": "delivery", "audit.export": "export",
        "compliance.report": "report", "compliance.run": "run", "compliance.documentrequest": "document_request",
    }  # fmt: skip
    read = {}
    for one in walk(ACME.host, BODIES):
        for entry, key in one.entries:
            if one.method == "GET" and entry.action == Action.ACCESS:
                assert key == ("" if entry.kind == "audit.entry" else one.ids[kinds[entry.kind]]), named(one)
                read[named(one)] = entry.kind
    assert {
        "api:recording-detail GET", "api:spec-detail GET", "api:version-detail GET", "api:call-detail GET",
        "api:delivery-detail GET", "api:entry-list GET", "api:entry-detail GET", "api:export-file GET", "audit GET",
        "audit_entry GET", "recordings_recording_change GET", "specs_spec_change GET", "specs_spec_edit GET",
        "specs_spec_changes GET", "inference_modelcall_change GET", "specs_spec_history GET",
    } <= read.keys()  # fmt: skip


def test_nothing_is_said_of_what_is_not_there() -> None:
    there = {(plain(endpoint.name), method) for endpoint in endpoints() for method in endpoint.methods}
    assert sorted(all_said().keys() - there) == []


class Unsaid:
    """A URLconf with an address that says what it needs, and not what it leaves."""

    from apps.access.permissions import Permission

    urlpatterns: ClassVar = [path("unsaid/", view_of(Permission.RECORDINGS_READ), name="unsaid")]


def test_an_address_that_says_nothing_fails_the_check(settings: Any) -> None:
    assert everything_leaves_a_trail() == []
    settings.ROOT_URLCONF = Unsaid
    found = everything_leaves_a_trail()
    assert [message.id for message in found] == ["access.E002"] * 5 and "GET /unsaid/" in found[0].msg


def test_silence_has_a_reason() -> None:
    with pytest.raises(ValueError, match="why"):
        Trail(frozenset())
    with pytest.raises(ValueError, match="why"):
        nothing("noise")


def test_the_page_of_the_docs_says_what_the_code_says() -> None:
    """Write it again: manage.py audit_entries --file docs/audit-entries.md"""
    assert (ROOT / "docs/audit-entries.md").read_text("utf-8") == page()


def test_each_action_has_its_meaning_and_keeps_its_number() -> None:
    assert set(MEANINGS) == set(Action)
    assert {action.label: action.value for action in Action} == {
        "create": 0, "update": 1, "delete": 2, "access": 3, "sign-in": 4, "sign-in failed": 5, "sign-out": 6,
        "refusal": 7, "failure": 8, "export": 9, "check": 10, "state change": 11, "pruning": 12, "log key": 13,
        "token use": 14, "operation": 15,
    }  # fmt: skip
