"""What the templates of report mails need: colours for mail clients, and lines for those who read plain text."""

from __future__ import annotations

import textwrap
from typing import Final

from django import template

from apps.compliance.reports.printing import COLOURS

register = template.Library()
_WIDE: Final = 76


@register.filter
def letters(tone: str) -> str:
    """The colour of letters of a tone."""
    return COLOURS[tone][0]


@register.filter
def ground(tone: str) -> str:
    """Letters and ground of a tone, as a style: never the one without the other."""
    of_letters, of_ground = COLOURS[tone]
    return f"color:{of_letters};background-color:{of_ground}"


@register.filter
def upper_line(title: str, of: str) -> str:
    """A title with a line under it."""
    return f"{title}\n{of * min(_WIDE, len(title))}"


@register.filter
def wrapped(text: str) -> str:
    """At most so wide; a word that is longer stays whole."""
    return textwrap.fill(text, _WIDE, break_long_words=False, break_on_hyphens=False)


@register.filter
def hanging(text: str) -> str:
    """As above, further lines under the first word of the row."""
    return textwrap.fill(text, _WIDE - 2, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


@register.filter
def hanging_under(text: str) -> str:
    """A line under the title of a row."""
    return textwrap.fill(
        text, _WIDE, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
