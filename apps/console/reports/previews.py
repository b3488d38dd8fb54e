"""A report as it would be now: the mail, its text, its PDF. For who may see how things stand now."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from apps.access.permissions import Permission
from apps.compliance.access import require_now
from apps.compliance.pdf import PdfRefused
from apps.compliance.reports.access import schedule_for
from apps.compliance.reports.content import Content
from apps.compliance.reports.models import Letterhead
from apps.compliance.reports.previewing import page_of, preview, text_of
from apps.compliance.reports.printing import as_pdf
from apps.console.reports.shown import as_file, as_page, as_text
from apps.console.sites import ConsoleSite
from apps.tenants.afterwards import Afterwards


def page(request: HttpRequest, site: ConsoleSite, report_schedule: uuid.UUID) -> HttpResponseBase:
    return as_page(page_of(_preview(request, report_schedule)))


def text(request: HttpRequest, site: ConsoleSite, report_schedule: uuid.UUID) -> HttpResponseBase:
    return as_text(text_of(_preview(request, report_schedule)))


def file(request: HttpRequest, site: ConsoleSite, report_schedule: uuid.UUID) -> HttpResponseBase:
    """Set once the transaction is over: it takes as long as it takes."""
    content = _preview(request, report_schedule)
    letterhead = Letterhead.objects.first()
    back = site.address("reports_schedule", report_schedule)

    def answer() -> HttpResponseBase:
        try:
            return as_file(as_pdf(content, letterhead), "compliance-preview")
        except PdfRefused as refused:
            messages.error(request, str(refused))
            return redirect(back)

    return Afterwards(answer)


def _preview(request: HttpRequest, schedule: uuid.UUID) -> Content:
    found = schedule_for(request, schedule, Permission.REPORTS_READ)
    require_now(request)
    return preview(found)
