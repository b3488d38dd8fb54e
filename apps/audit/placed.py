"""Entries at their places: read in the order of the log, each with what of it is hashed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from apps.audit.content import COLUMNS, content, moment, stretch_of
from apps.audit.models import Entry
from apps.audit.tree import Checkpoint, Leaf
from apps.audit.vocabulary import Action
from specward.tlog import entry_hash, timestamp

_SLICE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry at its place. ``content`` are the bytes that are hashed, made from the row as it is now; ``hash`` is
    what its leaf says: the two fit together unless somebody changed one of them."""

    index: int
    salt: bytes
    content: bytes
    hash: bytes

    @property
    def entry(self) -> dict[str, Any]:
        """The content as a document."""
        found: dict[str, Any] = json.loads(self.content)
        return found

    @property
    def is_as_logged(self) -> bool:
        return entry_hash(self.salt, self.content) == self.hash


@dataclass(frozen=True, slots=True)
class Pruned:
    """A place whose entry was pruned. ``by``: the place of the entry that announced it."""

    index: int
    hash: bytes
    by: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A place whose entry or salt is gone, and no entry announced that."""

    index: int
    hash: bytes


Place = Placed | Pruned | Missing


def signed_size() -> int:
    """How many entries the newest checkpoint covers: nothing beyond is exported or shown as proven."""
    return Checkpoint.objects.values_list("size", flat=True).first() or 0


def announced() -> list[tuple[int, int, int]]:
    """The stretches that entries announced as pruned: first, last, and the place of that entry."""
    found = []
    entries = Entry.objects.filter(action=Action.PRUNING).order_by("id")
    for entry_id, details in entries.values_list("id", "additional_data"):
        index = Leaf.objects.filter(entry_id=entry_id).values_list("index", flat=True).first()
        stretch = stretch_of(details)
        if index is not None and stretch is not None:
            found.append((*stretch, index))
    return found


_PLACES: Final = f"""
    SELECT {COLUMNS}, l.index, l.salt, l.hash, {moment("l.logged")}
    FROM audit_leaf l LEFT JOIN audit_entry e ON e.id = l.entry_id
"""  # noqa: S608  # nothing of anybody's is in it
_READ: Final = f"{_PLACES} WHERE l.index >= %s AND l.index <= %s ORDER BY l.index"
_OF_ENTRIES: Final = f"{_PLACES} WHERE l.entry_id = ANY(%s) AND e.id IS NOT NULL"


def read(first: int, last: int) -> Iterator[Place]:
    """The places from ``first`` to ``last``, both included, of the log of the tenant whose walls stand.

    In slices of 1,000, each a statement of its own: no transaction stays open, and memory does not grow.
    """
    stretches = announced()
    for start in range(first, last + 1, _SLICE):
        with connection.cursor() as cursor:
            cursor.execute(_READ, [start, min(start + _SLICE - 1, last)])
            rows = cursor.fetchall()
        for row in rows:
            yield _of(row, stretches)


def of_entries(ids: Sequence[int]) -> dict[int, Placed]:
    """The places of entries, by their ids; those that have none yet, or hold nothing any more, are not among them."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_ENTRIES, [list(ids)])
        rows = cursor.fetchall()
    return {row[0]: found for row in rows if isinstance(found := _of(row, []), Placed)}


def strays(logged: datetime.datetime) -> Iterator[bytes]:
    """The contents of entries that have no place though their transactions ended before the last pass: the sequencer
    has not left them out, somebody put them in past the application. ``logged`` stands in for the time that they never
    got. Looks at the whole log."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_STRAYS.format(columns=COLUMNS)} ORDER BY e.id")
        yield from (content(row, max(timestamp(logged), row[1])) for row in cursor.fetchall())


def stray_ids(most: int) -> list[int]:
    """The ids of the first of :func:`strays`, ``most`` of them. Looks at the whole log."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_STRAYS.format(columns='e.id')} ORDER BY e.id LIMIT %s", [most])
        return [id for (id,) in cursor.fetchall()]


def is_stray(entry_id: int) -> bool:
    """Whether this entry is one of :func:`strays`."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_STRAYS.format(columns='e.id')} AND e.id = %s", [entry_id])
        return cursor.fetchone() is not None


_STRAYS: Final = """
    SELECT {columns} FROM audit_entry e, audit_head h
    WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)
        AND pg_visible_in_snapshot(e.transaction_id::text::xid8, h.settled::pg_snapshot)
"""


def _of(row: Sequence[Any], stretches: list[tuple[int, int, int]]) -> Place:
    index, salt, leaf, logged = row[-4:]
    if row[0] is not None and salt is not None:
        return Placed(index, bytes(salt), content(row, logged), bytes(leaf))
    for first, last, by in stretches:
        if first <= index <= last:
            return Pruned(index, bytes(leaf), by)
    return Missing(index, bytes(leaf))
