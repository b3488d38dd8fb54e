"""A small site that says who it takes its visitor for: a URLconf of tests."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from apps.access.declarations import public
from apps.accounts.errors import LinkRefused
from apps.accounts.invitations import accept
from apps.accounts.models import Session, Token, User
from apps.accounts.password_reset import ask, spend
from apps.accounts.signing_in import sign_in, sign_out
from apps.tenants.walls import connection

TESTS = public("a view of the tests")


@TESTS
def whoami(request: HttpRequest) -> JsonResponse:
    walls = connection().walls
    return JsonResponse(
        {
            "kind": request.credential.kind,  # type: ignore[attr-defined]
            "name": getattr(request.user, "name", None),
            "guc": None if walls.tenant_id is None else str(walls.tenant_id),
            "schema": walls.schema,
            "sees": User.objects.count() + Session.objects.count() + Token.objects.count(),
            "address": str(request.client_address),  # type: ignore[attr-defined]
        }
    )


@TESTS
def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello")


@TESTS
def enter(request: HttpRequest) -> HttpResponse:
    user = sign_in(request, request.POST["email"], request.POST["password"])
    return HttpResponse("Welcome" if user else "That is not right, or may not enter now.")


@TESTS
def enter_by_api(request: HttpRequest) -> HttpResponse:
    user = authenticate(request, username=request.POST["email"], password=request.POST["password"])
    return HttpResponse("Welcome") if user else HttpResponse("Refused", status=401)


@TESTS
def leave(request: HttpRequest) -> HttpResponse:
    sign_out(request)
    return HttpResponse("Bye")


@TESTS
def forgot(request: HttpRequest) -> HttpResponse:
    ask(request, request.POST["email"])
    return HttpResponse("If somebody here has this address, a mail is under way.")


@TESTS
def reset(request: HttpRequest, secret: str) -> HttpResponse:
    try:
        spend(request, secret, request.POST["password"])
    except LinkRefused as refused:
        return HttpResponse(str(refused), status=404)
    return HttpResponse("Changed")


@TESTS
def join(request: HttpRequest, secret: str) -> HttpResponse:
    try:
        accept(request, secret, request.POST["name"], request.POST["password"])
    except LinkRefused as refused:
        return HttpResponse(str(refused), status=404)
    return HttpResponse("Joined")


urlpatterns = [
    path("whoami", whoami),
    path("hello", hello),
    path("enter", enter),
    path("api/enter", enter_by_api),
    path("leave", leave),
    path("forgot", forgot),
    path("reset/<str:secret>/", reset),
    path("join/<str:secret>/", join),
]
