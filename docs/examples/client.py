"""Specward's API: one method for each operation, with the standard library alone.

Made from openapi.yaml by docs/examples/write_client.py. Copy it, and make it anew when the document changes.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

ROOT = "/api/v1"


class Problem(Exception):
    """A refusal (RFC 9457). ``code`` stays as it is; ``said`` is all of it, ``headers`` are those of the answer."""

    def __init__(self, status: int, said: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        self.status, self.said, self.headers = status, said, headers
        self.code = str(said.get("code", ""))
        super().__init__(f"{status} {self.code}: {said.get('detail', '')}")


class Client:
    """Asks at ``address`` (``https://acme.example``) with a token. ``host`` where the address is not the tenant's own.

    Answers are what their JSON says; of an export, its bytes. Raises Problem, and OSError where nobody answers.
    """

    def __init__(self, address: str, token: str, *, host: str | None = None, timeout: float = 600) -> None:
        if not address.startswith(("https://", "http://")):
            raise ValueError("Write the address as https://...")
        self._address, self._timeout = address.rstrip("/"), timeout
        self._headers = {"Authorization": f"Bearer {token}"} | ({"Host": host} if host else {})

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
    ) -> Any:
        asked = urllib.parse.urlencode({k: v for k, v in (query or {}).items() if v is not None})
        sent = {**self._headers, **{k: str(v) for k, v in (headers or {}).items() if v is not None}}
        if body is not None:
            sent["Content-Type"] = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        address = f"{self._address}{ROOT}{path}" + (f"?{asked}" if asked else "")
        request = urllib.request.Request(address, content, sent, method=method)  # noqa: S310  # see __init__
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                kind, found = answer.headers.get_content_type(), answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                raise Problem(refused.code, _said(refused.read()), dict(refused.headers)) from None
        return json.loads(found) if kind == "application/json" and found else found or None

    def list_checkpoints(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List the checkpoints of the audit log."""
        return self._ask("GET", "/audit/checkpoints", query={"cursor": cursor, "page_size": page_size})

    def list_audit_entries(
        self,
        *,
        action: str | None = None,
        actor: str | None = None,
        cursor: str | None = None,
        index: int | None = None,
        object_pk: str | None = None,
        object_type: str | None = None,
        page_size: int | None = None,
        request_id: str | None = None,
        since: str | None = None,
        token: str | None = None,
        until: str | None = None,
    ) -> Any:
        """Read the audit log."""
        return self._ask(
            "GET",
            "/audit/entries",
            query={
                "action": action,
                "actor": actor,
                "cursor": cursor,
                "index": index,
                "object_pk": object_pk,
                "object_type": object_type,
                "page_size": page_size,
                "request_id": request_id,
                "since": since,
                "token": token,
                "until": until,
            },
        )

    def get_audit_entry(self, entry_id: str) -> Any:
        """Read an entry of the audit log."""
        return self._ask("GET", f"/audit/entries/{_in_path(entry_id)}")

    def prove_audit_entry(self, entry_id: str) -> Any:
        """Prove an entry of the audit log."""
        return self._ask("GET", f"/audit/entries/{_in_path(entry_id)}/proof")

    def list_audit_exports(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List exports of the audit log."""
        return self._ask("GET", "/audit/exports", query={"cursor": cursor, "page_size": page_size})

    def create_audit_export(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Export the audit log."""
        return self._ask("POST", "/audit/exports", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_audit_export(self, export_id: str) -> Any:
        """Read how far an export is."""
        return self._ask("GET", f"/audit/exports/{_in_path(export_id)}")

    def download_audit_export(self, export_id: str, *, if_range: str | None = None, range: str | None = None) -> Any:
        """Download an export."""
        return self._ask(
            "GET", f"/audit/exports/{_in_path(export_id)}/file", headers={"If-Range": if_range, "Range": range}
        )

    def list_log_holds(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List legal holds of the log."""
        return self._ask("GET", "/audit/holds", query={"cursor": cursor, "page_size": page_size})

    def hold_log(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Place a legal hold of the log."""
        return self._ask("POST", "/audit/holds", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_log_hold(self, log_hold_id: str) -> Any:
        """Read a legal hold of the log."""
        return self._ask("GET", f"/audit/holds/{_in_path(log_hold_id)}")

    def lift_log_hold(self, log_hold_id: str, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Lift a legal hold of the log."""
        return self._ask(
            "POST",
            f"/audit/holds/{_in_path(log_hold_id)}/lift",
            headers={"Idempotency-Key": idempotency_key},
            body=body,
        )

    def get_audit_log(self) -> Any:
        """See how far the audit log is signed."""
        return self._ask("GET", "/audit/log")

    def rotate_audit_key(self, *, idempotency_key: str | None = None) -> Any:
        """Give the audit log a new key."""
        return self._ask("POST", "/audit/log/key/rotate", headers={"Idempotency-Key": idempotency_key})

    def list_checks(self) -> Any:
        """List the checks."""
        return self._ask("GET", "/compliance/checks")

    def get_check(self, check_key: str) -> Any:
        """Read a check."""
        return self._ask("GET", f"/compliance/checks/{_in_path(check_key)}")

    def run_check(self, check_key: str, *, idempotency_key: str | None = None) -> Any:
        """Run a check."""
        return self._ask(
            "POST", f"/compliance/checks/{_in_path(check_key)}/run", headers={"Idempotency-Key": idempotency_key}
        )

    def list_controls(self) -> Any:
        """List the controls."""
        return self._ask("GET", "/compliance/controls")

    def get_control(self, control_key: str) -> Any:
        """Read a control."""
        return self._ask("GET", f"/compliance/controls/{_in_path(control_key)}")

    def download_evidence(
        self, *, control: str | None = None, first: str | None = None, last: str | None = None
    ) -> Any:
        """Download evidence."""
        return self._ask("GET", "/compliance/evidence", query={"control": control, "first": first, "last": last})

    def list_exceptions(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List exceptions."""
        return self._ask("GET", "/compliance/exceptions", query={"cursor": cursor, "page_size": page_size})

    def create_exception(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Accept a failing check."""
        return self._ask("POST", "/compliance/exceptions", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_exception(self, exception_id: str) -> Any:
        """Read an exception."""
        return self._ask("GET", f"/compliance/exceptions/{_in_path(exception_id)}")

    def change_exception(self, exception_id: str, body: Mapping[str, Any]) -> Any:
        """Change an exception."""
        return self._ask("PATCH", f"/compliance/exceptions/{_in_path(exception_id)}", body=body)

    def end_exception(self, exception_id: str, *, idempotency_key: str | None = None) -> Any:
        """End an exception."""
        return self._ask(
            "POST", f"/compliance/exceptions/{_in_path(exception_id)}/end", headers={"Idempotency-Key": idempotency_key}
        )

    def get_posture(self) -> Any:
        """See whether each promise is kept."""
        return self._ask("GET", "/compliance/posture")

    def list_promises(self) -> Any:
        """List the promises."""
        return self._ask("GET", "/compliance/promises")

    def get_promise(self, promise_key: str) -> Any:
        """Read a promise."""
        return self._ask("GET", f"/compliance/promises/{_in_path(promise_key)}")

    def accept_promises(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Accept the promises."""
        return self._ask("POST", "/compliance/promises/accept", headers={"Idempotency-Key": idempotency_key}, body=body)

    def list_runs(
        self,
        *,
        check: str | None = None,
        cursor: str | None = None,
        outcome: str | None = None,
        page_size: int | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Any:
        """List runs of checks."""
        return self._ask(
            "GET",
            "/compliance/runs",
            query={
                "check": check,
                "cursor": cursor,
                "outcome": outcome,
                "page_size": page_size,
                "since": since,
                "until": until,
            },
        )

    def get_run(self, run_id: str) -> Any:
        """Read a run of a check."""
        return self._ask("GET", f"/compliance/runs/{_in_path(run_id)}")

    def list_model_calls(
        self,
        *,
        cursor: str | None = None,
        model: str | None = None,
        month: str | None = None,
        outcome: str | None = None,
        page_size: int | None = None,
        purpose: str | None = None,
        recording: str | None = None,
        state: str | None = None,
    ) -> Any:
        """List calls of models."""
        return self._ask(
            "GET",
            "/inference/calls",
            query={
                "cursor": cursor,
                "model": model,
                "month": month,
                "outcome": outcome,
                "page_size": page_size,
                "purpose": purpose,
                "recording": recording,
                "state": state,
            },
        )

    def get_model_call(self, call_id: str) -> Any:
        """Read a call of a model."""
        return self._ask("GET", f"/inference/calls/{_in_path(call_id)}")

    def get_model_settings(self) -> Any:
        """Read the settings of models."""
        return self._ask("GET", "/inference/settings")

    def change_model_settings(self, body: Mapping[str, Any]) -> Any:
        """Change the settings of models."""
        return self._ask("PATCH", "/inference/settings", body=body)

    def get_model_usage(self) -> Any:
        """Read what models took."""
        return self._ask("GET", "/inference/usage")

    def list_invitations(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List invitations."""
        return self._ask("GET", "/invitations", query={"cursor": cursor, "page_size": page_size})

    def invite(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Invite somebody."""
        return self._ask("POST", "/invitations", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_invitation(self, invitation_id: str) -> Any:
        """Read an invitation."""
        return self._ask("GET", f"/invitations/{_in_path(invitation_id)}")

    def withdraw_invitation(self, invitation_id: str, *, idempotency_key: str | None = None) -> Any:
        """Withdraw an invitation."""
        return self._ask(
            "POST", f"/invitations/{_in_path(invitation_id)}/withdraw", headers={"Idempotency-Key": idempotency_key}
        )

    def get_me(self) -> Any:
        """Read who asks."""
        return self._ask("GET", "/me")

    def list_own_tokens(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List one's own tokens."""
        return self._ask("GET", "/me/tokens", query={"cursor": cursor, "page_size": page_size})

    def create_token(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Make a token."""
        return self._ask("POST", "/me/tokens", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_own_token(self, token_id: str) -> Any:
        """Read a token of one's own."""
        return self._ask("GET", f"/me/tokens/{_in_path(token_id)}")

    def revoke_own_token(self, token_id: str, *, idempotency_key: str | None = None) -> Any:
        """Revoke a token of one's own."""
        return self._ask(
            "POST", f"/me/tokens/{_in_path(token_id)}/revoke", headers={"Idempotency-Key": idempotency_key}
        )

    def rotate_token(self, token_id: str, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Rotate a token."""
        return self._ask(
            "POST", f"/me/tokens/{_in_path(token_id)}/rotate", headers={"Idempotency-Key": idempotency_key}, body=body
        )

    def list_recordings(
        self,
        *,
        cursor: str | None = None,
        end_user: str | None = None,
        page_size: int | None = None,
        since: str | None = None,
        state: str | None = None,
        until: str | None = None,
    ) -> Any:
        """List recordings."""
        return self._ask(
            "GET",
            "/recordings",
            query={
                "cursor": cursor,
                "end_user": end_user,
                "page_size": page_size,
                "since": since,
                "state": state,
                "until": until,
            },
        )

    def get_recording(self, recording_id: str) -> Any:
        """Read a recording."""
        return self._ask("GET", f"/recordings/{_in_path(recording_id)}")

    def discard_recording(self, recording_id: str, *, idempotency_key: str | None = None) -> Any:
        """Discard a recording."""
        return self._ask(
            "POST", f"/recordings/{_in_path(recording_id)}/discard", headers={"Idempotency-Key": idempotency_key}
        )

    def hold_recording(self, recording_id: str, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Place a legal hold."""
        return self._ask(
            "POST",
            f"/recordings/{_in_path(recording_id)}/hold",
            headers={"Idempotency-Key": idempotency_key},
            body=body,
        )

    def lift_hold(self, recording_id: str, *, idempotency_key: str | None = None) -> Any:
        """Lift a legal hold."""
        return self._ask(
            "POST", f"/recordings/{_in_path(recording_id)}/lift", headers={"Idempotency-Key": idempotency_key}
        )

    def retry_recording(self, recording_id: str, *, idempotency_key: str | None = None) -> Any:
        """Try again."""
        return self._ask(
            "POST", f"/recordings/{_in_path(recording_id)}/retry", headers={"Idempotency-Key": idempotency_key}
        )

    def forget_person(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Forget a recorded person."""
        return self._ask("POST", "/recordings/forget", headers={"Idempotency-Key": idempotency_key}, body=body)

    def begin_upload(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Begin an upload."""
        return self._ask("POST", "/recordings/uploads", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_upload(self, upload_id: str) -> Any:
        """Read how far an upload is."""
        return self._ask("GET", f"/recordings/uploads/{_in_path(upload_id)}")

    def send_part(self, upload_id: str, body: bytes, *, upload_offset: int) -> Any:
        """Send a part of an upload."""
        return self._ask(
            "PATCH", f"/recordings/uploads/{_in_path(upload_id)}", headers={"Upload-Offset": upload_offset}, body=body
        )

    def give_up_upload(self, upload_id: str) -> Any:
        """Give up an upload."""
        return self._ask("DELETE", f"/recordings/uploads/{_in_path(upload_id)}")

    def list_reports(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List reports."""
        return self._ask("GET", "/reports", query={"cursor": cursor, "page_size": page_size})

    def get_report(self, report_id: str) -> Any:
        """Read a report."""
        return self._ask("GET", f"/reports/{_in_path(report_id)}")

    def get_letterhead(self) -> Any:
        """Read about the picture on reports."""
        return self._ask("GET", "/reports/letterhead")

    def set_letterhead(self, body: Mapping[str, Any]) -> Any:
        """Put a picture on reports."""
        return self._ask("PUT", "/reports/letterhead", body=body)

    def delete_letterhead(self) -> Any:
        """Take the picture off reports."""
        return self._ask("DELETE", "/reports/letterhead")

    def list_report_mailings(
        self, *, cursor: str | None = None, page_size: int | None = None, report: str | None = None
    ) -> Any:
        """List mails of reports."""
        return self._ask("GET", "/reports/mailings", query={"cursor": cursor, "page_size": page_size, "report": report})

    def mail_report_again(self, report_mailing_id: str, *, idempotency_key: str | None = None) -> Any:
        """Mail it again."""
        return self._ask(
            "POST",
            f"/reports/mailings/{_in_path(report_mailing_id)}/again",
            headers={"Idempotency-Key": idempotency_key},
        )

    def list_report_recipients(
        self, *, cursor: str | None = None, page_size: int | None = None, schedule: str | None = None
    ) -> Any:
        """List recipients of reports."""
        return self._ask(
            "GET", "/reports/recipients", query={"cursor": cursor, "page_size": page_size, "schedule": schedule}
        )

    def create_report_recipient(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Add a recipient of reports."""
        return self._ask("POST", "/reports/recipients", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_report_recipient(self, report_recipient_id: str) -> Any:
        """Read a recipient of reports."""
        return self._ask("GET", f"/reports/recipients/{_in_path(report_recipient_id)}")

    def delete_report_recipient(self, report_recipient_id: str) -> Any:
        """Take a recipient away."""
        return self._ask("DELETE", f"/reports/recipients/{_in_path(report_recipient_id)}")

    def ask_report_recipient(self, report_recipient_id: str, *, idempotency_key: str | None = None) -> Any:
        """Ask again."""
        return self._ask(
            "POST",
            f"/reports/recipients/{_in_path(report_recipient_id)}/ask",
            headers={"Idempotency-Key": idempotency_key},
        )

    def list_report_schedules(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List schedules of reports."""
        return self._ask("GET", "/reports/schedules", query={"cursor": cursor, "page_size": page_size})

    def create_report_schedule(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Make a schedule of reports."""
        return self._ask("POST", "/reports/schedules", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_report_schedule(self, report_schedule_id: str) -> Any:
        """Read a schedule of reports."""
        return self._ask("GET", f"/reports/schedules/{_in_path(report_schedule_id)}")

    def change_report_schedule(self, report_schedule_id: str, body: Mapping[str, Any]) -> Any:
        """Change a schedule of reports."""
        return self._ask("PATCH", f"/reports/schedules/{_in_path(report_schedule_id)}", body=body)

    def delete_report_schedule(self, report_schedule_id: str) -> Any:
        """Take a schedule away."""
        return self._ask("DELETE", f"/reports/schedules/{_in_path(report_schedule_id)}")

    def send_report(self, report_schedule_id: str, *, idempotency_key: str | None = None) -> Any:
        """Send a report now."""
        return self._ask(
            "POST",
            f"/reports/schedules/{_in_path(report_schedule_id)}/send",
            headers={"Idempotency-Key": idempotency_key},
        )

    def list_sinks(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List sinks."""
        return self._ask("GET", "/siem/sinks", query={"cursor": cursor, "page_size": page_size})

    def create_sink(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Make a sink."""
        return self._ask("POST", "/siem/sinks", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_sink(self, sink_id: str) -> Any:
        """Read a sink."""
        return self._ask("GET", f"/siem/sinks/{_in_path(sink_id)}")

    def change_sink(self, sink_id: str, body: Mapping[str, Any]) -> Any:
        """Change a sink."""
        return self._ask("PATCH", f"/siem/sinks/{_in_path(sink_id)}", body=body)

    def delete_sink(self, sink_id: str) -> Any:
        """Take a sink away."""
        return self._ask("DELETE", f"/siem/sinks/{_in_path(sink_id)}")

    def replay_sink(self, sink_id: str, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Send again."""
        return self._ask(
            "POST", f"/siem/sinks/{_in_path(sink_id)}/replay", headers={"Idempotency-Key": idempotency_key}, body=body
        )

    def test_sink(self, sink_id: str, *, idempotency_key: str | None = None) -> Any:
        """Try a sink."""
        return self._ask("POST", f"/siem/sinks/{_in_path(sink_id)}/test", headers={"Idempotency-Key": idempotency_key})

    def list_specs(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List specs."""
        return self._ask("GET", "/specs", query={"cursor": cursor, "page_size": page_size})

    def get_spec(self, spec_id: str) -> Any:
        """Read a spec."""
        return self._ask("GET", f"/specs/{_in_path(spec_id)}")

    def retire_spec(self, spec_id: str, *, idempotency_key: str | None = None) -> Any:
        """Retire a spec."""
        return self._ask("POST", f"/specs/{_in_path(spec_id)}/retire", headers={"Idempotency-Key": idempotency_key})

    def export_specs(self, *, specs: str, target: str | None = None) -> Any:
        """Export specs."""
        return self._ask("GET", "/specs/export", query={"specs": specs, "target": target})

    def list_tokens(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List everybody's tokens."""
        return self._ask("GET", "/tokens", query={"cursor": cursor, "page_size": page_size})

    def get_token(self, token_id: str) -> Any:
        """Read a token."""
        return self._ask("GET", f"/tokens/{_in_path(token_id)}")

    def revoke_token(self, token_id: str, *, idempotency_key: str | None = None) -> Any:
        """Revoke anybody's token."""
        return self._ask("POST", f"/tokens/{_in_path(token_id)}/revoke", headers={"Idempotency-Key": idempotency_key})

    def list_users(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List the people of the tenant."""
        return self._ask("GET", "/users", query={"cursor": cursor, "page_size": page_size})

    def get_user(self, user_id: str) -> Any:
        """Read a person."""
        return self._ask("GET", f"/users/{_in_path(user_id)}")

    def change_role(self, user_id: str, body: Mapping[str, Any]) -> Any:
        """Change a person's role or window."""
        return self._ask("PATCH", f"/users/{_in_path(user_id)}", body=body)

    def deactivate_user(self, user_id: str, *, idempotency_key: str | None = None) -> Any:
        """Deactivate a person."""
        return self._ask("POST", f"/users/{_in_path(user_id)}/deactivate", headers={"Idempotency-Key": idempotency_key})

    def reactivate_user(self, user_id: str, *, idempotency_key: str | None = None) -> Any:
        """Let a person in again."""
        return self._ask("POST", f"/users/{_in_path(user_id)}/reactivate", headers={"Idempotency-Key": idempotency_key})

    def list_versions(
        self,
        *,
        cursor: str | None = None,
        page_size: int | None = None,
        spec: str | None = None,
        state: str | None = None,
    ) -> Any:
        """List versions of specs."""
        return self._ask(
            "GET", "/versions", query={"cursor": cursor, "page_size": page_size, "spec": spec, "state": state}
        )

    def get_version(self, version_id: str) -> Any:
        """Read a version."""
        return self._ask("GET", f"/versions/{_in_path(version_id)}")

    def approve_version(self, version_id: str, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Approve a version."""
        return self._ask(
            "POST", f"/versions/{_in_path(version_id)}/approve", headers={"Idempotency-Key": idempotency_key}, body=body
        )

    def check_text(self, version_id: str, body: Mapping[str, Any]) -> Any:
        """Check a text."""
        return self._ask("POST", f"/versions/{_in_path(version_id)}/check", body=body)

    def edit_version(self, version_id: str, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Edit a version."""
        return self._ask(
            "POST", f"/versions/{_in_path(version_id)}/edit", headers={"Idempotency-Key": idempotency_key}, body=body
        )

    def list_webhooks(self, *, cursor: str | None = None, page_size: int | None = None) -> Any:
        """List endpoints."""
        return self._ask("GET", "/webhooks", query={"cursor": cursor, "page_size": page_size})

    def create_webhook(self, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> Any:
        """Make an endpoint."""
        return self._ask("POST", "/webhooks", headers={"Idempotency-Key": idempotency_key}, body=body)

    def get_webhook(self, webhook_id: str) -> Any:
        """Read an endpoint."""
        return self._ask("GET", f"/webhooks/{_in_path(webhook_id)}")

    def change_webhook(self, webhook_id: str, body: Mapping[str, Any]) -> Any:
        """Change an endpoint."""
        return self._ask("PATCH", f"/webhooks/{_in_path(webhook_id)}", body=body)

    def delete_webhook(self, webhook_id: str) -> Any:
        """Take an endpoint away."""
        return self._ask("DELETE", f"/webhooks/{_in_path(webhook_id)}")

    def test_webhook(self, webhook_id: str, *, idempotency_key: str | None = None) -> Any:
        """Try an endpoint."""
        return self._ask("POST", f"/webhooks/{_in_path(webhook_id)}/test", headers={"Idempotency-Key": idempotency_key})

    def list_deliveries(
        self,
        *,
        cursor: str | None = None,
        page_size: int | None = None,
        state: str | None = None,
        webhook: str | None = None,
    ) -> Any:
        """List deliveries."""
        return self._ask(
            "GET",
            "/webhooks/deliveries",
            query={"cursor": cursor, "page_size": page_size, "state": state, "webhook": webhook},
        )

    def get_delivery(self, delivery_id: str) -> Any:
        """Read a delivery."""
        return self._ask("GET", f"/webhooks/deliveries/{_in_path(delivery_id)}")

    def redeliver(self, delivery_id: str, *, idempotency_key: str | None = None) -> Any:
        """Send it again."""
        return self._ask(
            "POST",
            f"/webhooks/deliveries/{_in_path(delivery_id)}/redeliver",
            headers={"Idempotency-Key": idempotency_key},
        )

    def get_webhook_key(self) -> Any:
        """Read the public key."""
        return self._ask("GET", "/webhooks/key")

    def rotate_webhook_key(self, *, idempotency_key: str | None = None) -> Any:
        """Change the key."""
        return self._ask("POST", "/webhooks/key/rotate", headers={"Idempotency-Key": idempotency_key})


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}  # of something on the way, which is none of ours
    return said if isinstance(said, dict) else {}


def _in_path(value: object) -> str:
    return urllib.parse.quote(str(value), safe="")
