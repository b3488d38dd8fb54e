"""The service does not start where an address does not say what it needs."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.access.checks import everything_is_declared


class DeclaredOnly:
    """A middleware that looks once, when a web process starts: servers run no system checks.

    Raises ImproperlyConfigured, which names every address that says nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        if found := everything_is_declared():
            raise ImproperlyConfigured("\n".join([*(message.msg for message in found), str(found[0].hint)]))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)
