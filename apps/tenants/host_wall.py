"""The outermost middleware: the host picks the schema, and the request has one transaction around all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import Final, cast

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response, response_for_exception
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.request import split_domain_port

from apps.tenants.afterwards import Afterwards, Streamed
from apps.tenants.models import Tenant
from apps.tenants.routing import Route, route_to
from apps.tenants.signals import request_rolled_back
from apps.tenants.walls import Walls, behind, connection

UNWALLED = frozenset({"/healthz", "/readyz", "/metrics", "/.well-known/security.txt"})
"""Paths that are the same at every host and touch no tenant; so are static files."""

TURNED_AWAY: Final = {
    Tenant.State.SUSPENDED: "This account is suspended. Nothing was deleted; its owner knows whom to ask.",
    Tenant.State.CLOSING: "This account is being closed. Nothing was deleted yet; until then its owner can have that "
    "called off.",
}
"""What everybody is told at the host of a tenant in this state."""


class TenantRequest(HttpRequest):
    """A request that has passed the first wall."""

    route: Route


class HostWall:
    """First wall of a request.

    A host of nobody's is 404. A response of 400 and above takes back what the request did, and so does a commit that
    fails; then, in a second transaction behind the same walls, ``request_rolled_back`` is sent, so that refusals and
    failures can be recorded. A streamed body is produced behind the walls that stood when it was made, in a transaction
    of its own, or in none where it says so (:class:`~apps.tenants.afterwards.Streamed`). What is to be done afterwards
    (:class:`~apps.tenants.afterwards.Afterwards`) is done behind them too, once all is saved and in no transaction; a
    refusal of it is recorded likewise. Whatever a request does to the walls ends with it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in UNWALLED or request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}"):
            with behind(Walls()):
                return self.get_response(request)
        route = route_to(host_of(request))
        if route is None or route.state in (Tenant.State.PREPARING, Tenant.State.LEFT):
            return _turned_away(404, "There is nothing here.\n")
        if route.state in TURNED_AWAY:
            request.turned_away = route.state  # type: ignore[attr-defined]
            return _turned_away(403, f"{TURNED_AWAY[route.state]}\n")
        request.route = route  # type: ignore[attr-defined]
        with behind(Walls(route.schema)):
            return self._within(request)

    def _within(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase | None = None
        walls = connection().walls
        try:
            with transaction.atomic():
                response = self.get_response(request)
                walls = connection().walls
                refused = response.status_code >= 400
                if not refused and transaction.get_rollback():
                    raise transaction.TransactionManagementError(
                        "A view caught an error of the database and answered as if all were saved, and nothing is. Put "
                        "transaction.atomic() around the statement that may fail."
                    )
                transaction.set_rollback(refused)
        except DatabaseError as error:
            if response is None:
                raise
            # Nothing was saved: an error that a view caught, a constraint that was deferred, a lost connection.
            response.close()
            refused, response = True, response_for_exception(request, error)
        if isinstance(response, Afterwards) and not refused:
            response = _after(request, response, walls)
            refused = response.status_code >= 400
        if refused:
            with behind(walls), transaction.atomic():
                request_rolled_back.send(HostWall, request=request, response=response)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = _behind(walls, response)
        return response


def host_of(request: HttpRequest) -> str:
    """The host's name, lower case, without port and final dot; empty for what is none.

    As ``request.get_host`` reads it, so that both mean the same host. X-Forwarded-Host is anybody's to write, and is
    not read.
    """
    return split_domain_port(request.META.get("HTTP_HOST", request.META.get("SERVER_NAME", "")))[0]


def _turned_away(status: int, words: str) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8", headers=headers)


def _after(request: HttpRequest, promised: Afterwards, walls: Walls) -> HttpResponseBase:
    with behind(walls):
        answer = cast("HttpResponseBase", convert_exception_to_response(lambda _: promised.answer())(request))
    promised.hand_to(answer)
    return answer


def _behind(walls: Walls, response: StreamingHttpResponse) -> Iterator[bytes]:
    content: Iterable[bytes] = response.streaming_content  # type: ignore[assignment]  # it is not async

    def produced() -> Iterator[bytes]:
        with behind(walls), nullcontext() if isinstance(response, Streamed) else transaction.atomic():
            yield from content

    return produced()
