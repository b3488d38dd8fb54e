"""What a month's calls took, as a bar against the budget and bars by day."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from apps.inference import configuring
from apps.inference.budget import month_of
from apps.inference.models import Client, MonthlyUse
from apps.inference.using import Month

WIDE: Final = 1000
"""Units of the bar."""
NEAR: Final = 80
"""Per cent of the budget, from which on owners are told."""
_DAY: Final = 10
_HIGH: Final = 1000


@dataclass(frozen=True, slots=True)
class Day:
    """A bar, and the row of the table that says the same."""

    day: datetime.date
    tokens: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Use:
    """A month against its budget. ``used`` and ``reserved`` are widths of the bar, which ends at the budget."""

    month: Month
    budget: int
    used: int
    reserved: int
    days: Sequence[Day]
    top: int

    @property
    def left(self) -> int:
        """Tokens that may still be taken."""
        return max(0, self.budget - self.month.used - self.month.reserved)

    @property
    def percent(self) -> int:
        """Of the budget, taken or reserved; all of it where there is none."""
        return 100 if not self.budget else min(100, (self.month.used + self.month.reserved) * 100 // self.budget)

    @property
    def tone(self) -> str:
        """How near the end is."""
        return "bad" if self.percent >= 100 else "warn" if self.percent >= NEAR else "info"

    @property
    def width(self) -> int:
        return len(self.days) * _DAY

    @property
    def height(self) -> int:
        return _HIGH

    @property
    def rows(self) -> list[Day]:
        """The days on which something was taken, the newest first."""
        return [day for day in reversed(self.days) if day.tokens]


def near_its_end() -> Use | None:
    """This month, where four fifths of the budget are taken or reserved; else None. Two queries at most."""
    wanted = configuring.current()
    if wanted.client == Client.NONE:
        return None
    month = month_of(timezone.now())
    row = MonthlyUse.objects.filter(month=month).first() or MonthlyUse(month=month)
    use = of(Month(month, row.used, row.reserved), wanted.monthly_tokens, {})
    return use if use.percent >= NEAR else None


def of(month: Month, budget: int, by_day: Mapping[datetime.date, int]) -> Use:
    """The month as it is drawn."""
    many = calendar.monthrange(month.month.year, month.month.month)[1]
    days = [month.month + datetime.timedelta(days=n) for n in range(many)]
    top = max([1, *(by_day.get(day, 0) for day in days)])
    bars = []
    for n, day in enumerate(days):
        tokens = by_day.get(day, 0)
        # What is there is seen, however little it is beside the others.
        height = max(20, tokens * _HIGH // top) if tokens else 0
        bars.append(Day(day, tokens, n * _DAY + 1, _HIGH - height, height))
    used = min(WIDE, month.used * WIDE // budget) if budget else (WIDE if month.used else 0)
    reserved = min(WIDE - used, month.reserved * WIDE // budget) if budget else 0
    return Use(month, budget, used, reserved, bars, top)
