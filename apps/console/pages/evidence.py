"""Evidence as a file: a zip with a manifest and digests, of some days, which verifies offline."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.compliance import taking_home
from apps.compliance.access import runs_visible_to
from apps.compliance.catalogue import catalogue
from apps.console import forms_of_posture as forms
from apps.console.posture.sight import Sight, sight_of
from apps.console.sites import ConsoleSite


def evidence(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    sight = sight_of(request)
    initial = {"first": sight.first, "last": sight.shown_last, "control": request.GET.get("control", "")}
    return _page(request, site, sight, forms.Range(_controls(), initial=initial))


def file(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """The zip; an auditor gets their own days alone, whatever is asked for."""
    sight = sight_of(request)
    if not sight.has_begun:
        return redirect(site.address("posture_evidence"))
    form = forms.Range(_controls(), request.GET)
    if not form.is_valid():
        return _page(request, site, sight, form)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    if sight.is_window and (last < sight.first or first > sight.last):
        form.add_error(None, "None of these days is in your observation window.")
        return _page(request, site, sight, form)
    return taking_home.answer(request, first, last, form.cleaned_data["control"] or None)


def _page(request: HttpRequest, site: ConsoleSite, sight: Sight, form: forms.Range) -> HttpResponseBase:
    runs = runs_visible_to(request).order_by("at").values_list("at", flat=True)
    return site.render(
        request, "console/posture/evidence.html", "Evidence", sight=sight, form=form,
        oldest=runs.first() if sight.has_begun else None,
    )  # fmt: skip


def _controls() -> list[tuple[str, str]]:
    return [("", "All controls"), *((key, f"{key}: {one.title}") for key, one in catalogue().controls.items())]
