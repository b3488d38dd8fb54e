"""Observation windows: which days each auditor sees."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.permissions import Permission
from apps.accounts.models import Role, User
from apps.compliance import observing
from apps.compliance.access import observation_for, observations_visible_to
from apps.compliance.errors import ComplianceError
from apps.console import forms_of_posture as forms
from apps.console.sites import ConsoleSite

_SHOWN = 100


def observations(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    auditors = list(User.objects.filter(role=Role.AUDITOR, is_active=True).order_by("name", "id")[:500])
    form = forms.Window(auditors, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not isinstance(request.user, User):
            raise PermissionDenied
        given = form.cleaned_data
        try:
            made = observing.assign(form.whose, given["first"], given["last"], request.user)
        except ComplianceError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{made.auditor.name} sees {made.first:%-d %B %Y} to {made.last:%-d %B %Y}.")
            return redirect(site.address("posture_observations"))
    return site.render(
        request, "console/posture/observations.html", "Observation windows", form=form, auditors=auditors,
        windows=list(observations_visible_to(request)[:_SHOWN]), most=_SHOWN,
    )  # fmt: skip


def end(request: HttpRequest, site: ConsoleSite, observation: uuid.UUID) -> HttpResponseBase:
    found = observation_for(request, observation, Permission.COMPLIANCE_MANAGE)
    observing.end(found)
    messages.success(request, f"{found.auditor.name} sees no evidence any more.")
    return redirect(site.address("posture_observations"))
