"""How sinks stand: for whoever looks; nothing is changed here."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet

from apps.siem.models import Sink

_BY_ITSELF: Final = (Sink.Disabled.FAILING, Sink.Disabled.REFUSED, Sink.Disabled.GONE)


def in_use() -> QuerySet[Sink]:
    """The sinks that the log is pushed to."""
    return Sink.objects.with_sealed().filter(removed__isnull=True, disabled__isnull=True).order_by("created")


def given_up() -> QuerySet[Sink]:
    """The sinks that are there, and were switched off because they took nothing any more."""
    return Sink.objects.filter(removed__isnull=True, disabled_why__in=_BY_ITSELF, disabled__isnull=False)
