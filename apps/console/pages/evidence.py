"""Evidence as a file: a zip with a manifest and digests, of some days and controls, which verifies offline."""

from __future__ import annotations

import datetime

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance import evidence_zip
from apps.compliance.access import is_auditor, runs_visible_to
from apps.compliance.catalogue import catalogue
from apps.console import forms_of_posture as forms
from apps.console.posture.sight import Sight, sight_of
from apps.console.sites import ConsoleSite
from apps.tenants.afterwards import Streamed


def evidence(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    sight = sight_of(request)
    return _page(request, site, sight, forms.Range(_controls(), initial=_usual(sight)))


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
    details = {"first": str(first), "last": str(last), "controls": len(keys)}
    record(Action.EXPORT, kind="compliance.run", details=details, narrative="Takes evidence out as a zip")
    answer = Streamed(evidence_zip.write([ours[key] for key in keys], first, last), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="specward-evidence-{first}-to-{last}.zip"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _within(first: datetime.date, last: datetime.date, sight: Sight) -> tuple[datetime.date, datetime.date]:
    if sight.is_window:
        return max(first, sight.first), min(last, sight.last)
    return first, last


def _page(request: HttpRequest, site: ConsoleSite, sight: Sight, form: forms.Range) -> HttpResponseBase:
    runs = runs_visible_to(request).order_by("at").values_list("at", flat=True).first() if sight.has_begun else None
    return site.render(
        request, "console/posture/evidence.html", "Evidence", sight=sight, form=form, oldest=runs,
        for_auditor=is_auditor(request),
    )  # fmt: skip


def _usual(sight: Sight) -> dict[str, datetime.date]:
    return {"first": sight.first, "last": sight.shown_last}


def _controls() -> list[tuple[str, str]]:
    return [(key, f"{key} {control.title}") for key, control in catalogue().controls.items()]
