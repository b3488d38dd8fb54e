"""The service does not start while an address does not say what it needs."""

from __future__ import annotations

from typing import ClassVar

import pytest
from django.contrib.admin import AdminSite, ModelAdmin
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import include, path
from django.views import View
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from apps.access.checks import everything_is_declared
from apps.access.declarations import DeclaredAdmin, Public, needs, public
from apps.access.declared_only import DeclaredOnly
from apps.access.endpoints import endpoints
from apps.access.permissions import Permission
from apps.accounts.models import User


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class BareView(View):
    pass


class HalfDeclared(ModelViewSet):
    queryset = User.objects.all()
    permissions: ClassVar = {"list": Permission.USERS_READ, "retrieve": Permission.USERS_READ}


class WholeDeclared(ModelViewSet):
    queryset = User.objects.all()
    permissions: ClassVar = dict.fromkeys(
        ("list", "retrieve", "create", "update", "partial_update", "destroy"), Permission.USERS_MANAGE
    )


class BareApi(APIView):
    def post(self, request):
        return None


class UserAdmin(DeclaredAdmin, ModelAdmin):
    permissions: ClassVar = {"view": Permission.USERS_READ, "change": Permission.USERS_MANAGE}

    def get_urls(self):
        return [path("extra/", self.page(self.extra, "change"), name="accounts_user_extra"), *super().get_urls()]

    def extra(self, request):
        return HttpResponse()


class BareAdmin(ModelAdmin):
    pass


class Site(AdminSite):
    permissions: ClassVar = dict.fromkeys(
        ("index", "password_change", "password_change_done", "autocomplete", "view_on_site", "app_list", "logout"),
        Permission.ACCOUNT_OWN,
    ) | dict.fromkeys(("login", "jsi18n", "catch_all_view"), Public("a page of every admin site"))


def site_with(admin_class: type[ModelAdmin], site: type[AdminSite] = Site) -> object:
    made = site(name="tests")
    made.register(User, admin_class)
    return path("console/", (made.get_urls(), "admin", "tests"))


def urlconf(*patterns: object) -> type:
    return type("Urlconf", (), {"urlpatterns": list(patterns)})


def routed(viewset: type) -> object:
    router = SimpleRouter()
    router.register("users", viewset, basename="user")
    return path("api/", include(router.urls))


def said(settings, *patterns: object) -> list[str]:
    settings.ROOT_URLCONF = urlconf(*patterns)
    return [message.msg for message in everything_is_declared()]


def test_a_bare_view_is_named_with_its_place(settings) -> None:
    (message,) = said(settings, path("deep/", include([path("<uuid:user_id>/", bare)])))
    assert message == (
        "/deep/<user_id>/: the view (tests.apps.access.test_declarations.bare) does not say what it needs."
    )


@pytest.mark.parametrize("pattern", [path("x", BareView.as_view()), path("x", BareApi.as_view())])
def test_a_bare_class_is_named(settings, pattern) -> None:
    assert len(said(settings, pattern)) == 1


def test_each_action_of_a_viewset_is_asked(settings) -> None:
    messages = "\n".join(said(settings, routed(HalfDeclared)))
    for action in ("create", "update", "partial_update", "destroy"):
        assert f"the action {action!r} of HalfDeclared" in messages
    assert "'list'" not in messages
    assert said(settings, routed(WholeDeclared)) == []


def test_declared_views_pass_and_say_what_they_need(settings) -> None:
    wanted = needs(Permission.USERS_READ)(bare)
    opened = public("signing in is how one becomes known")(bare)
    assert said(settings, path("a", wanted), path("b", opened)) == []
    found = {str(endpoint): endpoint.needs("GET") for endpoint in endpoints()}
    assert found["/a"] is Permission.USERS_READ
    assert isinstance(found["/b"], Public)


def test_public_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="Say why"):
        public("because")


def test_the_start_is_refused(settings) -> None:
    settings.ROOT_URLCONF = urlconf(path("x", bare))
    with pytest.raises(ImproperlyConfigured, match="/x: the view"):
        DeclaredOnly(lambda request: HttpResponse())
    assert "access.E001" in {message.id for message in run_checks(tags=["urls"])}
    with pytest.raises(CommandError, match=r"access\.E001"):
        call_command("check", tags=["urls"])


def test_pages_of_an_admin_class_follow_its_permissions() -> None:
    admin_class = UserAdmin(User, AdminSite())
    request = RequestFactory().get("/")
    assert not any(
        [
            admin_class.has_view_permission(request),
            admin_class.has_add_permission(request),
            admin_class.has_change_permission(request),
            admin_class.has_delete_permission(request),
            admin_class.has_module_permission(request),
        ]
    )


def test_admin_pages_are_asked_one_by_one(settings) -> None:
    assert said(settings, site_with(UserAdmin)) == []
    found = {endpoint.path: endpoint for endpoint in endpoints()}
    assert found["console/accounts/user/extra/"].needs("GET") is Permission.USERS_MANAGE
    change = found["console/accounts/user/%(object_id)s/change/"]
    assert (change.needs("GET"), change.needs("POST")) == (Permission.USERS_READ, Permission.USERS_MANAGE)
    assert len(said(settings, site_with(BareAdmin))) >= 5
    assert any("'index'" in message for message in said(settings, site_with(UserAdmin, AdminSite)))


def test_the_real_addresses_all_say_what_they_need() -> None:
    assert everything_is_declared() == []
