"""Evidence as a file: a zip with a manifest and digests, of some days and controls, which verifies offline."""

from __future__ import annotations

import datetime

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance import evidence_zip
from apps.compliance.access import exceptions_visible_to, messages_visible_to, runs_visible_to
from apps.compliance.catalogue import catalogue
from apps.console import forms_of_posture as forms
from apps.console.posture.sight import Sight, sight_of
from apps.console.sites import ConsoleSite
from apps.tenants.afterwards import Streamed


def evidence(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    sight = sight_of(request)
    chosen = [key for key in request.GET.getlist("controls") if key in catalogue().controls]
    initial = {"first": sight.first, "last": sight.shown_last, "controls": chosen}
    return _page(request, site, sight, forms.Range(_controls(), initial=initial), is_of_some=bool(chosen))


def file(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """The zip; an auditor gets their own days alone, whatever is asked for. The log has its entry before the first
    byte is sent."""
    sight = sight_of(request)
    form = forms.Range(_controls(), request.GET)
    if not sight.has_begun:
        return redirect(site.address("posture_evidence"))
    if not form.is_valid():
        return _page(request, site, sight, form)
    first, last = _within(form.cleaned_data["first"], form.cleaned_data["last"], sight)
    if last < first:
        form.add_error(None, "These days are not in your observation window.")
        return _page(request, site, sight, form)
    ours = catalogue().controls
    keys = form.cleaned_data["controls"] or list(ours)
    wanted = evidence_zip.Wanted(
        controls=tuple(ours[key] for key in keys),
        first=first,
        last=last,
        runs=runs_visible_to(request),
        exceptions=exceptions_visible_to(request),
        messages=messages_visible_to(request),
    )
    details = {"first": str(first), "last": str(last), "controls": len(keys)}
    record(Action.EXPORT, kind="compliance.run", details=details, narrative="Takes evidence out as a zip")
    answer = Streamed(evidence_zip.write(wanted), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{wanted.file_name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _within(first: datetime.date, last: datetime.date, sight: Sight) -> tuple[datetime.date, datetime.date]:
    if sight.is_window:
        return max(first, sight.first), min(last, sight.last)
    return first, last


def _page(
    request: HttpRequest, site: ConsoleSite, sight: Sight, form: forms.Range, *, is_of_some: bool = False
) -> HttpResponseBase:
    runs = runs_visible_to(request).order_by("at").values_list("at", flat=True).first() if sight.has_begun else None
    return site.render(
        request, "console/posture/evidence.html", "Evidence", sight=sight, form=form, oldest=runs,
        chosen=is_of_some or form.data.get("controls"),
    )  # fmt: skip


def _controls() -> list[tuple[str, str]]:
    return [(key, f"{key} {control.title}") for key, control in catalogue().controls.items()]
