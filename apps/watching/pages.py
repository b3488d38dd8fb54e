"""The three addresses for machines that watch: the same at every host, without a tenant."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from apps.access.declarations import public
from apps.watching import figures
from apps.watching.readiness import readiness

_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_BEARER: Final = "Bearer "


@public("whoever keeps this process alive has no account", "GET")
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Nothing else is asked: it would not be mended by starting it again."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8", headers=_NOT_KEPT)


@public("whoever leads requests here has no account", "GET")
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where every part works, else 503; which one does not, by its name."""
    found = readiness()
    parts = {name: "ok" if works else "failed" for name, works in found.parts.items()}
    status = 200 if found.is_ready else 503
    return JsonResponse({"ready": found.is_ready, "parts": parts}, status=status, headers=_NOT_KEPT)


@public("whoever collects figures proves it by a token of its own", "GET")
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever has the token of ``SPECWARD_METRICS_TOKEN``. For everybody else, and where there is no
    such token, there is nothing here."""
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not _same(given, _BEARER + settings.METRICS_TOKEN):
        raise Http404
    return HttpResponse(figures.written(), content_type=CONTENT_TYPE_LATEST, headers=_NOT_KEPT)


def _same(one: str, other: str) -> bool:
    """In a time that tells nothing, not even which is longer."""
    digests = (hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest() for text in (one, other))
    return hmac.compare_digest(*digests)
