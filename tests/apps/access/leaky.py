"""A site with one mistake each, and a sound twin of it: a URLconf of tests for the harness."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from apps.access.declarations import needs, public
from apps.access.objects import token_for, user_for
from apps.access.permissions import Permission, may
from apps.access.specimen import carries
from apps.accounts.models import Token, User
from apps.tenants.walls import Walls, behind, schema_of
from tests.cast import ACME

P = Permission


def anywhere() -> AbstractContextManager[None]:
    """Behind both walls of Acme, whoever asks at whatever host: the mistake that the walls cannot catch."""
    return behind(Walls(schema_of(ACME.id), ACME.id))


def unguarded(**declared: Permission):
    """Says what it needs, and does not look whether it is there."""

    def decorate(view):
        view.declared = declared
        return view

    return decorate


# ---- sound ---------------------------------------------------------------------------------------------------------


@needs(GET=P.USERS_READ, POST=P.USERS_MANAGE)
def user(request: HttpRequest, user_id: str) -> HttpResponse:
    found = user_for(request, user_id, P.USERS_READ if request.method == "GET" else P.USERS_MANAGE)
    return HttpResponse(f"{found.name} {found.id}")


@needs(GET=P.TOKENS_OWN)
def token(request: HttpRequest, token_id: str) -> HttpResponse:
    return HttpResponse(token_for(request, token_id, P.TOKENS_MANAGE).name)


@needs(GET=P.USERS_READ)
def people(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(User.objects.count()))


# ---- a mistake each ------------------------------------------------------------------------------------------------


@needs(GET=P.USERS_READ)
def in_path(request: HttpRequest, user_id: str) -> HttpResponse:
    with anywhere():
        found = User.objects.filter(id=user_id).first()
    if found is None:
        raise Http404
    return HttpResponse(found.name)


@needs(GET=P.USERS_READ)
def in_query(request: HttpRequest) -> HttpResponse:
    with anywhere():
        return HttpResponse(str(User.objects.filter(id=request.GET["user"]).count() if "user" in request.GET else ""))


@needs(POST=P.USERS_READ)
def in_body(request: HttpRequest) -> HttpResponse:
    with anywhere():
        return HttpResponse(str(User.objects.filter(id=request.POST["user"]).count() if "user" in request.POST else ""))


@carries(body={"items.0.user": "user"})
@needs(POST=P.USERS_READ)
def in_nested_body(request: HttpRequest) -> HttpResponse:
    with anywhere():
        body = json.loads(request.body)
        return JsonResponse({"found": User.objects.filter(id=body["items"][0]["user"]).count()})


class AsJson:
    """Marks a view as one that takes JSON."""


in_nested_body.cls = AsJson


@unguarded(GET=P.AUDIT_READ)
def no_permission(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        raise Http404
    return HttpResponse("all of it")


@unguarded(GET=P.USERS_READ)
def open_to_all(request: HttpRequest) -> HttpResponse:
    return HttpResponse("all of it")


@unguarded(GET=P.TOKENS_READ)
def tells_by_status(request: HttpRequest, token_id: str) -> HttpResponse:
    if not request.user.is_authenticated:
        raise Http404
    found = Token.objects.filter(id=token_id).first()
    if found is None:
        raise Http404
    return HttpResponse(found.name) if may(request, P.TOKENS_READ) else HttpResponse(status=403)


@needs(GET=P.TOKENS_OWN)
def tells_by_queries(request: HttpRequest, token_id: str) -> HttpResponse:
    if Token.objects.filter(id=token_id).exists():
        Token.objects.filter(id=token_id).count()
    return HttpResponse(token_for(request, token_id, P.TOKENS_MANAGE).name)


@needs(GET=P.USERS_READ)
def blind(request: HttpRequest, user_id: str) -> HttpResponse:
    return HttpResponse("whatever you ask")


@needs(GET=P.USERS_READ)
def unknown_kind(request: HttpRequest, unicorn_id: str) -> HttpResponse:
    return HttpResponse("a unicorn")


@public("a page of the tests which breaks for those who ask")
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


sound = [
    path("sound/users/<uuid:user_id>/", user),
    path("sound/tokens/<uuid:token_id>/", token),
    path("sound/people/", people),
]
mistakes = [
    path("in-path/<uuid:user_id>/", in_path),
    path("in-query/", in_query),
    path("in-body/", in_body),
    path("in-nested-body/", in_nested_body),
    path("no-permission/", no_permission),
    path("open-to-all/", open_to_all),
    path("tells-by-status/<uuid:token_id>/", tells_by_status),
    path("tells-by-queries/<uuid:token_id>/", tells_by_queries),
    path("blind/<uuid:user_id>/", blind),
    path("unknown-kind/<uuid:unicorn_id>/", unknown_kind),
    path("broken/", broken),
]
urlpatterns = [*sound, *mistakes]
