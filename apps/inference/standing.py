"""How the calls of models stand with what was allowed: for whoever looks; nothing is changed here."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from apps.inference.budget import month_of
from apps.inference.models import ModelCall, ModelSettings, MonthlyUse
from apps.recordings.models import Recording, State

AT_ONCE: Final = datetime.timedelta(minutes=1)
"""Two that happen within this may be written down in the other order."""
_MADE: Final = ~Q(state=ModelCall.State.REFUSED)
"""A call that was refused was not made."""
_CHECK: Final = ModelCall.Purpose.CHECK


def beyond_generation() -> QuerySet[ModelCall]:
    """The calls that were made for anything but the spec of a recording of this tenant's that was there then, or a
    trial without any data of the tenant's."""
    theirs = Recording.objects.filter(id=OuterRef("recording_id")).exclude(state=State.ARRIVING)
    there = theirs.filter(Q(discarded__isnull=True) | Q(discarded__gt=OuterRef("created") - AT_ONCE))
    for_a_spec = Q(purpose__in=[one for one in ModelCall.Purpose if one is not _CHECK])
    fine = (for_a_spec & Q(recording_id__isnull=False) & Exists(there)) | Q(purpose=_CHECK, recording_id__isnull=True)
    return ModelCall.objects.filter(_MADE).exclude(fine).order_by("created")


def since_settings(settings: ModelSettings) -> QuerySet[ModelCall]:
    """The calls that were made since the settings were last changed, or all of them where nobody has made any."""
    made = ModelCall.objects.filter(_MADE)
    if settings._state.adding:
        return made  # they are the default ones, which allow none
    return made.filter(created__gt=settings.changed + AT_ONCE)


def with_another_retention(settings: ModelSettings) -> QuerySet[ModelCall]:
    """Of those the ones under another retention mode than the settings name."""
    return since_settings(settings).exclude(retention=settings.retention).order_by("created")


def elsewhere(settings: ModelSettings) -> QuerySet[ModelCall]:
    """Of those the ones by another client, to another model or region, or with more shown than the settings allow."""
    as_set = Q(client=settings.client, model=settings.model, region=settings.region)
    if settings.shapes_only:
        as_set &= Q(shapes_only=True)
    return since_settings(settings).exclude(as_set).order_by("created")


@dataclass(frozen=True, slots=True)
class Spent:
    """What the calls of this month took and have reserved, of how much. ``calls_beyond``: those that were made since
    the budget was what it is, though it was spent."""

    month: datetime.date
    used: int
    reserved: int
    budget: int
    calls_beyond: int

    @property
    def is_over(self) -> bool:
        return self.calls_beyond > 0


def spent(settings: ModelSettings, now: datetime.datetime | None = None) -> Spent:
    """This month's. An owner may set the budget below what was spent already: then no further call is made, and that
    is no excess."""
    month = month_of(now or timezone.now())
    row = MonthlyUse.objects.filter(month=month).first() or MonthlyUse(month=month)
    beyond = 0
    if row.used + row.reserved > settings.monthly_tokens:
        beyond = since_settings(settings).filter(month=month).count()
    return Spent(month, row.used, row.reserved, settings.monthly_tokens, beyond)


def miscounted() -> list[datetime.date]:
    """The months whose sums are not those of their calls, and those of calls that have none."""
    sums = {
        row["month"]: (row["used"] or 0, row["waiting"] or 0)
        for row in ModelCall.objects.order_by()
        .values("month")
        .annotate(used=Sum("counted"), waiting=Sum("reserved", filter=Q(state=ModelCall.State.RESERVED)))
    }
    months = {row.month: (row.used, row.reserved) for row in MonthlyUse.objects.all()}
    nothing = (0, 0)
    return sorted(m for m in {*sums, *months} if sums.get(m, nothing) != months.get(m, nothing))


def unsettled(late: datetime.timedelta) -> QuerySet[ModelCall]:
    """The calls whose worker was taken for dead longer ago than ``late``, and that still count as under way."""
    return ModelCall.objects.filter(state=ModelCall.State.RESERVED, lost_after__lte=timezone.now() - late).order_by(
        "created"
    )
