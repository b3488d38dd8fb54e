"""A few views that show what stands around a request; a URLconf of its own, with the walls in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connections, transaction
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path

from apps.accounts.models import User
from apps.tenants.afterwards import Afterwards
from apps.tenants.walls import connection
from tests.cast import TENANTS

HOOKS: list[str] = []


def proven(request: HttpRequest) -> None:
    """As the credential wall does: whose host it is, or whom the header names."""
    wanted = request.headers.get("X-Proven")
    if wanted != "nobody":
        ids = {each.name: each.id for each in TENANTS}
        connection().set_credentials(ids[wanted] if wanted else request.route.tenant_id)  # type: ignore[attr-defined]


def people(request: HttpRequest) -> HttpResponse:
    proven(request)
    return JsonResponse(sorted(user.name for user in User.objects.all()), safe=False)


def write(request: HttpRequest) -> HttpResponse:
    proven(request)
    User.objects.create(email="eve@acme.example", name="Eve", role="engineer")
    transaction.on_commit(lambda: HOOKS.append("done"))
    match request.GET.get("then"):
        case "raise":
            raise RuntimeError("a mistake of ours")
        case "caught":
            try:
                User.objects.create(email="eve@acme.example", name="Eve", role="engineer")
            except IntegrityError:
                return HttpResponse("saved, it says")
        case "die":
            with connection().cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return HttpResponse(status=int(request.GET.get("status", "200")))


def streamed(request: HttpRequest) -> HttpResponseBase:
    proven(request)

    def rows() -> Iterator[bytes]:
        for user in User.objects.order_by("name").iterator(chunk_size=1):
            yield f"{user.name}\n".encode()
            if request.GET.get("then") == "raise":
                raise RuntimeError("a mistake of ours")

    return StreamingHttpResponse(rows(), content_type="text/plain")


def afterwards(request: HttpRequest) -> HttpResponseBase:
    """Saves Eve as ``write`` does, and then does what ``after`` says."""
    saved = write(request)
    if saved.status_code >= 400:
        promised = Afterwards(lambda: write(request))
        promised.status_code = saved.status_code
        return promised

    def run() -> HttpResponseBase:
        HOOKS.append(f"ran, in a transaction: {connection().in_atomic_block}")
        match request.GET.get("after"):
            case "raise":
                raise RuntimeError("a mistake of ours")
            case "missing":
                raise Http404
            case "denied":
                raise PermissionDenied
            case "broken":
                with connection().cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")
            case "stream":
                return streamed(request)
            case "again":
                return Afterwards(HttpResponse)
        seen = sorted(user.name for user in User.objects.all())
        body = request.read().decode()
        return JsonResponse({"seen": seen, "body": body}, status=int(request.GET.get("then_status", "200")))

    promised = Afterwards(run)
    promised.headers["X-Said"] = "by middleware"
    promised.headers["Vary"] = "Cookie"
    promised.set_cookie("kept", "yes")
    return promised


def file(request: HttpRequest) -> HttpResponseBase:
    return FileResponse(open(__file__, "rb"))  # noqa: PTH123  # the response closes it


def host(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.get_host()} {connection().walls.schema}")


def walls(request: HttpRequest) -> HttpResponse:
    ours: Any = connections["default"]
    return HttpResponse(f"{ours.walls.schema} {ours.walls.tenant_id} {ours.in_atomic_block}")


urlpatterns = [
    path("people", people),
    path("write", write),
    path("streamed", streamed),
    path("afterwards", afterwards),
    path("file", file),
    path("host", host),
    path("healthz", walls),
    path("static/there.css", walls),
]
