"""Every refusal as RFC 9457 ``application/problem+json``: a stable code, a sentence to act on, and where it was wrong.

``type`` is a URN, so that it stays what it is wherever the documentation moves; ``code`` is its last part, and the code
of the domain's own error where there is one. ``instance`` names the request, as ``X-Request-ID`` does: it is what the
audit log and the server's own log know the request by. No part of it ever comes from an exception that nobody foresaw.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError

CONTENT_TYPE: Final = "application/problem+json"
URN: Final = "urn:specward:problem:"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong with a request. ``pointer`` is a JSON pointer into the body (RFC 6901, as a fragment);
    ``parameter`` and ``header`` are names. One of them is set. ``line`` and ``column`` count from 1 in a text that
    stands there, and ``hint`` says how to mend it."""

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None

    @property
    def as_json(self) -> dict[str, str | int]:
        places = {"pointer": self.pointer, "parameter": self.parameter, "header": self.header}
        located = {**places, "line": self.line, "column": self.column}
        said = {"code": self.code, "detail": self.detail, "hint": self.hint}
        return {name: value for name, value in {**located, **said}.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal, before it is tied to a request."""

    status: int
    code: str
    detail: str
    errors: tuple[Wrong, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further members, by name (RFC 9457, 3.2)."""


class Refused(APIException):
    """Raised by the API itself, with the problem that it answers."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.status_code = problem.status
        self.problem = problem


def refuse(*wrong: Wrong) -> Refused:
    """What is wrong with a request, to be raised."""
    return Refused(Problem(422, "validation-failed", _counted(len(wrong)), wrong))


def respond(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The answer. Nothing that caches may keep it."""
    body: dict[str, Any] = {
        "type": URN + problem.code,
        "title": TITLES.get(problem.code) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }
    request_id = getattr(getattr(request, "acting", None), "request_id", None)
    if request_id is not None:
        body["instance"] = f"urn:uuid:{request_id}"
    body.update(problem.more)
    if problem.errors:
        body["errors"] = [wrong.as_json for wrong in problem.errors]
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(
        text.encode("utf-8", "replace"),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers={**problem.headers, "Cache-Control": "no-store"},
    )


TITLES: Final[Mapping[str, str]] = {
    "validation-failed": "The request is not valid",
    "malformed": "The body is not JSON",
    "unauthenticated": "Nobody has proven who they are",
    "forbidden": "Not allowed",
    "not-found": "Not found",
    "method-not-allowed": "Not possible here",
    "unsupported-media-type": "The body is of another kind",
    "too-large": "The body is too large",
    "rate-limited": "Too many requests",
    "idempotency-key-reused": "The key was used for another request",
    "idempotency-key-in-use": "The same request is being worked on",
    "last-owner": "The last owner stays",
    "no-seat": "No seat is left",
    "hold-lifted": "The hold is lifted already",
    "window-refused": "The window is not possible",
    "address-refused": "The address is not possible",
    "token-refused": "The token is not possible",
    "length-required": "The body has no length",
    "range-not-satisfiable": "The range is behind the end",
    "siem.url_refused": "Nothing is pushed to this address",
    "siem.proof_refused": "The proof does not go with what is said",
    "siem.too_many_sinks": "There are too many sinks",
    "siem.test_under_way": "A test is on its way",
    "siem.not_in_the_log": "The log does not reach there",
    "compliance.no_such_check": "There is no such check",
    "compliance.nothing_to_accept": "The check does not fail",
    "compliance.exception_refused": "The exception is not made",
    "compliance.exception_ended": "The exception has ended",
    "compliance.promises_changed": "The promises have changed",
    "compliance.schedule_refused": "The schedule is not kept",
    "compliance.recipient_refused": "The recipient is not added",
    "compliance.logo_refused": "The picture is not taken",
    "compliance.nothing_to_send": "There is nothing to send",
    "export.nothing_signed": "Nothing of the log is signed yet",
    "export.not_placed": "The entry has no place in the log yet",
    "export.too_many": "There are too many exports at once",
    "export.not_ready": "The export has no file",
    "recording.unreadable": "This is no recording",
    "recording.too_large": "The recording is too large",
    "recording.altered": "The bytes are not those that were meant",
    "recording.duplicate": "The recording is here already",
    "recording.upload_lost": "The upload took too long",
    "recording.upload_gone": "The upload is not there any more",
    "recording.upload_busy": "The upload is being read",
    "recording.wrong_offset": "The part begins at another place than the upload ends",
    "recording.broken_off": "The part broke off",
    "recording.too_many_parts": "The upload has too many parts",
    "recording.too_many_uploads": "There are too many uploads at once",
    "recording.illegal_move": "This cannot be done with the recording now",
    "recording.held": "The recording is under a legal hold",
    "spec.does_not_pass": "The text is no spec",
    "spec.unchanged": "The edit changes nothing",
    "spec.overtaken": "There is a newer version",
    "spec.other_digest": "Another text was approved",
    "spec.needs_another_person": "Somebody else has to approve",
    "spec.not_a_draft": "The version is no draft",
    "spec.retired": "The spec is retired",
    "spec.not_approved": "No version is approved",
    "spec.too_many": "Too many specs at once",
    "inference.settings_refused": "The settings do not go together",
    "not-signed-yet": "No checkpoint covers it yet",
    "webhook.url_refused": "Nothing is sent to this address",
    "webhook.too_many_endpoints": "There are too many endpoints",
    "webhook.too_many_tests": "There are too many tests on their way",
    "webhook.disabled": "The endpoint is switched off",
    "vault.key_disabled": "The key is disabled",
    "vault.key_destroyed": "The key is destroyed",
    "vault.key_missing": "The key is missing",
    "vault.key_service_failed": "The key service is away",
    "suspended": "This account is suspended",
    "closing": "This account is being closed",
    "failed": "Something failed on our side",
}
"""What each code means, the same whatever the details. Another code has its status's own phrase."""

OF_STATUS: Final[Mapping[int, Problem]] = {
    400: Problem(400, "malformed", "The request could not be read."),
    401: Problem(
        401,
        "unauthenticated",
        "Send a token of this host's tenant as `Authorization: Bearer swd_...`. One that is expired, revoked, of "
        "another tenant or from a network that it does not allow proves nothing.",
        headers={"WWW-Authenticate": 'Bearer realm="specward"'},
    ),
    403: Problem(
        403, "forbidden", "Who asks may not do this: neither their role nor, for a token, its scopes allow it."
    ),
    404: Problem(404, "not-found", "There is nothing here, or nothing that may be seen by who asks."),
    405: Problem(405, "method-not-allowed", "This address does not take this method. `Allow` names those it takes."),
    411: Problem(411, "length-required", "A body without a length is not read. Send `Content-Length`."),
    413: Problem(413, "too-large", "The body is larger than what is taken here. Send less at once."),
    415: Problem(415, "unsupported-media-type", "Bodies are JSON. Send `Content-Type: application/json`."),
    429: Problem(429, "rate-limited", "There were too many requests. Wait as long as `Retry-After` says, in seconds."),
    500: Problem(
        500,
        "failed",
        "This is our fault, and nothing of the request was done. Try again, and name the instance when you report it.",
    ),
}
"""What is said where nothing more is known than the status."""

STATUS_OF: Final[Mapping[str, int]] = {
    "last-owner": 409,
    "no-seat": 409,
    "window-refused": 422,
    "address-refused": 422,
    "token-refused": 422,
    "cursor-refused": 422,
    "hold-lifted": 409,
    "export.nothing_signed": 409,
    "export.not_placed": 409,
    "export.too_many": 409,
    "export.not_ready": 409,
    "recording.unreadable": 422,
    "recording.too_large": 413,
    "recording.altered": 422,
    "recording.duplicate": 409,
    "recording.upload_lost": 409,
    "recording.upload_gone": 404,
    "recording.upload_busy": 409,
    "recording.wrong_offset": 409,
    "recording.broken_off": 400,
    "recording.too_many_parts": 409,
    "recording.too_many_uploads": 409,
    "recording.illegal_move": 409,
    "recording.held": 409,
    "spec.does_not_pass": 422,
    "spec.unchanged": 409,
    "spec.overtaken": 409,
    "spec.other_digest": 409,
    "spec.needs_another_person": 403,
    "spec.not_a_draft": 409,
    "spec.retired": 409,
    "spec.not_approved": 409,
    "spec.too_many": 422,
    "inference.settings_refused": 422,
    "webhook.url_refused": 422,
    "webhook.too_many_endpoints": 409,
    "webhook.too_many_tests": 409,
    "webhook.disabled": 409,
    "siem.url_refused": 422,
    "siem.proof_refused": 422,
    "siem.too_many_sinks": 409,
    "siem.test_under_way": 409,
    "siem.not_in_the_log": 422,
    "compliance.no_such_check": 422,
    "compliance.nothing_to_accept": 409,
    "compliance.exception_refused": 422,
    "compliance.exception_ended": 409,
    "compliance.promises_changed": 409,
    "compliance.schedule_refused": 422,
    "compliance.recipient_refused": 422,
    "compliance.logo_refused": 422,
    "compliance.nothing_to_send": 409,
    "vault.key_disabled": 409,
    "vault.key_destroyed": 409,
    "vault.key_missing": 503,
    "vault.key_service_failed": 503,
}
"""Status of each domain error that a request may cause. An error with another code is a failure of ours."""


def of_validation(error: ValidationError) -> Problem:
    """Each message of a serializer, at its place in the body."""
    wrong = tuple(_located(error.detail, "#"))
    return Problem(422, "validation-failed", _counted(len(wrong)), wrong)


def _counted(count: int) -> str:
    return "One thing is wrong: see `errors`." if count == 1 else f"{count} things are wrong: see `errors`."


def _located(detail: Any, pointer: str) -> Iterator[Wrong]:
    if isinstance(detail, ErrorDetail):
        yield Wrong((detail.code or "invalid").replace("_", "-"), str(detail), pointer=pointer)
    elif isinstance(detail, Mapping):
        for name, inner in detail.items():
            at = pointer if name == "non_field_errors" else f"{pointer}/{_token(str(name))}"
            yield from _located(inner, at)
    else:
        for place, inner in enumerate(detail):
            # A list is that of messages about one place, or that of the problems of a list's items.
            yield from _located(inner, pointer if isinstance(inner, ErrorDetail) else f"{pointer}/{place}")


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")[:100]
