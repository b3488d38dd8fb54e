"""How a log stands with its retention: what is overdue, and what was pruned when. For people; it decides nothing."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Final

from django.db import models
from django.utils import timezone

from apps.audit.content import stretch_of
from apps.audit.holds import Hold
from apps.audit.models import Entry
from apps.audit.tree import Head, Leaf
from apps.audit.vocabulary import Action

_SHOWN: Final = 20
_PAST: Final = re.compile(r"Past the (\d{1,6}) days of the plan")
"""As the pruner says it (apps/audit/pruning.py)."""


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


@dataclass(frozen=True, slots=True)
class Announcement:
    """An entry that announced a stretch as pruned: ``days`` is what it says that the plan kept then (None: it says
    nothing), ``age`` how old the youngest entry of the stretch was, ``held`` whether a legal hold stood."""

    entry: int
    days: int | None
    age: datetime.timedelta | None
    held: bool


def announcements() -> list[Announcement]:
    """All of them, the newest first: for whoever looks whether nothing went before its time."""
    placed = models.OuterRef("timestamp")
    stood = models.Q(lifted__isnull=True) | models.Q(lifted__gt=placed)
    holds = Hold.objects.filter(stood, placed__lte=placed)
    told = Entry.objects.filter(action=Action.PRUNING).annotate(held=models.Exists(holds)).order_by("-timestamp", "-id")
    rows = list(told.values_list("id", "timestamp", "narrative", "additional_data", "held"))
    stretches = {id: stretch_of(details) for id, _, _, details, _ in rows}
    lasts = [stretch[1] for stretch in stretches.values() if stretch is not None]
    logged = dict(Leaf.objects.filter(index__in=lasts).values_list("index", "logged"))
    found = []
    for id, at, narrative, _, held in rows:
        said, stretch = _PAST.search(narrative), stretches[id]
        last = None if stretch is None else logged.get(stretch[1])
        found.append(
            Announcement(id, None if said is None else int(said[1]), None if last is None else at - last, held)
        )
    return found


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
