"""The days that a page shows: the last ones, or those of an auditor's window."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from apps.compliance import observing
from apps.compliance.access import is_auditor, window_for

USUAL: Final = 90
"""Days of a history, where nobody wants more."""
YEAR: Final = 365
_LONG: Final = 120
"""Days above which a history is drawn as a calendar."""


@dataclass(frozen=True, slots=True)
class Sight:
    """From ``first`` to ``last``, both meant, in UTC. ``is_window``: they are an auditor's, and nothing else is shown.
    ``is_empty``: an auditor to whom nobody has given any day."""

    first: datetime.date
    last: datetime.date
    today: datetime.date
    is_window: bool = False
    is_empty: bool = False

    @property
    def is_now(self) -> bool:
        """Whether it may be said how things stand at this moment."""
        return not self.is_empty and self.first <= self.today <= self.last

    @property
    def has_begun(self) -> bool:
        """Whether there can be anything to show."""
        return not self.is_empty and self.first <= self.today

    @property
    def shown_last(self) -> datetime.date:
        """The last day of which there can be anything."""
        return max(self.first, min(self.last, self.today))

    @property
    def days(self) -> int:
        return (self.shown_last - self.first).days + 1

    @property
    def is_long(self) -> bool:
        return self.days > _LONG

    @property
    def bounds(self) -> tuple[datetime.datetime, datetime.datetime]:
        """The first moment, and the first one after the last day."""
        return observing.bounds(self.first, self.last)

    def has(self, day: datetime.date) -> bool:
        return not self.is_empty and self.first <= day <= self.last


def sight_of(request: HttpRequest, days: int = USUAL) -> Sight:
    """What this request may see; the last ``days`` where it may see all. One query for an auditor, none else."""
    today = timezone.now().astimezone(datetime.UTC).date()
    if not is_auditor(request):
        return Sight(today - datetime.timedelta(days=days - 1), today, today)
    window = window_for(request)
    if window is None:
        return Sight(today, today, today, is_window=True, is_empty=True)
    return Sight(window.first, window.last, today, is_window=True)


def wanted_days(request: HttpRequest) -> int:
    """How long a history is asked for: a quarter of a year, or a year."""
    return YEAR if request.GET.get("days") == str(YEAR) else USUAL
