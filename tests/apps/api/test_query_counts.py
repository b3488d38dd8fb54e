"""How many statements each operation sends is a baseline: one more is a change that somebody meant."""

from __future__ import annotations

import base64
import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from apps.access.specimen import registered
from apps.accounts import invitations
from apps.accounts.models import Role, Token, User
from apps.audit.models import Entry
from apps.compliance import promises, running
from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import CheckState, Mailing, Report
from apps.recordings import uploads
from apps.specs import approving
from apps.specs.models import SpecVersion
from apps.tenants.walls import behind
from tests.apps.api.conftest import NEW, Program, in_days, token_of
from tests.apps.compliance.reports.pictures import png
from tests.apps.recordings.conftest import packed
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, BOB

ROOT = Path(__file__).resolve().parents[3]
BASELINE = Path(__file__).with_name("query_counts.json")
SESSION = packed("sign-in")
WEEKLY = {"name": "For the board", "every": "week", "weekday": 0, "hour": 8, "zone": "UTC", "roles": ["owner"]}
KEY = {"Idempotency_Key": "0123456789abcdef"}


def count(program: Program, method: str, path: str, body: object = None, **headers: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = program.send(method, path, body, **headers)
    assert response.status_code < 300, response.content
    return len([query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def operations(alice: User, bob: User) -> dict[str, tuple[Any, ...]]:
    """A request of each operation, by its id, in an order in which all of them are possible."""
    other, mine, third = token_of(BOB).token, token_of(ALICE).token, token_of(ALICE).token
    with behind(walls_of(ALICE)):
        invitation = invitations.invite(alice, "dora@acme.example", Role.ENGINEER)
        entry = Entry.objects.order_by("-id")[0]
        autodiscover_modules("specimens")
        kinds = registered()
        specs = [kinds["spec"].make({}) for _ in range(2)]
        draft, done = (SpecVersion.objects.get(id=kinds["version"].make({"spec": spec})) for spec in specs)
        approving.approve(done, digest=done.digest, by=alice)
        text = draft.text.reveal()
        failed, gone = (kinds["recording"].make({}) for _ in range(2))
        webhook, old = (kinds["webhook"].make({}) for _ in range(2))
        delivery = kinds["delivery"].make({"webhook": webhook})
        sink, old_sink = (kinds["sink"].make({}) for _ in range(2))
        call = kinds["call"].make({})
        held = kinds["log_hold"].make({})
        export = kinds["export"].make({})
        run, over = kinds["run"].make({}), kinds["exception"].make({"user": str(bob.id)})
        check, control = (next(iter(known)) for known in (catalogue().checks, catalogue().controls))
        running.ask(check)
        CheckState.objects.filter(check_key=check).update(outcome=Outcome.FAIL)
        weekly, over_weekly = (kinds["report_schedule"].make({}) for _ in range(2))
        of_weekly = {"report_schedule": weekly}
        asked, asked_too = (kinds["report_recipient"].make(of_weekly) for _ in range(2))
        report = kinds["report"].make(of_weekly)
        Report.objects.update(due=timezone.now() - datetime.timedelta(days=1))
        mailing = kinds["report_mailing"].make({**of_weekly, "report": report, "report_recipient": asked})
        Mailing.objects.update(state=Mailing.State.FAILED)
        upload, other_upload = (uploads.begin(name="s.json", size=len(SESSION), by=alice.id).id for _ in range(2))
    return {
        "get_me": ("get", "/me"),
        "list_own_tokens": ("get", "/me/tokens"),
        "get_own_token": ("get", f"/me/tokens/{mine.id}"),
        "create_token": ("post", "/me/tokens", {**NEW, "expires": in_days(1)}),
        "rotate_token": ("post", f"/me/tokens/{mine.id}/rotate", {"expires": in_days(1)}),
        "revoke_own_token": ("post", f"/me/tokens/{third.id}/revoke"),
        "list_tokens": ("get", "/tokens"),
        "get_token": ("get", f"/tokens/{other.id}"),
        "revoke_token": ("post", f"/tokens/{other.id}/revoke"),
        "list_users": ("get", "/users"),
        "get_user": ("get", f"/users/{bob.id}"),
        "change_role": ("patch", f"/users/{bob.id}", {"role": "owner"}),
        "deactivate_user": ("post", f"/users/{bob.id}/deactivate"),
        "reactivate_user": ("post", f"/users/{bob.id}/reactivate"),
        "list_invitations": ("get", "/invitations"),
        "get_invitation": ("get", f"/invitations/{invitation.id}"),
        "invite": ("post", "/invitations", {"email": "emil@acme.example", "role": "engineer"}),
        "withdraw_invitation": ("post", f"/invitations/{invitation.id}/withdraw"),
        "list_recordings": ("get", "/recordings"),
        "get_recording": ("get", f"/recordings/{failed}"),
        "hold_recording": ("post", f"/recordings/{failed}/hold", {"why": "A dispute"}),
        "lift_hold": ("post", f"/recordings/{failed}/lift"),
        "retry_recording": ("post", f"/recordings/{failed}/retry"),
        "discard_recording": ("post", f"/recordings/{gone}/discard"),
        "forget_person": ("post", "/recordings/forget", {"end_user": "emil"}),
        "begin_upload": ("post", "/recordings/uploads", {"name": "s.json", "size": 10}),
        "get_upload": ("get", f"/recordings/uploads/{upload}"),
        "send_part": ("patch", f"/recordings/uploads/{upload}", SESSION, {"Upload_Offset": "0"}),
        "give_up_upload": ("delete", f"/recordings/uploads/{other_upload}"),
        "list_specs": ("get", "/specs"),
        "get_spec": ("get", f"/specs/{specs[0]}"),
        "export_specs": ("get", f"/specs/export?specs={specs[1]}&target=playwright-ts"),
        "list_versions": ("get", f"/versions?spec={specs[0]}"),
        "get_version": ("get", f"/versions/{draft.id}"),
        "check_text": ("post", f"/versions/{draft.id}/check", {"text": text}),
        "approve_version": ("post", f"/versions/{draft.id}/approve", {"digest": draft.digest}),
        "edit_version": ("post", f"/versions/{draft.id}/edit", {"text": text.replace("Specimen", "Another")}),
        "retire_spec": ("post", f"/specs/{specs[1]}/retire"),
        "list_webhooks": ("get", "/webhooks"),
        "create_webhook": ("post", "/webhooks", {"url": "https://hooks.example/x", "events": ["spec.ready"]}),
        "get_webhook": ("get", f"/webhooks/{webhook}"),
        "change_webhook": ("patch", f"/webhooks/{webhook}", {"events": ["spec.failed"]}),
        "delete_webhook": ("delete", f"/webhooks/{old}"),
        "test_webhook": ("post", f"/webhooks/{webhook}/test"),
        "list_deliveries": ("get", f"/webhooks/deliveries?webhook={webhook}"),
        "get_delivery": ("get", f"/webhooks/deliveries/{delivery}"),
        "redeliver": ("post", f"/webhooks/deliveries/{delivery}/redeliver"),
        "get_webhook_key": ("get", "/webhooks/key"),
        "rotate_webhook_key": ("post", "/webhooks/key/rotate"),
        "list_sinks": ("get", "/siem/sinks"),
        "create_sink": ("post", "/siem/sinks", {"url": "https://siem.example/x", "format": "json"}),
        "get_sink": ("get", f"/siem/sinks/{sink}"),
        "change_sink": ("patch", f"/siem/sinks/{sink}", {"batch_size": 20}),
        "delete_sink": ("delete", f"/siem/sinks/{old_sink}"),
        "test_sink": ("post", f"/siem/sinks/{sink}/test"),
        "replay_sink": ("post", f"/siem/sinks/{sink}/replay", {"from": 0}),
        "get_model_settings": ("get", "/inference/settings"),
        "change_model_settings": ("patch", "/inference/settings", {"writer": "refined", "client": "anthropic"}),
        "list_model_calls": ("get", "/inference/calls"),
        "get_model_call": ("get", f"/inference/calls/{call}"),
        "get_model_usage": ("get", "/inference/usage"),
        "list_audit_entries": ("get", "/audit/entries"),
        "get_audit_entry": ("get", f"/audit/entries/{entry.id}"),
        "get_audit_log": ("get", "/audit/log"),
        "list_checkpoints": ("get", "/audit/checkpoints"),
        "rotate_audit_key": ("post", "/audit/log/key/rotate"),
        "list_log_holds": ("get", "/audit/holds"),
        "hold_log": ("post", "/audit/holds", {"why": "A dispute"}),
        "get_log_hold": ("get", f"/audit/holds/{held}"),
        "lift_log_hold": ("post", f"/audit/holds/{held}/lift", {"why": "It is over"}),
        "list_audit_exports": ("get", "/audit/exports"),
        "create_audit_export": ("post", "/audit/exports", {"format": "csv", "action": "refusal"}),
        "get_audit_export": ("get", f"/audit/exports/{export}"),
        "get_posture": ("get", "/compliance/posture"),
        "list_promises": ("get", "/compliance/promises"),
        "get_promise": ("get", "/compliance/promises/P1"),
        "accept_promises": ("post", "/compliance/promises/accept", {"digest": promises.digest()}),
        "list_controls": ("get", "/compliance/controls"),
        "get_control": ("get", f"/compliance/controls/{control}"),
        "list_checks": ("get", "/compliance/checks"),
        "get_check": ("get", f"/compliance/checks/{check}"),
        "run_check": ("post", f"/compliance/checks/{check}/run"),
        "list_runs": ("get", "/compliance/runs"),
        "get_run": ("get", f"/compliance/runs/{run}"),
        "download_evidence": ("get", "/compliance/evidence?first=2026-01-01&last=2026-01-31"),
        "list_exceptions": ("get", "/compliance/exceptions"),
        "get_exception": ("get", f"/compliance/exceptions/{over}"),
        "create_exception": (
            "post",
            "/compliance/exceptions",
            {"check": check, "reason": "A move", "expires": in_days(1)},
        ),
        "change_exception": ("patch", f"/compliance/exceptions/{over}", {"reason": "Another"}),
        "end_exception": ("post", f"/compliance/exceptions/{over}/end"),
        "download_audit_export": ("get", f"/audit/exports/{export}/file"),
        "list_report_schedules": ("get", "/reports/schedules"),
        "create_report_schedule": ("post", "/reports/schedules", WEEKLY),
        "get_report_schedule": ("get", f"/reports/schedules/{weekly}"),
        "change_report_schedule": ("patch", f"/reports/schedules/{weekly}", {"hour": 9}),
        "list_report_recipients": ("get", f"/reports/recipients?schedule={weekly}"),
        "create_report_recipient": (
            "post",
            "/reports/recipients",
            {"schedule": weekly, "email": "dora@acme.example"},
        ),
        "get_report_recipient": ("get", f"/reports/recipients/{asked}"),
        "ask_report_recipient": ("post", f"/reports/recipients/{asked}/ask"),
        "delete_report_recipient": ("delete", f"/reports/recipients/{asked_too}"),
        "send_report": ("post", f"/reports/schedules/{weekly}/send"),
        "list_reports": ("get", "/reports"),
        "get_report": ("get", f"/reports/{report}"),
        "list_report_mailings": ("get", f"/reports/mailings?report={report}"),
        "mail_report_again": ("post", f"/reports/mailings/{mailing}/again"),
        "delete_report_schedule": ("delete", f"/reports/schedules/{over_weekly}"),
        "get_letterhead": ("get", "/reports/letterhead"),
        "set_letterhead": ("put", "/reports/letterhead", {"png": base64.b64encode(png(2, 2)).decode()}),
        "delete_letterhead": ("delete", "/reports/letterhead"),
    }


@pytest.mark.usefixtures("store", "asked")
def test_each_operation_sends_as_many_statements_as_it_did(alices: Program, alice: User, bob: User) -> None:
    asked = operations(alice, bob)
    alices.send("get", "/me")  # the token's use is noted, and the route to the host is known
    alices.send("get", "/audit/entries")  # and so is, once an hour, that it reads the log
    counted = {
        name: count(alices, method, path, *body[:1], **(body[1] if len(body) > 1 else {}))
        for name, (method, path, *body) in asked.items()
    }
    counted["create_token, with a key"] = count(alices, "post", "/me/tokens", {**NEW, "expires": in_days(1)}, **KEY)
    assert counted == json.loads(BASELINE.read_text("utf-8"))


def test_every_operation_of_the_document_is_counted(alice: User, bob: User) -> None:
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    named = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    # A proof needs an entry that was committed: its statements are counted in test_log_proofs.
    assert named - {"prove_audit_entry"} == set(operations(alice, bob))


@pytest.mark.parametrize("kind", ["recording", "spec"])
def test_a_longer_page_of_what_is_sealed_sends_no_more_statements(kind: str, alices: Program) -> None:
    autodiscover_modules("specimens")
    counts = []
    alices.send("get", "/me")
    for _ in range(3):
        with behind(walls_of(ALICE)):
            for _ in range(3):
                registered()[kind].make({})
        counts.append(count(alices, "get", f"/{kind}s"))
    assert counts == counts[:1] * 3


def test_a_longer_page_sends_no_more_statements(alices: Program) -> None:
    alices.send("get", "/me")
    before = count(alices, "get", "/tokens")
    for _ in range(10):
        token_of(BOB)
    assert count(alices, "get", "/tokens") == before
    with behind(walls_of(ALICE)):
        assert Token.objects.count() == 11
