"""Second middleware, inside of HostWall: a request has an id, and the database is told who acts in it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from apps.audit.acting import ANONYMOUS, Acting, acting_as, become, current
from apps.audit.recording import forget_insisted
from apps.audit.requests import actor_of, client_request_id, method_of, route_of
from apps.tenants.afterwards import Afterwards


class RequestTrail:
    """Says who acts: nobody known at first, and from the view on whoever the credentials have proven.

    The id is ours, and returned as ``X-Request-ID``. The address is that of the connection; what a client says in
    X-Forwarded-For is not believed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4()
        beginning = Acting(ANONYMOUS, request_id, client_request_id(request), request.META.get("REMOTE_ADDR"))
        request.acting = beginning  # type: ignore[attr-defined]
        with acting_as(beginning):
            response = self.get_response(request)
            ending = current() or beginning
        response.headers["X-Request-ID"] = str(request_id)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            response.streaming_content = _acting(ending, response.streaming_content)
        if isinstance(response, Afterwards):
            response.within(lambda: _acting_on(ending, request))
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """Runs when all middleware has seen the request: authentication, whichever it is, has done its work."""
        beginning: Acting = request.acting  # type: ignore[attr-defined]
        acting = replace(beginning, actor=actor_of(request), narrative=f"{method_of(request)} {route_of(request)}")
        request.acting = acting  # type: ignore[attr-defined]
        become(acting)


def _acting(acting: Acting, content: Any) -> Iterator[Any]:
    with acting_as(acting):
        yield from content


@contextmanager
def _acting_on(acting: Acting, request: HttpRequest) -> Iterator[None]:
    """What the request insisted on is saved by now, and is not to be recorded again."""
    forget_insisted(request)
    with acting_as(acting):
        yield
