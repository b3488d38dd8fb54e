"""For Django REST framework: who asks is what ``CredentialWall`` has proven, and each action needs what it declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.access.declarations import Public
from apps.access.permissions import Permission, may
from apps.accounts.credential_wall import CsrfWall
from apps.accounts.credentials import ANONYMOUS, Credential, Kind

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which reads this module while it is itself being read


class ProvenCredential(BaseAuthentication):
    """Takes user and credential from the walls. A session must pass the CSRF check as everywhere; a token need not."""

    def authenticate(self, request: Request) -> tuple[Any, Credential] | None:
        inner: HttpRequest = request._request
        credential: Credential = getattr(inner, "credential", ANONYMOUS)
        if credential.kind is Kind.ANONYMOUS:
            return None
        if credential.kind is Kind.SESSION:
            _refuse_forgery(inner)
        return inner.user, credential

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="specward"'


class _ReasonOnly(CsrfWall):
    """Django's check, which says its reason instead of answering."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _refuse_forgery(request: HttpRequest) -> None:
    check = _ReasonOnly(lambda _: HttpResponse())
    check.process_request(request)
    if reason := check.process_view(request, None, (), {}):
        raise PermissionDenied(f"CSRF: {reason}")


class Declared(BasePermission):
    """What the view declares for its action (or method) in ``permissions``; what it does not name, nobody may.

    A stranger gets 401 with the scheme to use, somebody without the permission 403, before any object is looked for.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        declared: Mapping[str, Permission | Public] = getattr(view, "permissions", {})
        action = getattr(view, "action", None) or (request.method or "").lower()
        if action in ("metadata", "options"):
            return request.user.is_authenticated
        if action == "head":
            action = "get"
        wanted = declared.get(action)
        if isinstance(wanted, Public):
            return True
        if wanted is None and not hasattr(view, (request.method or "").lower()):
            return request.user.is_authenticated  # a method that is not there: 405 comes next
        return wanted is not None and may(request._request, wanted)
