"""Reports as they were mailed: to whom, and what stood in them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.permissions import Permission, may
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance.errors import ComplianceError
from apps.compliance.reports import mailing
from apps.compliance.reports.access import mailing_for, report_for
from apps.compliance.reports.content import Content
from apps.compliance.reports.models import Mailing, Report
from apps.compliance.reports.previewing import page_of, text_of
from apps.console.reports.shown import as_file, as_page, as_text
from apps.console.sites import ConsoleSite

P = Permission


def report(request: HttpRequest, site: ConsoleSite, report: uuid.UUID) -> HttpResponseBase:
    """One report, and what became of each of its mails."""
    found = report_for(request, report, P.REPORTS_READ)
    again = (Mailing.State.FAILED, Mailing.State.UNKNOWN)
    return site.render(
        request, "console/reports/report.html", f"{found.schedule.name}: {found.until:%-d %B %Y}", report=found,
        mailings=[(one, one.state in again) for one in found.mailings.all()[:500]], has_file=_has_file(found),
        may_manage=may(request, P.REPORTS_MANAGE),
    )  # fmt: skip


def page(request: HttpRequest, site: ConsoleSite, report: uuid.UUID) -> HttpResponseBase:
    return as_page(page_of(_read(request, report)[1]))


def text(request: HttpRequest, site: ConsoleSite, report: uuid.UUID) -> HttpResponseBase:
    return as_text(text_of(_read(request, report)[1]))


def file(request: HttpRequest, site: ConsoleSite, report: uuid.UUID) -> HttpResponseBase:
    found, _ = _read(request, report)
    if found.pdf is None:
        raise Http404
    return as_file(bytes(found.pdf), f"compliance-{found.until:%Y-%m-%d}")


def again(request: HttpRequest, site: ConsoleSite, report_mailing: uuid.UUID) -> HttpResponseBase:
    """One of its mails once more, by somebody who knows that it may come twice."""
    found = mailing_for(request, report_mailing, P.REPORTS_MANAGE)
    try:
        mailing.send_again(found)
    except ComplianceError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"It is mailed to {found.to} once more.")
    return redirect(site.address("reports_report", found.report_id))


def _has_file(found: Report) -> bool:
    return Report.objects.filter(id=found.id).exclude(pdf=None).exists()


def _read(request: HttpRequest, report: uuid.UUID) -> tuple[Report, Content]:
    """A report with what stood in it, which is an entry of the log. Raises Http404 before it is composed."""
    found = report_for(request, report, P.REPORTS_READ)
    if found.content is None:
        raise Http404
    record(Action.ACCESS, found)
    return found, Content.of(found.content)
