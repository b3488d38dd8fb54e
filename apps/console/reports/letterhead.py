"""The tenant's picture on its reports."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.compliance.errors import ComplianceError
from apps.compliance.reports import logo
from apps.compliance.reports.models import Letterhead
from apps.console import forms_of_reports as forms
from apps.console.sites import ConsoleSite


def letterhead(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    form = forms.Logo(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if request.POST.get("do") == "drop":
            logo.drop()
            messages.success(request, "Reports have no picture any more.")
            return redirect(site.address("reports_letterhead"))
        if form.is_valid():
            try:
                logo.keep(form.cleaned_data["picture"])
            except ComplianceError as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, "It stands on all reports from now on.")
                return redirect(site.address("reports_letterhead"))
    return site.render(
        request, "console/reports/letterhead.html", "Picture on reports", form=form, kept=Letterhead.objects.first(),
        largest=logo.LARGEST, most=logo.MOST_PIXELS,
    )  # fmt: skip
