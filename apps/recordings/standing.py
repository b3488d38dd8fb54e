"""How recordings stand with their retention, their certificates and their objects: for whoever looks; nothing is
changed here."""

from __future__ import annotations

import datetime
from typing import Final

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Now

from apps.recordings.limits import WITHOUT_A_SPEC_DAYS
from apps.recordings.models import Certificate, Recording, State

_A_DAY: Final = datetime.timedelta(days=1)


def overdue(late: datetime.timedelta) -> QuerySet[Recording]:
    """The recordings that were to be gone for longer than ``late``, and are not: those under a hold left out, and those
    that a worker has at this moment."""
    at_work = Q(state__in=[State.ARRIVING, State.GENERATING], next_look__gt=Now())
    past = Recording.objects.filter(discard_after__lte=Now() - late, discarded__isnull=True, held__isnull=True)
    return past.exclude(at_work).order_by("discard_after")


def discarding() -> QuerySet[Recording]:
    """Those whose discard has begun and has not ended."""
    return Recording.objects.filter(state=State.DISCARDING).order_by("created")


def kept_for_longer(late: datetime.timedelta) -> QuerySet[Recording]:
    """The recordings whose end is later than the days that they came with allow, by more than ``late``."""
    days = Case(When(keep_days=0, then=Value(WITHOUT_A_SPEC_DAYS)), default=F("keep_days"), output_field=IntegerField())
    there = Recording.objects.filter(discarded__isnull=True).annotate(days=days)
    return there.filter(discard_after__gt=F("created") + F("days") * Value(_A_DAY) + Value(late)).order_by("created")


def held() -> QuerySet[Recording]:
    """The recordings under a legal hold."""
    return Recording.objects.filter(held__isnull=False).order_by("held")


def uncertified() -> QuerySet[Recording]:
    """Discarded recordings of which no certificate says so, or one of other bytes, and those that have a certificate
    and are not discarded."""
    gone = Q(state=State.DISCARDED)
    unlike = ~Q(certificate__digest=F("digest")) | ~Q(certificate__size=F("size"))
    none = Q(certificate__isnull=True)
    return Recording.objects.filter((gone & (none | unlike)) | (~gone & ~none)).order_by("created")


def certified() -> int:
    """How many certificates there are."""
    return Certificate.objects.count()
