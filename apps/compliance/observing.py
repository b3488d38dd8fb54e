"""Observation windows: the days of which an auditor sees evidence, and of no other."""

from __future__ import annotations

import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.compliance.errors import WindowRefused
from apps.compliance.models import Observation

LONGEST: Final = datetime.timedelta(days=5 * 366)


def assign(auditor: User, first: datetime.date, last: datetime.date, by: User) -> Observation:
    """Gives an auditor these days, instead of those that they had. Raises :class:`WindowRefused`."""
    if auditor.role != Role.AUDITOR or not auditor.is_active:
        raise WindowRefused("it is for an auditor who has an account here")
    if last < first:
        raise WindowRefused("its last day lies before its first")
    if last - first > LONGEST:
        raise WindowRefused("it may be five years long at most")
    with transaction.atomic():
        User.objects.select_for_update().get(id=auditor.id)
        Observation.objects.filter(auditor=auditor, ended=None).update(ended=timezone.now())
        return Observation.objects.create(auditor=auditor, first=first, last=last, made_by=by)


def end(observation: Observation) -> None:
    """The auditor sees no evidence any more. Doing it again changes nothing."""
    Observation.objects.filter(id=observation.id, ended=None).update(ended=timezone.now())


def window_of(auditor: User) -> Observation | None:
    """The days that an auditor looks at; None: no day at all."""
    return Observation.objects.filter(auditor=auditor, ended=None).first()


def bounds(first: datetime.date, last: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
    """The first moment of the first day and the first moment after the last one, of UTC."""
    begin = datetime.datetime.combine(first, datetime.time(), datetime.UTC)
    return begin, datetime.datetime.combine(last + datetime.timedelta(days=1), datetime.time(), datetime.UTC)
