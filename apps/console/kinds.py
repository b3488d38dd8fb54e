"""What the lists and pages of a kind of object have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path

from apps.access.declarations import DeclaredAdmin, View, needs
from apps.access.permissions import Permission, may
from apps.audit import search
from apps.audit.errors import CursorRefused
from apps.audit.reading import note_reading
from apps.console import exporting, telling
from apps.console.exporting import Format
from apps.console.saved_filters import saved_here
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
    called: ClassVar[tuple[str, str]] = ("object", "objects")
    """One of them, and several."""
    exported: ClassVar[Sequence[str]] = ()
    """The columns of an export; none: the list is not exported."""

    def get_urls(self) -> list[URLPattern]:
        def changelist(request: HttpRequest) -> HttpResponseBase:
            return self.changelist_view(request)

        listing: Any = self.admin_site.admin_view(changelist)
        listing.model_admin = self
        return [path("", listing, name=self.name_of("changelist")), *self._exports(), *self.further_pages()]

    def _exports(self) -> Iterator[URLPattern]:
        """One address for each format, for those who may see the list."""
        needed = self.permissions["view"]
        if not self.exported or not isinstance(needed, Permission):
            return
        for as_format in Format:
            view = needs(GET=needed)(self._export_as(as_format))
            yield self.at(f"export.{as_format.value}", view, f"export_{as_format.value}")

    def _export_as(self, as_format: Format) -> View:
        def export(request: HttpRequest) -> HttpResponseBase:
            try:
                found = self.get_changelist_instance(request)
            except IncorrectLookupParameters:
                return redirect(self.admin_site.address(self.name_of("changelist")))
            return exporting.export(
                exporting.List(
                    self.called[1].replace(" ", "-"),
                    self.exported,
                    map(self.row, found.queryset.iterator(chunk_size=200)),
                    self.opts.label_lower,
                    [name for name, value in request.GET.items() if value],
                ),
                as_format,
            )

        return export

    def row(self, one: Any) -> exporting.Row:
        """An object as a row of an export, by the names in ``exported``."""
        return {column: getattr(one, column) for column in self.exported}

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
        exports = [(f.value.upper(), f"admin:{self.name_of(f'export_{f.value}')}") for f in Format if self.exported]
        shown = {
            "called": self.called, "exports": exports, "listing": self.name_of("changelist"),
            "saved": saved_here(request, self.name_of("changelist")),
        }  # fmt: skip
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def history(self, request: HttpRequest, found: Model, name: str) -> HttpResponseBase:
        """What the log of this tenant holds about one object, a page at a time, for those who may read the log."""
        cursor = request.GET.get("after", "")
        try:
            after = search.Cursor.parse(cursor) if cursor else None
        except CursorRefused as error:
            raise Http404 from error
        page = search.page(search.Wanted(object_type=self.opts.label_lower, object_pk=str(found.pk)), after)
        note_reading()
        return self.admin_site.render(
            request, "console/history.html", f"History of {name}", object=found, object_name=name,
            lines=telling.lines(page.entries, self.admin_site), next=page.next, is_later_page=bool(cursor),
            list_name=f"admin:{self.name_of('changelist')}", page_name=f"admin:{self.name_of('change')}",
            plural=self.called[1].capitalize(),
        )  # fmt: skip

    def last_of(self, request: HttpRequest, found: Model) -> list[telling.Line] | None:
        """The last few lines of the history, for a page about the object; None for who may not read the log."""
        if not may(request, Permission.AUDIT_READ):
            return None
        wanted = search.Wanted(object_type=self.opts.label_lower, object_pk=str(found.pk))
        return telling.lines(search.page(wanted, size=10).entries, self.admin_site)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: object = None) -> Any:
        raise Http404

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:  # type: ignore[override]
        """Nothing: the database records every write."""

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> None:  # type: ignore[override]
        """Nothing, as above."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        """Nothing, as above."""
