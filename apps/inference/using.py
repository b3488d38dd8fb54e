"""What calls took: by month, by day, by outcome. For the console, the API and whoever watches."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate

from apps.inference.models import OK, ModelCall, MonthlyUse

MONTHS: Final = 24
"""So many months are told of at once."""


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month (UTC). ``outcomes`` counts calls by how they ended (also *reserved* and *lost*); ``cost`` is in
    US dollars, over the calls of which it can be estimated, and ``without_cost`` counts the others that took something.
    """

    month: datetime.date
    used: int = 0
    reserved: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    cost: Decimal = Decimal(0)
    without_cost: int = 0

    @property
    def calls(self) -> int:
        return sum(self.outcomes.values())


def months() -> list[Month]:
    """Those in which there were calls, the newest first. Two queries."""
    rows = list(MonthlyUse.objects.order_by("-month")[:MONTHS])
    return _told(rows)


def of_month(month: datetime.date) -> Month:
    """One month, also where nothing was in it. Two queries."""
    found = _told(list(MonthlyUse.objects.filter(month=month)))
    return found[0] if found else Month(month)


def _told(rows: Sequence[MonthlyUse]) -> list[Month]:
    grouped = (
        ModelCall.objects.filter(month__in=[row.month for row in rows])
        .order_by()
        .values("month", "state", "outcome")
        .annotate(number=Count("pk"), dollars=Sum("cost"), unknown=Count("pk", Q(cost=None, counted__gt=0)))
    )
    outcomes: dict[datetime.date, dict[str, int]] = {}
    costs: dict[datetime.date, Decimal] = {}
    unknown: dict[datetime.date, int] = {}
    for one in grouped:
        month, name = one["month"], one["outcome"] or one["state"]
        of_this = outcomes.setdefault(month, {})
        of_this[name] = of_this.get(name, 0) + one["number"]
        costs[month] = costs.get(month, Decimal(0)) + (one["dollars"] or 0)
        unknown[month] = unknown.get(month, 0) + one["unknown"]
    return [
        Month(
            row.month,
            row.used,
            row.reserved,
            dict(sorted(outcomes.get(row.month, {}).items(), key=lambda one: (one[0] != OK, one[0]))),
            costs.get(row.month, Decimal(0)),
            unknown.get(row.month, 0),
        )
        for row in rows
    ]


def by_day(month: datetime.date) -> dict[datetime.date, int]:
    """Tokens that were counted, by the day (UTC) on which the call began. One query; days without any are left out."""
    grouped = (
        ModelCall.objects.filter(month=month, counted__gt=0)
        .order_by()
        .values(day=TruncDate("created", tzinfo=datetime.UTC))
        .annotate(taken=Sum("counted"))
    )
    return {row["day"]: row["taken"] for row in grouped}
