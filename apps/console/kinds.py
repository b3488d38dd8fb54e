"""What the lists and pages of a kind of object have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from apps.access.declarations import DeclaredAdmin, View
from apps.console.sites import ConsoleSite

if TYPE_CHECKING:
    _ModelAdmin = ModelAdmin[Any]
else:
    _ModelAdmin = ModelAdmin


class Kind(DeclaredAdmin, _ModelAdmin):
    """Django's list with search, filters, pages and actions. Nothing is added or edited by Django's own forms: further
    pages are views that call the domain's functions."""

    list_per_page = 50
    show_full_result_count = False
    list_display_links = None
    admin_site: ConsoleSite

    def get_urls(self) -> list[URLPattern]:
        def changelist(request: HttpRequest) -> HttpResponseBase:
            return self.changelist_view(request)

        listing: Any = self.admin_site.admin_view(changelist)
        listing.model_admin = self
        return [path("", listing, name=self.name_of("changelist")), *self.further_pages()]

    def further_pages(self) -> list[URLPattern]:
        return []

    def name_of(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def at(self, route: str, view: View, page: str) -> URLPattern:
        """An address under the kind's own, for a view that declares what it needs."""
        return path(route, self.admin_site.admin_view(view), name=self.name_of(page))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().changelist_view(request, {"heading": self.opts.verbose_name_plural, **(extra_context or {})})

    def history_view(self, request: HttpRequest, object_id: str, extra_context: object = None) -> Any:
        raise Http404

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:  # type: ignore[override]
        """Nothing: the database records every write."""

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> None:  # type: ignore[override]
        """Nothing, as above."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        """Nothing, as above."""
