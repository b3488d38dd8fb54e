"""The addresses of reports in the console, and the two that a mail leads to."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import URLPattern, path

from apps.access.declarations import View, needs
from apps.access.permissions import Permission
from apps.console.reports import by_mail, kept, letterhead, previews, recipients, schedules

P = Permission


def of_reports(at: Callable[[str, View, str], URLPattern]) -> list[URLPattern]:
    """Below ``reports/``."""
    read = needs(GET=P.REPORTS_READ)
    keep = needs(POST=P.REPORTS_MANAGE)
    form = needs(GET=P.REPORTS_MANAGE, POST=P.REPORTS_MANAGE)
    one = "reports/schedules/<uuid:report_schedule>/"
    return [
        at("reports/", read(schedules.reports), "reports"),
        at("reports/new/", form(schedules.new), "reports_new"),
        at(one, needs(GET=P.REPORTS_READ, POST=P.REPORTS_MANAGE)(schedules.schedule), "reports_schedule"),
        at(f"{one}settings/", form(schedules.settings), "reports_settings"),
        at(f"{one}recipients/", keep(recipients.add), "reports_add"),
        at(f"{one}preview/", read(previews.page), "reports_preview"),
        at(f"{one}preview/text/", read(previews.text), "reports_preview_text"),
        at(f"{one}preview/pdf/", read(previews.file), "reports_preview_pdf"),
        at("reports/recipients/<uuid:report_recipient>/", keep(recipients.change), "reports_recipient"),
        at("reports/letterhead/", form(letterhead.letterhead), "reports_letterhead"),
        at("reports/mailings/<uuid:report_mailing>/again/", keep(kept.again), "reports_again"),
        at("reports/<uuid:report>/", read(kept.report), "reports_report"),
        at("reports/<uuid:report>/mail/", read(kept.page), "reports_report_mail"),
        at("reports/<uuid:report>/text/", read(kept.text), "reports_report_text"),
        at("reports/<uuid:report>/pdf/", read(kept.file), "reports_report_pdf"),
    ]


BY_MAIL = [
    path("reports/confirm/<str:report_link>/", by_mail.confirm, name="report_confirm"),
    path("reports/unsubscribe/<str:unsubscribe_link>/", by_mail.unsubscribe, name="report_unsubscribe"),
]
