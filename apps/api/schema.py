"""The OpenAPI document: what drf-spectacular cannot know of the conventions."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from apps.api.idempotency import HEADER, PATTERN, REPLAYED
from apps.api.problems import CONTENT_TYPE, OF_STATUS, TITLES, URN

_TAGS: Final[Mapping[str, str]] = {
    "me": "Who asks",
    "own-tokens": "Own tokens",
    "tokens": "Tokens",
    "users": "Users",
    "invitations": "Invitations",
    "entries": "Audit log",
    "exports": "Audit log",
    "log": "Audit log",
    "checkpoints": "Audit log",
    "log-holds": "Audit log",
    "proofs": "Audit log",
    "recordings": "Recordings",
    "uploads": "Uploads",
    "specs": "Specs",
    "versions": "Specs",
    "webhooks": "Webhooks",
    "webhook-deliveries": "Webhooks",
    "webhook-key": "Webhooks",
    "siem-sinks": "SIEM",
    **dict.fromkeys(("posture", "promises", "controls", "checks", "runs", "evidence", "exceptions"), "Compliance"),
    **dict.fromkeys(
        ("reports", "report-schedules", "report-recipients", "report-mailings", "report-letterhead"), "Reports"
    ),
    "inference-settings": "Models",
    "inference-calls": "Models",
    "inference-usage": "Models",
}
_CODES: Final = (*TITLES, "cursor-refused")
_SEALED: Final = frozenset({"recordings", "uploads", "specs", "versions", "webhooks", "webhook-key", "siem-sinks"})
"""Resources whose answers need the keys of the tenant."""
_BESIDES: Final[Mapping[tuple[str, str], tuple[int, ...]]] = {
    ("uploads", "partial_update"): (411,),
    ("specs", "export"): (404, 409),
    ("exports", "file"): (409, 416),
    ("proofs", "show"): (404, 409),
    ("report-recipients", "create"): (404,),
    ("exceptions", "create"): (404,),
    ("evidence", "file"): (404,),
}
"""Refusals of single actions, by resource and action."""
_ELSE: Final[Mapping[int, str]] = {
    409: "What is asked for does not go with what is there: `code` says why.",
    416: "The range begins behind the end of the file, whose size `Content-Range` says.",
    422: "Something in the request is not possible: `errors`, or `code`, says what.",
    503: "The keys of the tenant cannot be reached now. Nothing was changed; try again.",
}


class WrongSerializer(serializers.Serializer[Any]):
    """One thing that is wrong. Exactly one of pointer, parameter and header says where."""

    pointer = serializers.CharField(
        required=False, help_text="Where in the body: a JSON pointer as a fragment, such as `#/scopes/0`."
    )
    parameter = serializers.CharField(required=False, help_text="Which query parameter.")
    header = serializers.CharField(required=False, help_text="Which header.")
    line = serializers.IntegerField(min_value=1, required=False, help_text="In a text that stands there: the line.")
    column = serializers.IntegerField(min_value=1, required=False, help_text="And the column.")
    code = serializers.CharField(help_text="What kind of mistake, or the rule of the gate; it stays the same.")
    detail = serializers.CharField(help_text="What to do about it, for people.")
    hint = serializers.CharField(required=False, help_text="Of a mistake in a text: what to do.")


class FirstSerializer(serializers.Serializer[Any]):
    """The recording that the same bytes were before."""

    id = serializers.UUIDField(help_text="Its id.")
    address = serializers.CharField(help_text="Where it is read.")


class ProblemSerializer(serializers.Serializer[Any]):
    """A refusal, as in RFC 9457."""

    type = serializers.CharField(help_text=f"`{URN}` and the code.")
    title = serializers.CharField(help_text="What the code means, for people.")
    status = serializers.IntegerField(min_value=400, max_value=599, help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What was refused here, and what to do, for people.")
    code = serializers.ChoiceField(
        choices=[(code, TITLES.get(code, code)) for code in _CODES], help_text="For programs; it stays the same."
    )
    instance = serializers.CharField(
        required=False,
        help_text="The request: `urn:uuid:` and its `X-Request-ID`. Name it when you report a problem.",
    )
    first = FirstSerializer(required=False, help_text="With `recording.duplicate`.")
    offset = serializers.IntegerField(
        min_value=0, required=False, help_text="With `recording.wrong_offset`: where the next part begins."
    )
    newest = serializers.IntegerField(
        min_value=1, required=False, help_text="With `spec.overtaken`: the number of the newest version."
    )
    errors = WrongSerializer(  # type: ignore[assignment]  # DRF takes it out of the class
        many=True, required=False, help_text="Each thing that is wrong, and where."
    )


class Schema(AutoSchema):
    """Adds to each operation its tag, its problems, its headers and, for a POST, ``Idempotency-Key``."""

    def get_tags(self) -> list[str]:
        return [_TAGS[_resource(self.view)]]

    def get_override_parameters(self) -> list[Any]:
        if not self._is_done_once():
            return []
        words = (
            "Makes it safe to send the request again: the same request under the same key gets the first answer, for "
            "24 hours. A secret in it is given once only."
        )
        kind = {"type": "string", "pattern": PATTERN}
        return [OpenApiParameter(HEADER, kind, OpenApiParameter.HEADER, description=words)]

    def _is_done_once(self) -> bool:
        view: Any = self.view
        return self.method == "POST" and view.action not in view.only_tell

    def _is_file(self) -> bool:
        return (_resource(self.view), getattr(self.view, "action", "")) == ("exports", "file")

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        found: dict[str, Any] = super()._get_response_bodies(direction)
        for response in found.values():
            response["description"] = response["description"] or "As asked."
            response["headers"] = _headers("RateLimit-Policy", "RateLimit")
            if self._is_done_once():
                response["headers"] |= _headers(REPLAYED)
            if _resource(self.view) == "uploads":
                response["headers"] |= _headers("Upload-Offset")
            if self._is_file():
                response["headers"] |= _headers("Accept-Ranges", "ETag", "Repr-Digest", "Content-Disposition")
        if self._is_file():
            found["206"]["headers"] |= _headers("Content-Range")
        self.resolve_serializer(ProblemSerializer, direction)
        return found | {str(s): {"$ref": f"#/components/responses/{_name(s)}"} for s in self._refusals()}

    def _refusals(self) -> list[int]:
        statuses = [401, 405, 422, 429]
        if _resource(self.view) != "me":
            statuses.append(403)
        if "{" in self.path:
            statuses.append(404)
        if self.method in ("POST", "PATCH", "PUT"):
            statuses += [400, 409, 413, 415]
        if _resource(self.view) in _SEALED:
            statuses.append(503)
        statuses += _BESIDES.get((_resource(self.view), getattr(self.view, "action", "")), ())
        return sorted(statuses)


def _resource(view: Any) -> str:
    name: str = view.resource
    return name


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-ID", *names)}


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.replace(" ", "")


def add_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: the headers and the refusals that the operations refer to, and which operation follows
    from an answer."""
    for operation in (one for path in result["paths"].values() for one in path.values()):
        for status, following in _LINKS.get(operation["operationId"], {}).items():
            operation["responses"][status]["links"] = {
                name: {"operationId": name, "parameters": {parameter: expression}}
                for name, (parameter, expression) in following.items()
            }
    result["components"]["headers"] = dict(_HEADERS)
    result["components"]["responses"] = {_name(status): _refusal(status) for status in _STATUSES}
    return result


def _refusal(status: int) -> dict[str, Any]:
    known = OF_STATUS.get(status)
    return {
        "description": _ELSE[status] if known is None else known.detail,
        "headers": _headers("RateLimit-Policy", "RateLimit", *_AND.get(status, ())),
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


_Following = dict[str, tuple[str, str]]


def _of(parameter: str, pointer: str, *operations: str) -> _Following:
    return dict.fromkeys(operations, (parameter, f"$response.body#{pointer}"))


_LINKS: Final[Mapping[str, Mapping[str, _Following]]] = {
    "create_token": {"201": _of("token_id", "/id", "get_own_token", "get_token", "rotate_token", "revoke_own_token")},
    "rotate_token": {"201": _of("token_id", "/id", "get_own_token", "revoke_token")},
    "list_own_tokens": {"200": _of("token_id", "/items/0/id", "get_own_token")},
    "list_tokens": {"200": _of("token_id", "/items/0/id", "get_token") | _of("cursor", "/next", "list_tokens")},
    "list_users": {"200": _of("user_id", "/items/0/id", "get_user", "reactivate_user")},
    "invite": {"201": _of("invitation_id", "/id", "get_invitation", "withdraw_invitation")},
    "list_invitations": {"200": _of("invitation_id", "/items/0/id", "get_invitation")},
    "begin_upload": {"201": _of("upload_id", "/id", "get_upload", "send_part", "give_up_upload")},
    "send_part": {"200": _of("upload_id", "/id", "get_upload")},
    "list_recordings": {
        "200": _of("recording_id", "/items/0/id", "get_recording", "hold_recording", "lift_hold", "retry_recording")
        | _of("cursor", "/next", "list_recordings")
    },
    "list_specs": {
        "200": _of("spec_id", "/items/0/id", "get_spec", "retire_spec") | _of("cursor", "/next", "list_specs")
    },
    "get_spec": {"200": _of("version_id", "/newest", "get_version", "check_text", "edit_version", "approve_version")},
    "list_versions": {"200": _of("version_id", "/items/0/id", "get_version", "check_text")},
    "edit_version": {"201": _of("version_id", "/id", "get_version", "approve_version")},
    "hold_recording": {"200": _of("recording_id", "/id", "discard_recording", "lift_hold")},
    "create_webhook": {
        "201": _of("webhook_id", "/id", "get_webhook", "change_webhook", "test_webhook", "delete_webhook")
    },
    "list_webhooks": {"200": _of("webhook_id", "/items/0/id", "get_webhook", "test_webhook")},
    "test_webhook": {"201": _of("delivery_id", "/id", "get_delivery", "redeliver")},
    "list_deliveries": {"200": _of("delivery_id", "/items/0/id", "get_delivery")},
    "list_model_calls": {
        "200": _of("call_id", "/items/0/id", "get_model_call") | _of("cursor", "/next", "list_model_calls")
    },
    "create_audit_export": {"201": _of("export_id", "/id", "get_audit_export", "download_audit_export")},
    "list_audit_exports": {
        "200": _of("export_id", "/items/0/id", "get_audit_export") | _of("cursor", "/next", "list_audit_exports")
    },
    "hold_log": {"201": _of("log_hold_id", "/id", "get_log_hold", "lift_log_hold")},
    "list_log_holds": {"200": _of("log_hold_id", "/items/0/id", "get_log_hold", "lift_log_hold")},
    "list_controls": {"200": _of("control_key", "/items/0/key", "get_control")},
    "list_checks": {"200": _of("check_key", "/items/0/key", "get_check", "run_check")},
    "list_runs": {"200": _of("run_id", "/items/0/id", "get_run") | _of("cursor", "/next", "list_runs")},
    "create_exception": {"201": _of("exception_id", "/id", "get_exception", "change_exception", "end_exception")},
    "list_checkpoints": {"200": _of("cursor", "/next", "list_checkpoints")},
    "list_audit_entries": {
        "200": _of("entry_id", "/items/0/id", "get_audit_entry", "prove_audit_entry")
        | _of("cursor", "/next", "list_audit_entries")
    },
}
"""Which operations take what an answer holds: by operation and status (OpenAPI 3.1, 4.8.20)."""

_STATUSES: Final = (400, 401, 403, 404, 405, 409, 411, 413, 415, 416, 422, 429, 503)
_AND: Final[Mapping[int, tuple[str, ...]]] = {
    409: ("Retry-After", "Upload-Offset"),
    416: ("Content-Range",),
    429: ("Retry-After",),
}
_HEADERS: Final[Mapping[str, Any]] = {
    "X-Request-ID": {
        "description": "The id of the request, as it is in the audit log.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "RateLimit-Policy": {
        "description": 'Each limit: `"name";q=requests;w=seconds` (draft-ietf-httpapi-ratelimit-headers-10).',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'The limit that is nearest: `"name";r=requests left;t=seconds`.',
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}},
    "Upload-Offset": {"description": "Where the next part of the upload begins.", "schema": {"type": "string"}},
    "Accept-Ranges": {"description": "`bytes`: a range may be asked for.", "schema": {"type": "string"}},
    "Content-Range": {"description": "Which bytes of how many (RFC 9110, 14.4).", "schema": {"type": "string"}},
    "Content-Disposition": {"description": "A name for the file.", "schema": {"type": "string"}},
    "ETag": {"description": "SHA-256 of the file, in quotes: for `If-Range`.", "schema": {"type": "string"}},
    "Repr-Digest": {"description": "The same as RFC 9530 writes it.", "schema": {"type": "string"}},
    REPLAYED: {
        "description": "`true` where the answer was given before.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}


class ClosedBodies(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Bodies that are written take no field that is not there."""

    target_class = "apps.api.reading.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        found: dict[str, Any] = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        return {**found, "additionalProperties": False}


class Bearer(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a token is sent."""

    target_class = "apps.access.rest.ProvenCredential"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "swd_<tenant>_<secret>",
            "description": "A token of the tenant whose host is asked.",
        }
