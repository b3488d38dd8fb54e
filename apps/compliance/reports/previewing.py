"""A report of a schedule as it would be now, which is neither kept nor mailed."""

from __future__ import annotations

import base64

from django.utils import timezone

from apps.accounts.links import address
from apps.compliance.reports.composing import compose
from apps.compliance.reports.content import Content
from apps.compliance.reports.letters import console_path
from apps.compliance.reports.models import Letterhead, Report, Schedule
from apps.compliance.reports.printing import Links, as_html, as_text


def preview(schedule: Schedule) -> Content:
    """What would stand in it."""
    now = timezone.now()
    return compose(Report(schedule=schedule, due=now, since=min(schedule.covered, now), until=now))


def page_of(content: Content) -> str:
    """The mail as a page that stands alone: its picture is in it, and nobody unsubscribes by it."""
    logo = Letterhead.objects.first()
    source = "data:image/png;base64," + base64.b64encode(bytes(logo.png)).decode() if logo is not None else ""
    return as_html(content, Links(address(console_path())), logo, source)


def text_of(content: Content) -> str:
    """Its text."""
    return as_text(content, Links(address(console_path())))
