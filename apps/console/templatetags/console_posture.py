"""Marks of the posture: a shape, a colour and words, of which each says it alone."""

from __future__ import annotations

import datetime
from typing import Final

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.compliance.checking import Outcome
from apps.compliance.models import Message
from apps.compliance.standing import Standing
from apps.compliance.threads import Thread
from apps.console.posture.marks import OF_STANDING, Mark

register = template.Library()

_SIGNS: Final = {
    Mark.KEPT: mark_safe('<circle cx="12" cy="12" r="11"/><path class="in" d="M7 12.5l3.4 3.4L17 9"/>'),
    Mark.BROKEN: mark_safe(
        '<path d="M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9z"/><path class="in" d="M8.5 8.5l7 7m0-7l-7 7"/>'
    ),
    Mark.ACCEPTED: mark_safe('<path d="M12 1.5L23.5 22H.5z"/><path class="in" d="M12 9v6.2m0 3v.1"/>'),
    Mark.UNKNOWN: mark_safe(
        '<circle class="hollow" cx="12" cy="12" r="10"/>'
        '<path class="line" d="M9.2 9.6a2.9 2.9 0 1 1 4.2 2.6c-1 .5-1.4 1-1.4 2.1m0 3v.1"/>'
    ),
    Mark.ASIDE: mark_safe('<circle class="hollow" cx="12" cy="12" r="10"/><path class="line" d="M8 12h8"/>'),
    Mark.BEFORE: mark_safe('<circle class="hollow" cx="12" cy="12" r="10"/><path class="line" d="M12 7v5.5l3 2"/>'),
}  # fmt: skip
_OUTCOMES: Final = {
    Outcome.PASS: "good", Outcome.FAIL: "bad", Outcome.ERROR: "bad", Outcome.NOT_APPLICABLE: "quiet",
}  # fmt: skip


@register.filter
def sign(mark: Mark) -> SafeString:
    """The shape of a mark, for beside its words."""
    return format_html(
        '<svg class="sign {}" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">{}</svg>',
        mark.tone,
        _SIGNS[mark],
    )


@register.filter
def mark_badge(mark: Mark) -> SafeString:
    """A mark in words."""
    return format_html('<span class="badge {}">{}</span>', mark.tone, mark.words)


@register.filter
def mark_of(standing: Standing) -> Mark:
    """The mark of a standing."""
    return OF_STANDING[standing]


@register.filter
def ran_badge(outcome: str) -> SafeString:
    """How a run of a check went."""
    known = Outcome(outcome)
    return format_html('<span class="badge {}">{}</span>', _OUTCOMES[known], known.label)


@register.filter
def day(value: datetime.datetime) -> SafeString:
    """The day of a moment, in UTC."""
    utc = value.astimezone(datetime.UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', utc.isoformat(), f"{utc:%Y-%m-%d %H:%M:%S} UTC", f"{utc:%-d %b %Y}"
    )


@register.filter
def ago(value: datetime.datetime) -> str:
    """How long it is so already."""
    days = (timezone.now() - value).days
    return "since today" if days < 1 else f"for {days} day{'' if days == 1 else 's'}"


@register.filter
def is_closed(thread: Thread) -> bool:
    """Whether the last word of a thread is that it is closed."""
    return bool(thread.messages) and thread.messages[-1].kind == Message.Kind.CLOSED
