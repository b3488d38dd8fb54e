"""Filters of lists that Django's admin does not bring along."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.filters import ListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from apps.accounts.models import Token
from apps.inference.models import OK, OUTCOMES, ModelCall, MonthlyUse
from apps.inference.words import words_of
from apps.recordings.models import Recording, State

SOON: Final = datetime.timedelta(days=30)
DUE_SOON: Final = datetime.timedelta(days=7)


class Days(ListFilter):
    """From a day to a day, both included, of a column with moments; by ``since`` and ``until``, as in the log.

    A day that is none is left out, as if nobody had typed it; the field beside the list shows it empty.
    """

    is_range = True
    column: ClassVar[str] = "created"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in ("since", "until"):
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.since, self.until = (_day(self.used_parameters.get(name)) for name in ("since", "until"))

    @classmethod
    def of(cls, column: str, title: str) -> type[Days]:
        """The filter for a column."""
        return type("DaysOfColumn", (cls,), {"column": column, "title": title})

    def expected_parameters(self) -> list[str | None]:
        return ["since", "until"]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.since is not None:
            queryset = queryset.filter(**{f"{self.column}__gte": _midnight(self.since)})
        if self.until is not None:
            queryset = queryset.filter(**{f"{self.column}__lt": _midnight(self.until) + datetime.timedelta(days=1)})
        return queryset


def _day(text: object) -> datetime.date | None:
    try:
        day = parse_date(str(text or ""))
    except ValueError:
        return None
    return day if day is not None and day < datetime.date.max else None


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


class TokenState(SimpleListFilter):
    """As the badge beside each token says."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", "Active"), ("soon", "Expiring soon"), ("expired", "Expired"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Token]) -> QuerySet[Token]:
        now = timezone.now()
        wanted = {
            "active": Q(revoked=None, expires__gt=now),
            "soon": Q(revoked=None, expires__gt=now, expires__lte=now + SOON),
            "expired": Q(revoked=None, expires__lte=now),
            "revoked": Q(revoked__isnull=False),
        }
        state = self.value() or ""
        return queryset.filter(wanted[state]) if state in wanted else queryset


class Keeping(SimpleListFilter):
    """What becomes of a recording's content: kept by a hold, past its retention, or soon so."""

    title = "kept"
    parameter_name = "kept"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("held", "Under legal hold"), ("overdue", "Overdue"), ("soon", "Goes within 7 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Recording]) -> QuerySet[Recording]:
        which = self.value() or ""
        return queryset.filter(keeping(which)) if which in ("held", "overdue", "soon") else queryset


class EndpointState(SimpleListFilter):
    """As the badge beside each endpoint or sink says."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("on", "On"), ("failing", "Failing"), ("off", "Switched off")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {
            "on": Q(disabled=None),
            "failing": Q(disabled=None, failing_since__isnull=False),
            "off": Q(disabled__isnull=False),
        }
        state = self.value() or ""
        return queryset.filter(wanted[state]) if state in wanted else queryset


class InMonth(SimpleListFilter):
    """In the budget of a calendar month; those of the last year that have calls."""

    title = "month"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        months = MonthlyUse.objects.order_by("-month").values_list("month", flat=True)[:12]
        return [(f"{month:%Y-%m}", f"{month:%b %Y}") for month in months]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ModelCall]) -> QuerySet[ModelCall]:
        month = _day(f"{self.value() or ''}-01")
        return queryset.filter(month=month) if month is not None else queryset


class CallEnded(SimpleListFilter):
    """How a call ended, or that it has not: what there is of it."""

    title = "outcome"
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = ModelCall.objects.order_by().values_list("outcome", "state").distinct()
        names = sorted({outcome or state for outcome, state in found}, key=lambda name: (name != OK, name))
        return [(name, words_of(name).short) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ModelCall]) -> QuerySet[ModelCall]:
        name = self.value() or ""
        if name in OUTCOMES:
            return queryset.filter(outcome=name)
        return queryset.filter(outcome="", state=name) if name in ModelCall.State.values else queryset


class OfModel(SimpleListFilter):
    """The models that were asked."""

    title = "model"
    parameter_name = "of"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = ModelCall.objects.order_by("model").values_list("model", flat=True).distinct()[:20]
        return [(model, model) for model in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ModelCall]) -> QuerySet[ModelCall]:
        model = self.value() or ""
        return queryset.filter(model=model) if model and "\0" not in model else queryset


def keeping(which: str) -> Q:
    """The recordings behind one of the filter's choices, for a list and for those who count."""
    now = timezone.now()
    if which == "held":
        return Q(held__isnull=False)
    free = Q(held=None) & ~Q(state__in=[State.ARRIVING, State.DISCARDING, State.DISCARDED])
    if which == "overdue":
        return free & Q(discard_after__lte=now)
    return free & Q(discard_after__gt=now, discard_after__lte=now + DUE_SOON)
