"""Schedules of reports: listed with what was mailed, made, changed, switched, sent now, taken away."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.permissions import Permission, may
from apps.accounts.models import Role, User
from apps.compliance.access import sees_now
from apps.compliance.errors import ComplianceError
from apps.compliance.reports import scheduling
from apps.compliance.reports.access import reports_visible_to, schedule_for, schedules_visible_to
from apps.compliance.reports.models import Letterhead, Mailing, Report, Schedule
from apps.console import forms_of_reports as forms
from apps.console.sites import ConsoleSite

P = Permission
SHOWN: Final = 50


def reports(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    """When they come, and the last ones."""
    return site.render(
        request, "console/reports/reports.html", "Reports", schedules=list(schedules_visible_to(request)),
        reports=list(counted(reports_visible_to(request))[:SHOWN]), most=SHOWN,
        may_manage=may(request, P.REPORTS_MANAGE), has_logo=Letterhead.objects.exists(),
    )  # fmt: skip


def counted(found: QuerySet[Report]) -> QuerySet[Report]:
    """With how many of its mails arrived, and how many did not."""
    of = "mailings__state"
    return found.annotate(
        sent=Count("mailings", filter=Q(**{of: Mailing.State.SENT})),
        bad=Count("mailings", filter=Q(**{f"{of}__in": (Mailing.State.FAILED, Mailing.State.UNKNOWN)})),
    )


def new(request: HttpRequest, site: ConsoleSite) -> HttpResponseBase:
    form = forms.ScheduleForm(
        request.POST if request.method == "POST" else None,
        initial={"weekday": "0", "roles": [Role.OWNER, Role.COMPLIANCE_OFFICER]},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = scheduling.make(**form.wanted())
        except ComplianceError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"“{made.name}” is made. Look at what would stand in it now.")
            return redirect(site.address("reports_schedule", made.pk))
    return site.render(request, "console/reports/form.html", "New schedule", form=form)


def settings(request: HttpRequest, site: ConsoleSite, report_schedule: uuid.UUID) -> HttpResponseBase:
    found = schedule_for(request, report_schedule, P.REPORTS_MANAGE)
    initial = {name: getattr(found, name) for name in forms.ScheduleForm.base_fields}
    form = forms.ScheduleForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            scheduling.change(found, **form.wanted())
        except ComplianceError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "It comes as you say from now on.")
            return redirect(site.address("reports_schedule", found.pk))
    return site.render(request, "console/reports/form.html", f"Settings of {found.name}", form=form, schedule=found)


def schedule(request: HttpRequest, site: ConsoleSite, report_schedule: uuid.UUID) -> HttpResponseBase:
    if request.method == "POST":
        return _changed(request, site, schedule_for(request, report_schedule, P.REPORTS_MANAGE))
    return shown(request, site, schedule_for(request, report_schedule, P.REPORTS_READ), forms.Address())


def shown(request: HttpRequest, site: ConsoleSite, found: Schedule, form: forms.Address) -> HttpResponseBase:
    """One schedule, with whom its reports go to."""
    by_role = {one.email: one for one in found.recipients.filter(removed=None).exclude(user=None)}
    people = User.objects.filter(role__in=found.roles, is_active=True).order_by("name", "id")[:500]
    return site.render(
        request, "console/reports/schedule.html", found.name, schedule=found, form=form,
        roles=[Role(role).label for role in found.roles],
        people=[(person, by_role.get(person.email)) for person in people],
        addresses=list(found.recipients.filter(removed=None, user=None)),
        reports=list(counted(reports_visible_to(request).filter(schedule=found))[:SHOWN]),
        may_manage=may(request, P.REPORTS_MANAGE), may_preview=sees_now(request),
    )  # fmt: skip


def _changed(request: HttpRequest, site: ConsoleSite, found: Schedule) -> HttpResponseBase:
    here = site.address("reports_schedule", found.pk)
    if not isinstance(request.user, User):
        raise PermissionDenied
    done: dict[str, Any] = {
        "send": lambda: scheduling.send_now(found, request.user),
        "on": lambda: scheduling.change(found, enabled=True),
        "off": lambda: scheduling.change(found, enabled=False),
        "remove": lambda: scheduling.remove(found),
    }
    said = {
        "send": "It is composed and mailed now.",
        "on": "It comes again, at its next turn.",
        "off": "It comes no more until it is switched on.",
        "remove": "It is taken away. What was mailed stays here.",
    }
    asked = request.POST.get("do", "")
    if asked in done:
        try:
            done[asked]()
        except ComplianceError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, said[asked])
            here = site.address("reports") if asked == "remove" else here
    return redirect(here)
