"""What the log knows of a request: its id, its actor, what it asks for. Never its query string, path or body."""

from __future__ import annotations

import re
from typing import Any, Final

from django.http import HttpRequest

from apps.audit.acting import ANONYMOUS, Actor
from apps.audit.vocabulary import ActorKind
from apps.tenants.walls import PLATFORM_ID

_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def actor_of(request: HttpRequest) -> Actor:
    """Whom the request's credentials have proven."""
    user: Any = getattr(request, "user", None)
    if user is None or not getattr(user, "is_authenticated", False):
        return ANONYMOUS
    token = getattr(getattr(request, "credential", None), "token", None)
    if token is not None:
        return Actor.token(token, user)
    at_platform = getattr(getattr(request, "route", None), "tenant_id", None) == PLATFORM_ID
    return Actor.user(user, ActorKind.STAFF if at_platform else ActorKind.USER)


def brought_credentials(request: HttpRequest) -> bool:
    """Whether anything was presented that could have proven somebody, and did or did not."""
    from django.conf import settings

    return "HTTP_AUTHORIZATION" in request.META or settings.SESSION_COOKIE_NAME in request.COOKIES


def client_request_id(request: HttpRequest) -> str:
    """The client's X-Request-ID where it is well-formed (8 to 64 letters, digits, ``._:-``): noted, not trusted."""
    given = request.headers.get("X-Request-ID", "")
    return given if _WELL_FORMED.fullmatch(given) else ""


def method_of(request: HttpRequest) -> str:
    """The method, where it is one: a client may send any word."""
    return request.method if request.method in _METHODS else "OTHER"


def route_of(request: HttpRequest) -> str:
    """The name of the route, or its pattern: never the path, which may hold a secret. Empty where there is none."""
    match = request.resolver_match
    return "" if match is None else (match.view_name or match.route)
