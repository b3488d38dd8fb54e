"""Exports of the log: asked for with the log's own filters, followed while they are made, downloaded."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.objects import export_for, exports_visible_to
from apps.access.permissions import Permission
from apps.audit.errors import AuditError
from apps.audit.exports import asking, downloading
from apps.audit.exports.errors import NotReady, way_out_of
from apps.audit.exports.models import Export, Format, State
from apps.audit.exports.ranges import Unsatisfiable
from apps.audit.log_keys import reigns
from apps.audit.requests import actor_of
from apps.console import forms
from apps.console.pages.audit import people_of, wanted_of
from apps.console.sites import ConsoleSite
from apps.console.telling import kind_of

_SHOWN: Final = 50
_WORKING: Final = (State.WAITING, State.MAKING)
_CALLED: Final = {
    "since": "From", "until": "Before", "actor": "Who", "token": "Token", "action": "Action", "object_type": "Kind",
    "object_pk": "Key", "request_id": "Request", "index": "Place",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """An export as a line of the list. ``filters`` are names and values, in words."""

    export: Export
    filters: tuple[tuple[str, str], ...]
    is_working: bool
    way_out: str

    @property
    def has_file(self) -> bool:
        return self.export.state == State.READY

    @property
    def size(self) -> str:
        return _counted(self.export.size)

    @property
    def entries(self) -> str:
        return _counted(self.export.entries)

    @property
    def looked(self) -> str:
        return _looked(self.export)


def exports(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """The list, and the form to ask by: filled in with the filters that the log had."""
    people = people_of(request)
    if request.method == "POST":
        form = forms.NewExport(request.POST, people)
        if form.is_valid() and _is_asked_for(request, form):
            messages.success(request, "The export is being made. It stays here for some days once it is ready.")
            return redirect(site.address("audit_exports"))
    else:
        form = forms.NewExport(_filled_in(request.GET), people)
    found = list(exports_visible_to(request)[:_SHOWN])
    keys = reigns()
    return site.render(
        request, "console/exports.html", "Exports", form=form, lines=[_line(one, dict(people)) for one in found],
        is_working=any(one.state in _WORKING for one in found), most=_SHOWN, is_filtered=form.is_filtered,
        key=str(keys[0].key) if keys else "",
    )  # fmt: skip


def _filled_in(asked: QueryDict) -> QueryDict:
    given = asked.copy()
    given.setdefault("format", Format.BUNDLE.value)
    return given


def _is_asked_for(request: HttpRequest, form: forms.NewExport) -> bool:
    try:
        asking.ask(Format(form.cleaned_data["format"]), wanted_of(form.cleaned_data), actor_of(request))
    except AuditError as refused:
        form.add_error(None, str(refused))
        return False
    return True


def _line(export: Export, people: Mapping[str, str]) -> Line:
    filters = tuple(
        (called, _in_words(name, value, people))
        for name, called in _CALLED.items()
        if (value := str(export.wanted.get(name, "")))
    )
    if export.only is not None:
        filters += (("Entry at", str(export.only)),)
    way_out = way_out_of(export.reason) if export.state == State.FAILED else ""
    return Line(export, filters, export.state in _WORKING, way_out)


def state(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """For the page that follows: how far each is that is under way."""
    found = exports_visible_to(request).filter(state__in=_WORKING)
    return JsonResponse({"exports": {str(one.id): _told(one) for one in found}})


def _in_words(name: str, value: str, people: Mapping[str, str]) -> str:
    if name in ("since", "until"):
        return f"{datetime.datetime.fromisoformat(value).astimezone(datetime.UTC):%d %b %Y, %H:%M}"
    return kind_of(value) if name == "object_type" else people.get(value, value) if name == "actor" else value


def _counted(entries: int) -> str:
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}"


def _looked(export: Export) -> str:
    return f"{export.looked:,} of {export.size:,} looked at"


def _told(export: Export) -> dict[str, Any]:
    return {
        "state": export.state,
        "words": export.get_state_display(),
        "looked": export.looked,
        "says": _looked(export),
    }


def file(request: HttpRequest, site: ConsoleSite, export: uuid.UUID) -> HttpResponseBase:
    """The file, whole or one range of it."""
    found = export_for(request, export, Permission.AUDIT_EXPORT)
    try:
        answer = downloading.answer(request, found)
    except NotReady as refused:
        messages.error(request, str(refused))
        return redirect(site.address("audit_exports"))
    if isinstance(answer, Unsatisfiable):
        return HttpResponse(status=416, headers={"Content-Range": answer.content_range})
    return answer
