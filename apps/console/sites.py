"""The two sites of the console: a customer's own, and the platform's. Each answers at its hosts only."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse

from apps.access.declarations import View
from apps.accounts import credentials
from apps.console.navigation import PLATFORM_PAGES, TENANT_PAGES, Page, links
from apps.tenants.models import Tenant
from apps.tenants.walls import PLATFORM_ID, connection


class ConsoleSite(AdminSite):
    """Django's site behind our walls: strangers and the wrong host are told that nothing is there."""

    pages: ClassVar[tuple[Page, ...]] = ()
    for_platform: ClassVar[bool] = False
    enable_nav_sidebar = False
    final_catch_all_view = False

    def is_at(self, request: HttpRequest) -> bool:
        """Whether this site is the one of the host that was asked."""
        route = getattr(request, "route", None)
        return route is not None and (route.tenant_id == PLATFORM_ID) == self.for_platform

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether a person signed in to this site. A token speaks to the API alone: its scopes were given for that."""
        credential = getattr(request, "credential", None)
        return credential is not None and credential.kind is credentials.Kind.SESSION and self.is_at(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]
        """CSRF, framing and caching are seen to by middleware, for these pages as for all others."""

        @functools.wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                raise Http404
            return view(request, *args, **kwargs)

        inner.for_platform = self.for_platform  # type: ignore[attr-defined]
        return inner

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        tenant = Tenant.objects.select_related("plan").get(id=connection().walls.proven)
        return {"site_name": self.name, "links": links(request, self.pages, self.name), "tenant": tenant}

    def render(self, request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        """A page of this site."""
        request.current_app = self.name
        whole: Mapping[str, Any] = {**self.each_context(request), "title": title, **context}
        return TemplateResponse(request, template, dict(whole))

    def address(self, name: str, *args: object) -> str:
        """The path of a page of this site."""
        return reverse(f"admin:{name}", args=args, current_app=self.name)

    def has_page(self, name: str) -> bool:
        """Whether this site has the page of a kind, by its address's name."""
        return any(name.startswith(f"{m._meta.app_label}_{m._meta.model_name}_") for m in self._registry)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from apps.console.addresses import of_site

        return of_site(self)


class TenantSite(ConsoleSite):
    """What a customer's people see."""

    pages = TENANT_PAGES


class PlatformSite(ConsoleSite):
    """What our staff sees: the customers, and the platform's own people, tokens and log."""

    pages = PLATFORM_PAGES
    for_platform = True


TENANT = TenantSite(name="tenant")
PLATFORM = PlatformSite(name="platform")


def site_of(request: HttpRequest) -> ConsoleSite:
    """The site of the host that was asked."""
    return PLATFORM if PLATFORM.is_at(request) else TENANT
