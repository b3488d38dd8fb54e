"""How long the log is kept, what of it was pruned and when, and its legal holds."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.objects import log_hold_for, log_holds_visible_to
from apps.access.permissions import Permission, may
from apps.audit import holds
from apps.audit.errors import AuditError
from apps.audit.requests import actor_of
from apps.audit.retention import standing
from apps.console import forms
from apps.console.sites import ConsoleSite
from apps.tenants.models import Tenant
from apps.tenants.walls import connection

_SHOWN = 20


def retention(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """The page; a POST places a hold."""
    form = forms.LogHold(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        holds.place(actor_of(request), form.cleaned_data["why"])
        messages.success(request, "The log is under a legal hold: nothing of it is pruned.")
        return redirect(site.address("audit_retention"))
    tenant = Tenant.objects.select_related("plan").get(id=connection().walls.proven)
    found = list(log_holds_visible_to(request).order_by("-placed", "id")[:_SHOWN])
    may_hold = may(request, Permission.AUDIT_MANAGE)
    return site.render(
        request, "console/audit_retention.html", "Retention of the log", kept=standing(tenant.plan.audit_days),
        plan=tenant.plan, holds=found, held=[one for one in found if one.lifted is None], may_hold=may_hold,
        form=form if may_hold else None, lifting=forms.LogHold(),
    )  # fmt: skip


def lift(request: HttpRequest, site: ConsoleSite, log_hold: uuid.UUID) -> HttpResponseBase:
    found = log_hold_for(request, log_hold, Permission.AUDIT_MANAGE)
    form = forms.LogHold(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why the hold is lifted.")
    else:
        try:
            holds.lift(found.pk, actor_of(request), form.cleaned_data["why"])
        except AuditError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "The hold is lifted. What is overdue is pruned, unless another hold stands.")
    return redirect(site.address("audit_retention"))
