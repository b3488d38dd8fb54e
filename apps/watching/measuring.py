"""The outermost middleware: each request is counted, timed, and told to the log by its route, never by its path."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

from apps.audit.requests import method_of, route_of
from apps.watching.figures import REQUESTS

log: Final = logging.getLogger("specward.requests")
UNROUTED: Final = "(none)"
"""The route of what led nowhere, and of static files."""
_QUIET: Final = frozenset({"healthz", "readyz", "metrics"})


class Measuring:
    """The time is until the answer begins: a streamed body is still to come."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        route, method = route_of(request) or UNROUTED, method_of(request)
        REQUESTS.labels(route, method, f"{response.status_code // 100}xx").observe(seconds)
        if route not in _QUIET:
            self._tell(request, response, route, method, seconds)
        return response

    def _tell(self, request: HttpRequest, response: HttpResponseBase, route: str, method: str, seconds: float) -> None:
        told = {
            "request_id": response.headers.get("X-Request-ID"),
            "tenant_id": getattr(getattr(request, "route", None), "tenant_id", None),
            "method": method,
            "route": route,
            "status": response.status_code,
            "milliseconds": round(seconds * 1000, 1),
        }
        log.info("%s %s %d", method, route, response.status_code, extra=told)
