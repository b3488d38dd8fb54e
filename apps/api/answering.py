"""Turning whatever happens to a request into an answer: an exception handler for views, a middleware for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework import exceptions

from apps.accounts.errors import AccountsError
from apps.api.problems import CONTENT_TYPE, OF_STATUS, STATUS_OF, Problem, Refused, Wrong, of_validation, respond
from apps.audit.errors import AuditError
from apps.compliance.errors import ComplianceError
from apps.inference.errors import InferenceError, SettingsRefused
from apps.recordings.errors import Duplicate, RecordingError, WrongOffset
from apps.siem.errors import SiemError
from apps.specs.errors import DoesNotPass, Overtaken, SpecError
from apps.tenants.host_wall import TURNED_AWAY
from apps.vault.errors import VaultError
from apps.webhooks.errors import WebhookError
from specward.language.findings import Finding

ROOT: Final = "/api/"
_OURS: Final = (
    AccountsError
    | AuditError
    | ComplianceError
    | InferenceError
    | RecordingError
    | SiemError
    | SpecError
    | VaultError
    | WebhookError
)


def handle(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """The answer to an exception of a view. None for what nobody foresaw: it is raised again, logged, and a 500."""
    problem = _problem(error)
    return None if problem is None else respond(context["request"]._request, problem)


def _problem(error: Exception) -> Problem | None:
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, exceptions.ValidationError):
        return of_validation(error)
    if isinstance(error, _OURS):
        status = STATUS_OF.get(error.code)
        return None if status is None else Problem(status, error.code, str(error), *_more(error))
    if isinstance(error, Http404):
        return OF_STATUS[404]
    if isinstance(error, PermissionDenied):
        return OF_STATUS[403]
    if isinstance(error, exceptions.ParseError):
        return replace(OF_STATUS[400], detail=f"The body cannot be read: {error.detail}")
    if isinstance(error, exceptions.APIException):
        return OF_STATUS.get(error.status_code)
    return None


def _more(error: Exception) -> tuple[tuple[Wrong, ...], Mapping[str, str], Mapping[str, Any]]:
    """What a program needs to go on after a refusal, beside its code: errors, headers, members."""
    if isinstance(error, DoesNotPass):
        return tuple(located(finding) for finding in error.findings), {}, {}
    if isinstance(error, SettingsRefused):
        return (Wrong(error.code, str(error), pointer=f"#/{error.field}"),), {}, {}
    if isinstance(error, Overtaken):
        return (), {}, {"newest": error.newest}
    if isinstance(error, Duplicate):
        address = reverse("api:recording-detail", args=[error.first])
        return (), {}, {"first": {"id": str(error.first), "address": address}}
    if isinstance(error, WrongOffset):
        return (), {"Upload-Offset": str(error.offset)}, {"offset": error.offset}
    return (), {}, {}


def located(finding: Finding) -> Wrong:
    """What the gate says of a text, at its place in it."""
    return Wrong(
        finding.rule.value,
        finding.message,
        pointer="#/text",
        line=finding.line,
        column=finding.column,
        hint=finding.hint,
    )


class ProblemsOnly:
    """The outermost middleware: below ``/api/`` no refusal leaves in another form, wherever it was made.

    An address that does not exist, a host that is no tenant's, what Django itself refuses and what nobody foresaw are
    answered before or behind all views. Their words are not passed on: they are for people, or for ourselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path_info.startswith(ROOT):
            return response
        if response.status_code >= 400 and response.headers.get("Content-Type") != CONTENT_TYPE:
            response = _as_problem(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _as_problem(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    status = response.status_code if response.status_code in OF_STATUS else 500 if response.status_code >= 500 else 400
    problem = OF_STATUS[status]
    turned_away = getattr(request, "turned_away", None)
    if turned_away is not None:
        problem = Problem(403, turned_away.value, TURNED_AWAY[turned_away])
    answer = respond(request, problem)
    for name in ("X-Request-ID", "Allow", "Retry-After"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer
