"""Specs: listed, read beside what they came from, edited, compared, approved, exported, retired."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.contrib.admin import SimpleListFilter, action
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern

from apps.access.declarations import needs
from apps.access.objects import own_id, user_for
from apps.access.permissions import Permission, may
from apps.access.specimen import Fixed, carries
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.console import spec_source
from apps.console.exporting import Row
from apps.console.filters import Days
from apps.console.inert import inert
from apps.console.kinds import Kind
from apps.console.spec_editing import Editing
from apps.specs import grouping
from apps.specs.access import spec_for, specs_visible_to, version_for
from apps.specs.approving import approve, retire, writers_of
from apps.specs.comparing import compared
from apps.specs.editing import newest_of
from apps.specs.errors import SpecError
from apps.specs.evidence import unchecked
from apps.specs.exporting import Export, Form, export
from apps.specs.models import Sighting, Spec, SpecVersion
from apps.specs.opening import opened
from apps.specs.titles import titled
from specward.language.findings import UNGROUNDED

P = Permission
_FORMS = {
    Form.TYPESCRIPT: "Playwright test in TypeScript",
    Form.PYTHON: "Playwright test in Python",
    Form.TYPESCRIPT_PROJECT: "TypeScript project (zip)",
    Form.PYTHON_PROJECT: "Python project (zip)",
    Form.SPEC: "The spec itself",
}


def _number(**which: Any) -> Subquery:
    versions = SpecVersion.objects.filter(spec=OuterRef("pk"), **which).order_by("-number")
    return Subquery(versions.values("number")[:1], output_field=IntegerField())


def with_states(specs: QuerySet[Spec]) -> QuerySet[Spec]:
    """Each with the numbers of its newest and its approved version, and the sessions it covers."""
    seen = Sighting.objects.filter(spec=OuterRef("pk")).order_by().values("spec").annotate(n=Count("id")).values("n")
    return specs.annotate(
        newest=_number(),
        in_use=_number(state=SpecVersion.State.APPROVED),
        sessions=Subquery(seen, output_field=IntegerField()),
    )


WAITING: Final = Q(retired__isnull=True) & (Q(in_use__isnull=True) | Q(newest__gt=F("in_use")))
"""Specs :func:`with_states` of which somebody is to read and approve the newest version."""


class SpecState(SimpleListFilter):
    """As the badge beside each spec says."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting for approval"), ("approved", "Approved"), ("retired", "Retired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Spec]) -> QuerySet[Spec]:
        wanted = {
            "waiting": WAITING,
            "approved": Q(retired__isnull=True, in_use__isnull=False),
            "retired": Q(retired__isnull=False),
        }
        state = self.value() or ""
        return queryset.filter(wanted[state]) if state in wanted else queryset


class Specs(Editing, Kind):
    """The list, and the pages about one."""

    permissions = {"view": P.SPECS_READ, "change": P.SPECS_APPROVE, "export": P.SPECS_EXPORT}  # read by apps/access
    called = ("spec", "specs")
    change_list_template = "console/specs.html"
    list_display = ["id", "created"]
    list_filter = [SpecState, Days.of("created", "Made")]
    search_fields = ["id"]
    exported = ("id", "title", "state", "newest", "in_use", "sessions", "created", "retired")
    ordering = ["-created", "-id"]
    actions = ["export_typescript", "export_python"]

    def further_pages(self) -> list[URLPattern]:
        return [
            self.at("<uuid:spec>/", needs(GET=P.SPECS_READ)(self.one), "change"),
            self.at("<uuid:spec>/edit/", needs(GET=P.SPECS_EDIT, POST=P.SPECS_EDIT)(self.edit), "edit"),
            self.at("<uuid:spec>/changes/", needs(GET=P.SPECS_READ)(self.changes), "changes"),
            self.at("<uuid:spec>/retire/", needs(POST=P.SPECS_APPROVE)(self.retire), "retire"),
            self.at("<uuid:spec>/approve/<uuid:version>/", needs(POST=P.SPECS_APPROVE)(self.approve), "approve"),
            self.at("<uuid:spec>/export/<str:form>/", needs(GET=P.SPECS_EXPORT)(self.export_page), "export"),
            self.at("<uuid:spec>/history/", needs(GET=P.SPECS_READ)(self.history_of_spec), "history"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Spec]:
        return with_states(specs_visible_to(request).with_sealed())  # type: ignore[attr-defined]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Spec], search_term: str
    ) -> tuple[QuerySet[Spec], bool]:
        """By words of the title. Titles are sealed: those of the newest are opened and looked at."""
        return (queryset.filter(pk__in=titled(queryset, search_term)) if search_term.split() else queryset), False

    def row(self, one: Any) -> Row:
        values = {name: getattr(one, name) for name in self.exported if name not in ("title", "state")}
        return {**values, "title": one.title.reveal(), "state": state_of(one)}

    @action(description="Export as a TypeScript project", permissions=["export"])
    def export_typescript(self, request: HttpRequest, chosen: QuerySet[Spec]) -> HttpResponseBase | None:
        return self._exported(request, chosen, Form.TYPESCRIPT_PROJECT)

    @action(description="Export as a Python project", permissions=["export"])
    def export_python(self, request: HttpRequest, chosen: QuerySet[Spec]) -> HttpResponseBase | None:
        return self._exported(request, chosen, Form.PYTHON_PROJECT)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return may(request, P.SPECS_EXPORT)

    def _exported(self, request: HttpRequest, chosen: QuerySet[Spec], form: Form) -> HttpResponseBase | None:
        try:
            return _file(export(list(chosen), form))
        except SpecError as error:
            messages.error(request, str(error))
            return None

    def one(self, request: HttpRequest, spec: uuid.UUID) -> HttpResponseBase:
        found = spec_for(request, spec, P.SPECS_READ)
        shown = self._version(found, request.GET.get("version", ""))
        record(Action.ACCESS, shown, details={"number": shown.number}, narrative="Read on the console")
        versions = list(found.versions.order_by("-number"))
        mine = may(request, P.SPECS_APPROVE)
        context: dict[str, Any] = {
            "spec": found,
            "version": shown,
            "versions": versions,
            "in_use": next((v for v in versions if v.state == SpecVersion.State.APPROVED), None),
            "share": grouping.share_of(found),
            "may_edit": may(request, P.SPECS_EDIT) and found.retired is None,
            "may_approve": mine and found.retired is None,
            "forms": list(_FORMS.items()) if may(request, P.SPECS_EXPORT) else [],
            "lines": self.last_of(request, found),
            "recording": self._recording(shown),
            "overruled": UNGROUNDED,
        }
        try:
            whole = opened(shown)
            context |= {"blocks": spec_source.blocks(whole), "opened": whole, "beyond": whole.checked.findings}
            context["left_out"] = spec_source.left_out(whole)
            context["unchecked"] = unchecked(whole.spec, whole.sheet, whole.notes.get("beside", {}))
            context["cannot_vouch"] = bool(whole.checked.findings) and request.user.pk in writers_of(shown)
        except SpecError as error:
            context["broken"] = str(error)
        return self.admin_site.render(request, "console/spec.html", found.title.reveal(), **context)

    def _version(self, spec: Spec, number: str) -> SpecVersion:
        if not number:
            return newest_of(spec)
        found = SpecVersion.objects.with_sealed().filter(spec=spec)
        version = found.filter(number=number).first() if number.isdecimal() and len(number) < 9 else None
        if version is None:
            raise Http404
        return version

    def _recording(self, version: SpecVersion) -> str:
        page = "recordings_recording_change"
        if version.recording_id is None or not self.admin_site.has_page(page):
            return ""
        return self.admin_site.address(page, version.recording_id)

    def changes(self, request: HttpRequest, spec: uuid.UUID) -> HttpResponseBase:
        found = spec_for(request, spec, P.SPECS_READ)
        after = self._version(found, request.GET.get("to", ""))
        given = request.GET.get("from", "")
        before = self._version(found, given) if given else _vouched_before(after)
        for version in (before, after):
            record(Action.ACCESS, version, details={"number": version.number}, narrative="Compared on the console")
        return self.admin_site.render(
            request, "console/spec_changes.html", found.title.reveal(), spec=found, before=before, after=after,
            versions=list(found.versions.order_by("-number")),
            changed=compared(before.text.reveal(), after.text.reveal()),
        )  # fmt: skip

    def approve(self, request: HttpRequest, spec: uuid.UUID, version: uuid.UUID) -> HttpResponseBase:
        wanted = version_for(request, version, P.SPECS_APPROVE)
        if wanted.spec_id != spec:
            raise Http404
        try:
            approve(
                wanted, digest=request.POST.get("digest", ""), by=user_for(request, own_id(request), P.SPECS_APPROVE)
            )
        except SpecError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, f"Version {wanted.number} is approved: it is what is exported and run from now on."
            )
        return redirect(f"{self.admin_site.address(self.name_of('change'), spec)}?version={wanted.number}")

    def retire(self, request: HttpRequest, spec: uuid.UUID) -> HttpResponseBase:
        found = spec_for(request, spec, P.SPECS_APPROVE)
        try:
            retire(found, by=user_for(request, own_id(request), P.SPECS_APPROVE))
        except SpecError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "The spec is retired. What was exported before stays where it is.")
        return redirect(self.admin_site.address(self.name_of("change"), spec))

    @carries(path={"form": Fixed(Form.SPEC.value)})
    def export_page(self, request: HttpRequest, spec: uuid.UUID, form: str) -> HttpResponseBase:
        found = spec_for(request, spec, P.SPECS_EXPORT)
        if form not in list(Form):
            raise Http404
        try:
            return _file(export([found], Form(form)))
        except SpecError as error:
            messages.error(request, str(error))
            return redirect(self.admin_site.address(self.name_of("change"), found.pk))

    def history_of_spec(self, request: HttpRequest, spec: uuid.UUID) -> HttpResponseBase:
        found = spec_for(request, spec, P.AUDIT_READ)
        return self.history(request, found, found.title.reveal())


def _vouched_before(version: SpecVersion) -> SpecVersion:
    """The last one before it that somebody approved, or the first. Held against the draft that it was made of, it would
    hide from its approver what that draft had changed already."""
    earlier = SpecVersion.objects.with_sealed().filter(spec=version.spec_id, number__lt=version.number)
    return earlier.filter(Q(approved__isnull=False) | Q(number=1)).order_by("-number").first() or version


def state_of(spec: Any) -> str:
    """waiting, approved or retired, of a spec out of :func:`with_states`."""
    if spec.retired is not None:
        return "retired"
    return "approved" if spec.in_use is not None and spec.newest == spec.in_use else "waiting"


def _file(made: Export) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{inert(made.name)}"'}
    return HttpResponse(made.content, content_type=made.content_type, headers=headers)
