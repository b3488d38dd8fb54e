"""What of reports a request may see, and the object that it names (see ``apps.access.objects``).

Who keeps the controls sees all of it. An auditor sees the reports of the days that were given to them.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.access.objects import Id, one_for
from apps.access.permissions import Permission, may
from apps.compliance.access import is_auditor, window_for
from apps.compliance.observing import bounds
from apps.compliance.reports.models import Mailing, Recipient, Report, Schedule


def schedules_visible_to(request: HttpRequest) -> QuerySet[Schedule]:
    """All that are not taken away, for those who may read reports."""
    if may(request, Permission.REPORTS_READ):
        return Schedule.objects.filter(removed=None)
    return Schedule.objects.none()


def schedule_for(request: HttpRequest, id: Id, permission: Permission) -> Schedule:
    """The schedule with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, schedules_visible_to(request), id, permission)


def recipients_visible_to(request: HttpRequest) -> QuerySet[Recipient]:
    """Those of the schedules that are there."""
    if may(request, Permission.REPORTS_READ):
        return Recipient.objects.filter(removed=None, schedule__removed=None).select_related("schedule")
    return Recipient.objects.none()


def recipient_for(request: HttpRequest, id: Id, permission: Permission) -> Recipient:
    """The recipient with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, recipients_visible_to(request), id, permission)


def reports_visible_to(request: HttpRequest) -> QuerySet[Report]:
    """All reports, or those that tell of a day of the auditor's. Without their contents and files."""
    found = Report.objects.select_related("schedule").defer("content", "pdf")
    if not may(request, Permission.REPORTS_READ):
        return found.none()
    if not is_auditor(request):
        return found
    window = window_for(request)
    if window is None:
        return found.none()
    begin, end = bounds(window.first, window.last)
    return found.filter(since__gte=begin, until__lt=end)


def report_for(request: HttpRequest, id: Id, permission: Permission) -> Report:
    """The report with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, reports_visible_to(request), id, permission)


def mailings_visible_to(request: HttpRequest) -> QuerySet[Mailing]:
    """Those of the reports that may be seen."""
    return Mailing.objects.filter(report__in=reports_visible_to(request)).select_related("report__schedule")


def mailing_for(request: HttpRequest, id: Id, permission: Permission) -> Mailing:
    """The mailing with this id. Raises Http404 and PermissionDenied."""
    return one_for(request, mailings_visible_to(request), id, permission)
