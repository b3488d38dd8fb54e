"""Second wall of a request: who asks is claimed by a cookie or a token, and proven under row-level security.

The claim sets ``app.current_tenant_id``; token, or session and user, are then looked for in the schema of the *host*.
Credentials of another tenant meet this host's schema and their own tenant's wall, and find nothing: what is not proven
is anonymous, with an empty setting. No query needs to pass by the walls to sign anybody in.
"""

from __future__ import annotations

import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone

from apps.accounts import session_store, token_format, tokens
from apps.accounts.client_address import Address, client_address
from apps.accounts.credentials import ANONYMOUS, Credential, Kind
from apps.accounts.models import User
from apps.accounts.session_store import SessionStore
from apps.audit.recording import insist
from apps.audit.vocabulary import Action
from apps.tenants.walls import connection

_SCHEME: Final = "bearer "


class CredentialRequest(HttpRequest):
    """A request that has passed both walls."""

    user: User | AnonymousUser
    credential: Credential
    client_address: Address | None
    session: SessionStore


class CredentialWall(SessionMiddleware, AuthenticationMiddleware):
    """Stands where Django's session and authentication middleware would, and after ``HostWall``.

    An ``Authorization`` header decides alone: a cookie beside it is neither read nor changed.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.client_address = client_address(request)  # type: ignore[attr-defined]
        request.session = SessionStore()
        request.user = AnonymousUser()
        request.credential = ANONYMOUS  # type: ignore[attr-defined]
        if not hasattr(request, "route"):
            return  # the few paths that touch no tenant
        now = timezone.now()
        header = request.META.get("HTTP_AUTHORIZATION")
        proven = _by_cookie(request, now) if header is None else _by_header(request, header, now)
        if not proven:
            connection().set_credentials(None)

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if "HTTP_AUTHORIZATION" in request.META:
            return response
        return super().process_response(request, response)


def _by_header(request: HttpRequest, header: str, now: datetime.datetime) -> bool:
    if header[: len(_SCHEME)].lower() != _SCHEME:
        return False
    written = token_format.read(header[len(_SCHEME) :].strip())
    if written is None:
        return False
    connection().set_credentials(written.tenant_id)
    token = tokens.prove(written, client_address(request), now)
    if token is None:
        _say_why(request, written, now)
        return False
    request.user = token.user
    request.credential = Credential(Kind.TOKEN, token=token, scopes=frozenset(token.scopes))  # type: ignore[attr-defined]
    return True


def _say_why(request: HttpRequest, written: token_format.Written, now: datetime.datetime) -> None:
    """A token that was good once, or is good elsewhere, is worth an entry that names it; any other text is not."""
    refused = tokens.why_refused(written, client_address(request), now)
    if refused is not None:
        token, why = refused
        insist(request, Action.REFUSAL, token, details={"why": why}, narrative="A token of the tenant proves nothing")


def _by_cookie(request: HttpRequest, now: datetime.datetime) -> bool:
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    claimed = session_store.claimed_tenant(cookie)
    if claimed is None:
        return False
    connection().set_credentials(claimed)
    session = session_store.prove(cookie, now)
    if session is None:
        return False
    request.session = SessionStore.of(session, cookie)
    request.user = session.user
    request.credential = Credential(Kind.SESSION, session=session)  # type: ignore[attr-defined]
    return True


class CsrfWall(CsrfViewMiddleware):
    """Django's, for whom a browser speaks. A token is sent by no browser on its own, and needs none."""

    def process_view(self, request: HttpRequest, *args: object) -> HttpResponseBase | None:  # type: ignore[override]
        credential: Credential = getattr(request, "credential", ANONYMOUS)
        if credential.kind is Kind.TOKEN:
            return None
        return super().process_view(request, *args)  # type: ignore[arg-type]
