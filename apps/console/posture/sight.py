"""The days that whoever asks may look at: an auditor those of their window, everybody else all of them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.compliance import observing

USUAL: Final = 90
"""Days of a history, where nobody wants more."""
YEAR: Final = 365
_LONG: Final = 120
"""Days above which a history is drawn as a calendar."""


@dataclass(frozen=True, slots=True)
class Sight:
    """From ``first`` to ``last``, both meant, in UTC. ``is_window``: nothing outside may be shown.

    ``is_empty``: an auditor to whom nobody has given days sees none.
    """

    first: datetime.date
    last: datetime.date
    is_window: bool
    today: datetime.date
    is_empty: bool = False

    @property
    def is_now(self) -> bool:
        """Whether it may be said how things stand at this moment."""
        return not self.is_empty and self.first <= self.today <= self.last

    @property
    def shown_last(self) -> datetime.date:
        """The last day of which there can be anything."""
        return min(self.last, self.today)

    @property
    def has_begun(self) -> bool:
        return not self.is_empty and self.first <= self.today

    @property
    def days(self) -> int:
        return max(1, (self.shown_last - self.first).days + 1)

    @property
    def is_long(self) -> bool:
        return self.days > _LONG

    @property
    def bounds(self) -> tuple[datetime.datetime, datetime.datetime]:
        """The first moment, and the first one after it."""
        return observing.bounds(self.first, self.last)

    def has(self, day: datetime.date) -> bool:
        return not self.is_empty and self.first <= day <= self.last


def sight_of(request: HttpRequest, days: int = USUAL) -> Sight:
    """What this request may see; of the last ``days`` where it may see all. One query for an auditor, else none."""
    today = timezone.now().astimezone(datetime.UTC).date()
    window = window_for(request)
    if not is_auditors(request):
        return Sight(today - datetime.timedelta(days=days - 1), today, False, today)
    if window is None:
        return Sight(today, today, True, today, is_empty=True)
    return Sight(window.first, window.last, True, today)


def is_auditors(request: HttpRequest) -> bool:
    """Whether an auditor asks."""
    return isinstance(request.user, User) and request.user.role == Role.AUDITOR


def window_for(request: HttpRequest) -> observing.Observation | None:
    """The window of the auditor who asks."""
    if not isinstance(request.user, User) or not is_auditors(request):
        return None
    return observing.window_of(request.user)
