"""Words and badges of the pages of reports."""

from __future__ import annotations

from typing import Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts.models import Role
from apps.compliance.reports.models import Mailing, Report, Schedule
from apps.console.forms_of_reports import DAYS

register = template.Library()
_TONES: Final = {
    "waiting": "info", "ready": "info", "done": "good", "failed": "bad", "sent": "good", "unknown": "warn",
    "obsolete": "quiet",
}  # fmt: skip


@register.filter
def comes(schedule: Schedule) -> str:
    """When, in words."""
    at = f"at {schedule.hour:02}:00"
    if schedule.weekday is not None:
        return f"{DAYS[schedule.weekday]}s {at}"
    return f"Day {schedule.day} of the month {at}"


@register.filter
def goes_to(schedule: Schedule) -> str:
    """To which roles, in words."""
    return ", ".join(Role(role).label for role in schedule.roles) or "Added addresses only"


@register.filter
def report_state(report: Report) -> SafeString:
    return format_html('<span class="badge {}">{}</span>', _TONES[report.state], report.get_state_display())


@register.filter
def mailing_state(mailing: Mailing) -> SafeString:
    return format_html('<span class="badge {}">{}</span>', _TONES[mailing.state], mailing.get_state_display())
