"""Further addresses of a schedule: asked, asked again, taken away."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.permissions import Permission
from apps.accounts.models import User
from apps.compliance.errors import ComplianceError
from apps.compliance.reports import recipients
from apps.compliance.reports.access import recipient_for, schedule_for
from apps.console import forms_of_reports as forms
from apps.console.reports.schedules import shown
from apps.console.sites import ConsoleSite

P = Permission


def add(request: HttpRequest, site: ConsoleSite, report_schedule: uuid.UUID) -> HttpResponseBase:
    found = schedule_for(request, report_schedule, P.REPORTS_MANAGE)
    form = forms.Address(request.POST)
    if form.is_valid():
        try:
            made = recipients.add(found, form.cleaned_data["email"])
        except ComplianceError as refused:
            form.add_error("email", str(refused))
        else:
            messages.success(request, f"{made.email} is asked by mail whether it wants the reports.")
            return redirect(site.address("reports_schedule", found.pk))
    return shown(request, site, found, form)


def change(request: HttpRequest, site: ConsoleSite, report_recipient: uuid.UUID) -> HttpResponseBase:
    found = recipient_for(request, report_recipient, P.REPORTS_MANAGE)
    if not isinstance(request.user, User):
        raise PermissionDenied
    try:
        match request.POST.get("do"):
            case "ask":
                recipients.ask_again(found)
                messages.success(request, f"{found.email} is asked again, with a new link.")
            case "back":
                recipients.resubscribe(found, request.user)
                messages.success(request, "You get them again.")
            case "remove":
                recipients.remove(found)
                messages.success(request, f"{found.email} gets no more of these reports.")
    except ComplianceError as refused:
        messages.error(request, str(refused))
    return redirect(site.address("reports_schedule", found.schedule_id))
