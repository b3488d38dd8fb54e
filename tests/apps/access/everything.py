"""A view for each permission, twice: plain, and by Django REST framework. A URLconf of tests."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from apps.access.declarations import needs
from apps.access.permissions import Permission


def plain(permission: Permission):
    @needs(permission)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("yes")

    return view


def rest(permission: Permission):
    class One(ViewSet):
        permissions: ClassVar = {"list": permission}

        def list(self, request: Request) -> Response:
            return Response("yes")

        def create(self, request: Request) -> Response:
            return Response("declared nowhere, so nobody's")

    return One.as_view({"get": "list"})


urlpatterns = [
    *[path(f"plain/{permission.value}", plain(permission)) for permission in Permission],
    *[path(f"rest/{permission.value}", rest(permission)) for permission in Permission],
]
