"""How a log stands with its retention: what is overdue, and what was pruned when. For people; it decides nothing."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from apps.audit.models import Entry
from apps.audit.tree import Head, Leaf
from apps.audit.vocabulary import Action

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries that were announced as pruned, first and last included. ``gone``: their contents are deleted."""

    entry: int
    announced: datetime.datetime
    first: int
    last: int
    gone: bool

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Standing:
    """``days`` is what the plan keeps; ``overdue`` counts entries that are older and not announced yet; ``oldest`` is
    when the first entry was logged that is not announced. ``stretches`` are the newest announcements."""

    days: int
    overdue: int
    oldest: datetime.datetime | None
    stretches: tuple[Stretch, ...]


def standing(days: int) -> Standing:
    """Of the log of the tenant whose walls stand. Reads what is overdue, and not the log."""
    stretches = _stretches()
    begin = stretches[0].last + 1 if stretches else 0
    until = timezone.now() - datetime.timedelta(days=days)
    # ``logged`` never goes down: what follows the first young entry is young.
    young = Leaf.objects.filter(index__gte=begin, logged__gt=until).order_by("index").values_list("index", flat=True)
    end = young.first()
    if end is None:
        end = Head.objects.values_list("size", flat=True).first() or 0
    oldest = Leaf.objects.filter(index__gte=begin).order_by("index").values_list("logged", flat=True).first()
    return Standing(days, max(end - begin, 0), oldest, stretches)


def _stretches() -> tuple[Stretch, ...]:
    """Newest first."""
    found = Entry.objects.filter(action=Action.PRUNING).order_by("-timestamp", "-id")[:_SHOWN]
    said = [(entry, (entry.additional_data or {}).get("prunes") or [0, -1]) for entry in found]
    kept = set(
        Leaf.objects.filter(index__in=[last for _, (_, last) in said], salt__isnull=False).values_list(
            "index", flat=True
        )
    )
    return tuple(Stretch(entry.id, entry.timestamp, first, last, last not in kept) for entry, (first, last) in said)
