"""The outermost middleware: the host picks the schema, and the request has one transaction around all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.http.request import split_domain_port

from apps.tenants.models import Tenant
from apps.tenants.routing import Route, route_to
from apps.tenants.signals import request_rolled_back
from apps.tenants.walls import Walls, behind, connection

UNWALLED = frozenset({"/healthz", "/readyz"})
"""Paths that are the same at every host and touch no tenant."""


class TenantRequest(HttpRequest):
    """A request that has passed the first wall."""

    route: Route


class HostWall:
    """First wall of a request.

    A host of nobody's is 404. A response of 400 and above takes back what the request did; then, in a second
    transaction behind the same walls, ``request_rolled_back`` is sent, so that refusals and failures can be recorded.
    A streamed body is produced behind the walls that stood when it was made, in a transaction of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in UNWALLED:
            return self.get_response(request)
        route = route_to(split_domain_port(request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", ""))[0])
        if route is None or route.state in (Tenant.State.PREPARING, Tenant.State.LEFT):
            return HttpResponse("There is nothing here.\n", status=404, content_type="text/plain; charset=utf-8")
        if route.state is Tenant.State.SUSPENDED:
            return HttpResponse(
                "This account is suspended. Nothing was deleted; its owner knows whom to ask.\n",
                status=403,
                content_type="text/plain; charset=utf-8",
            )
        request.route = route  # type: ignore[attr-defined]
        with behind(Walls(route.schema)):
            return self._within(request)

    def _within(self, request: HttpRequest) -> HttpResponseBase:
        with transaction.atomic():
            response = self.get_response(request)
            walls = connection().walls
            refused = response.status_code >= 400
            if refused:
                transaction.set_rollback(True)
        if refused:
            with behind(walls), transaction.atomic():
                request_rolled_back.send(HostWall, request=request, response=response)
        if isinstance(response, StreamingHttpResponse):
            content = response.streaming_content
            if not isinstance(content, Iterator):
                raise TypeError("A body that is streamed asynchronously would leave the walls of its thread.")
            response.streaming_content = _behind(walls, content)
        return response


def _behind(walls: Walls, content: Iterable[Any]) -> Iterator[Any]:
    with behind(walls), transaction.atomic():
        yield from content
