"""Which entries an export is of: the log from its beginning, as those that are wanted and the stretches between."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from apps.audit import placed, search
from apps.audit.exports.models import Export
from apps.audit.models import Entry
from apps.audit.search import Wanted
from apps.audit.tree import Leaf
from apps.audit.vocabulary import Action

SLICE: Final = 1_000
"""Positions that are looked at together: what memory is bounded by."""
OF_THE_LOG: Final = (Action.PRUNING, Action.LOG_KEY)
"""Entries that explain the log itself: no bundle can be checked without them."""


class Why(StrEnum):
    """Why entries are not in an export."""

    WITHHELD = "withheld"
    """Its filters leave them out."""
    PRUNED = "pruned"
    MISSING = "missing"
    """Somebody took them away past the application: it is not for an export to explain."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of positions whose entries are not in the export, both ends included. ``by``: where it is announced
    that they were pruned."""

    first: int
    last: int
    why: Why
    by: int | None = None

    def and_then(self, other: Gap) -> Gap | None:
        """Both as one, where they are of one kind and ``other`` follows."""
        is_one = (self.why, self.by, self.last + 1) == (other.why, other.by, other.first)
        return Gap(self.first, other.last, self.why, self.by) if is_one else None


Part = placed.Placed | Gap
Row = tuple[int, int, bool]
"""Of the tree: position, id of its entry, and whether its salt is there."""


def kept(wanted: Wanted) -> dict[str, str]:
    """Filters as the row of an export has them, by name; what is not asked is not there."""
    given: dict[str, Any] = {
        "since": wanted.since and wanted.since.isoformat(),
        "until": wanted.until and wanted.until.isoformat(),
        "actor": wanted.actor_id,
        "token": wanted.token_id,
        "action": None if wanted.action is None else Action(wanted.action).label,
        "object_type": wanted.object_type,
        "object_pk": wanted.object_pk,
        "request_id": wanted.request_id,
        "index": wanted.index,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def wanted_of(kept: Mapping[str, Any]) -> Wanted:
    """The filters of a row of an export."""

    def read(name: str, how: Callable[[str], Any]) -> Any:
        return how(kept[name]) if name in kept else None

    moment = datetime.datetime.fromisoformat
    return Wanted(
        since=read("since", moment),
        until=read("until", moment),
        actor_id=read("actor", uuid.UUID),
        token_id=read("token", uuid.UUID),
        action=read("action", {action.label: action for action in Action}.__getitem__),
        object_type=read("object_type", str),
        object_pk=read("object_pk", str),
        request_id=read("request_id", uuid.UUID),
        index=read("index", int),
    )


def entries_of(export: Export, heard: Callable[[int], None]) -> Iterator[placed.Placed]:
    """The entries of an export, in the order of the log. ``heard`` is told how many positions are done."""
    wanted = wanted_of(export.wanted)
    for first, last in slices(export.size):
        rows = _rows(first, last)
        chosen = _chosen(export.only, wanted, rows)
        if chosen:
            for one in placed.read(min(chosen), max(chosen)):
                if isinstance(one, placed.Placed) and one.index in chosen:
                    yield one
        heard(last + 1)


def whole_log(export: Export, heard: Callable[[int], None]) -> Iterator[Part]:
    """The log below the size of the export, in its order: each position is in exactly one part.

    Entries that explain the log itself are wanted whatever the filters are.
    """
    gap: Gap | None = None
    wanted = wanted_of(export.wanted)
    for first, last in slices(export.size):
        for part in _parts(export, wanted, first, last):
            if isinstance(part, Gap):
                joined = None if gap is None else gap.and_then(part)
                if gap is not None and joined is None:
                    yield gap
                gap = joined or part
            else:
                if gap is not None:
                    yield gap
                gap = None
                yield part
        heard(last + 1)
    if gap is not None:
        yield gap


def slices(size: int) -> Iterator[tuple[int, int]]:
    """The positions below ``size``, some at a time: first and last, both included."""
    for first in range(0, size, SLICE):
        yield first, min(first + SLICE, size) - 1


def _parts(export: Export, wanted: Wanted, first: int, last: int) -> Iterator[Part]:
    rows = _rows(first, last)
    chosen = _chosen(export.only, wanted, rows) | _explaining(rows)
    there = {index for index, _, salted in rows if salted}
    # What is neither wanted nor there is looked at too: whether it was pruned, or is missing.
    there &= _existing(rows)
    looked_at = chosen | {index for index, *_ in rows if index not in there}
    found = iter(placed.read(min(looked_at), max(looked_at))) if looked_at else iter(())
    for index, *_ in rows:
        one = next(found) if looked_at and min(looked_at) <= index <= max(looked_at) else None
        if isinstance(one, placed.Placed) and index in chosen:
            yield one
        elif isinstance(one, placed.Pruned):
            # Announced behind the end of the export, it cannot be explained in it: it is left out like others.
            explained = index < one.by < export.size
            yield Gap(index, index, Why.PRUNED, one.by) if explained else Gap(index, index, Why.WITHHELD)
        else:
            yield Gap(index, index, Why.MISSING if isinstance(one, placed.Missing) else Why.WITHHELD)


def _rows(first: int, last: int) -> list[Row]:
    leaves = Leaf.objects.filter(index__gte=first, index__lte=last).order_by("index")
    return [(index, id, salt is not None) for index, id, salt in leaves.values_list("index", "entry_id", "salt")]


def _chosen(only: int | None, wanted: Wanted, rows: list[Row]) -> set[int]:
    """The positions of those that are wanted."""
    there = {id: index for index, id, salted in rows if salted and only in (None, index)}
    if not there or wanted == Wanted():
        return set(there.values())
    found = search.matching(wanted).order_by().filter(id__in=list(there))
    return {there[id] for id in found.values_list("id", flat=True)}


def _explaining(rows: list[Row]) -> set[int]:
    there = {id: index for index, id, salted in rows if salted}
    found = Entry.objects.filter(id__in=list(there), action__in=OF_THE_LOG).order_by()
    return {there[id] for id in found.values_list("id", flat=True)}


def _existing(rows: list[Row]) -> set[int]:
    there = {id: index for index, id, _ in rows}
    return {there[id] for id in Entry.objects.filter(id__in=list(there)).order_by().values_list("id", flat=True)}
