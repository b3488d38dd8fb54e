"""A few views that show what stands around a request; a URLconf of its own, with the walls in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, connections, transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path

from apps.accounts.models import User
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
    path("file", file),
    path("host", host),
    path("healthz", walls),
    path("static/there.css", walls),
]
