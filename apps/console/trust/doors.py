"""Who is let in where: everybody, at the platform's own host, and nobody at a customer's."""

from __future__ import annotations

import functools
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from apps.access.declarations import View
from apps.tenants.walls import PLATFORM_ID


def at_platform(view: View) -> View:
    """404 at every other host. Around :func:`~apps.access.declarations.public`, whose declaration stays."""

    @functools.wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.route.tenant_id != PLATFORM_ID:  # type: ignore[attr-defined]
            raise Http404
        return view(request, *args, **kwargs)

    inner.for_platform = True  # type: ignore[attr-defined]
    return inner
