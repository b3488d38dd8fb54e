"""Giving entries their places: gap-free, in the order in which transactions ended, each exactly once.

Ids do not do for that: a transaction that took an id early may commit late, and one that was rolled back leaves a hole.
So the head keeps the snapshot up to which everything is placed (apps/audit/snapshots.py), as PgQ does it with its
ticks. A transaction that stays open for long holds nobody up: its entries get their places once it has committed.

Of what has ended, transactions are ordered by when their last entry was written, then by their number. Who has seen
what another transaction committed writes after it, so that what follows from something stands behind it; entries of
one transaction stay together, in the order in which they were written.

A pass is a few transactions of our own, each of which places some thousand entries and moves the head over them:
killed between any two statements, it leaves nothing half done.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from apps.audit.content import COLUMNS, FORM, content
from apps.audit.errors import EntriesNotSettled
from apps.audit.growing import grown
from apps.audit.snapshots import NONE_ENDED, Snapshot
from apps.audit.tree import Head, Node
from specward.tlog import CompactRange, leaf_data, leaf_hash, timestamp
from specward.tlog.leaves import SALT_BYTES

TOGETHER: Final = 20_000
"""Entries of one transaction of ours, and whatever more the last of those that it places has."""
_SLICE: Final = 1_000
_HASH: Final = 32


@dataclass(frozen=True, slots=True)
class Placed:
    """What a pass did: how many entries got a place, and the size of the log. ``busy``: another process was at it."""

    entries: int
    size: int
    busy: bool = False


@dataclass(slots=True)
class _Head:
    """The head while it is moved."""

    tree: CompactRange
    logged: datetime.datetime | None
    system: str
    settled: Snapshot
    waiting_since: datetime.datetime | None


# A transaction that the snapshot counts as running, or says nothing of; and a number that another cluster has given
# before the log was moved here, whose entries have their places. Where the snapshot is another cluster's, it says
# nothing of any transaction.
_WAITS: Final = """
    SELECT h.waiting_since IS NOT NULL
        OR h.system <> (SELECT system_identifier::text FROM pg_control_system())
        OR EXISTS (SELECT FROM audit_entry e WHERE e.transaction_id >= pg_snapshot_xmax(h.s)::text::bigint
            AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id))
        OR EXISTS (SELECT FROM audit_entry e
            WHERE e.transaction_id = ANY (ARRAY(SELECT pg_snapshot_xip(h.s)::text::bigint))
            AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)),
        clock_timestamp()
    FROM (SELECT settled::pg_snapshot AS s, waiting_since, system FROM audit_head UNION ALL
        SELECT '1:1:', NULL, NULL WHERE NOT EXISTS (SELECT FROM audit_head)) h
"""


def has_work() -> tuple[bool, datetime.datetime]:
    """Whether an entry waits for its place, or a head for its signature, in the log of the tenant whose walls stand;
    and the database's time. One statement, which reads next to nothing where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITS)
        waits, now = cursor.fetchone()
    return bool(waits), now


def place(looked: datetime.datetime | None = None, together: int = TOGETHER, parts: int | None = None) -> Placed:
    """Places what was committed, in the log of the tenant whose walls stand: all of it, or so many ``parts`` of about
    ``together`` entries.

    ``looked``: when somebody has last looked and found nothing (:func:`has_work`); what has appeared since was not
    committed then, however old it is. Raises :class:`EntriesNotSettled` within a transaction: its own have not ended.
    """
    if connection.in_atomic_block:
        raise EntriesNotSettled
    entries = done = 0
    while True:
        with transaction.atomic():
            head = _locked()
            if head is None:
                return Placed(entries, Head.objects.get(id=1).size, busy=True)
            placed = _place_some(head, looked, together)
        entries, done = entries + placed, done + 1
        if placed < together or done == parts:
            return Placed(entries, head.tree.end)


# ---- the head -------------------------------------------------------------------------------------------------------

_BEGIN: Final = (
    "INSERT INTO audit_head (id, size, frontier, system, settled) VALUES (1, 0, '', '', %s) ON CONFLICT DO NOTHING"
)
_LOCK: Final = "SELECT size, frontier, logged, system, settled, waiting_since FROM audit_head FOR UPDATE SKIP LOCKED"


def _locked() -> _Head | None:
    """The head, which nobody else moves until this transaction ends; None where somebody is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM audit_head)")
        if not cursor.fetchone()[0]:
            cursor.execute(_BEGIN, [str(NONE_ENDED)])
        cursor.execute(_LOCK)
        row = cursor.fetchone()
    if row is None:
        return None
    size, frontier, logged, system, settled, waiting_since = row
    tree = CompactRange(0, size, hashes_in(bytes(frontier)))
    return _Head(tree, logged, system, Snapshot.parse(settled), waiting_since)


def hashes_in(joined: bytes) -> list[bytes]:
    """Hashes of 32 bytes that stand behind each other."""
    return [joined[at : at + _HASH] for at in range(0, len(joined), _HASH)]


def _move(head: _Head) -> None:
    Head.objects.filter(id=1).update(
        size=head.tree.end,
        frontier=b"".join(head.tree.hashes),
        logged=head.logged,
        system=head.system,
        settled=str(head.settled),
        waiting_since=head.waiting_since,
    )


# ---- what is placed -------------------------------------------------------------------------------------------------

_NOW: Final = """
    SELECT pg_current_snapshot()::text, clock_timestamp(), system_identifier::text FROM pg_control_system()
"""

_SINCE: Final = """
    (e.transaction_id >= %(xmax)s OR e.transaction_id = ANY (%(running)s::bigint[]))
    AND e.transaction_id < %(now_xmax)s AND NOT e.transaction_id = ANY (%(now_running)s::bigint[])
"""
_EVERYTHING: Final = "true"

_ENDED: Final = """
    WITH ended AS (
        SELECT e.transaction_id AS xid, max(e.timestamp) AS at, count(*) AS entries FROM audit_entry e
        WHERE {which} AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)
        GROUP BY e.transaction_id
    ), ordered AS (SELECT xid, at, sum(entries) OVER (ORDER BY at, xid) - entries AS before FROM ended)
    SELECT {columns}, o.at FROM ordered o JOIN audit_entry e ON e.transaction_id = o.xid
    WHERE o.before < %(most)s AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)
    ORDER BY o.at, o.xid, e.id
"""


def _place_some(head: _Head, looked: datetime.datetime | None, together: int) -> int:
    """Places what has ended, up to about ``together`` entries, and moves the head. Says how many."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW)
        text, clock, system = cursor.fetchone()
    now = Snapshot.parse(text)
    # Where the log was moved to another cluster, transactions are counted anew: then each entry is looked at.
    which = _SINCE if head.system == system else _EVERYTHING
    given: dict[str, Any] = {
        "xmax": head.settled.xmax,
        "running": list(head.settled.running),
        "now_xmax": now.xmax,
        "now_running": list(now.running),
        "most": together,
    }
    placed, before = 0, head.system
    for rows in _slices(_ENDED.format(which=which, columns=COLUMNS), given):
        _place(head, rows, clock, looked)
        placed += len(rows)
    if placed < together:
        head.settled, head.system = now, system
    if placed or head.system != before:
        _move(head)
    return placed


def _slices(statement: str, given: dict[str, Any]) -> Iterator[Sequence[Sequence[Any]]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, given)
        while rows := cursor.fetchmany(_SLICE):
            yield rows


_PLACE: Final = """
    INSERT INTO audit_leaf (index, entry_id, form, hash, salt, logged)
    SELECT %s + u.n - 1, u.id, %s, u.hash, u.salt, %s
    FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) WITH ORDINALITY u(id, hash, salt, n)
"""


def _place(
    head: _Head, rows: Sequence[Sequence[Any]], clock: datetime.datetime, looked: datetime.datetime | None
) -> None:
    """Places a slice of rows, whose last column is when their transaction wrote its last entry."""
    # The clock may have been set back: no place is given before an earlier one, and none before its entry happened.
    logged = max(clock, rows[-1][-1], head.logged or clock)
    random = secrets.token_bytes(SALT_BYTES * len(rows))
    salts = [random[at : at + SALT_BYTES] for at in range(0, len(random), SALT_BYTES)]
    said = timestamp(logged)
    hashes = [leaf_hash(leaf_data(salt, content(row, said))) for salt, row in zip(salts, rows, strict=True)]
    first = head.tree.end
    head.tree, tiles = grown(head.tree, hashes)
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, [first, FORM, logged, [row[0] for row in rows], hashes, salts])
    Node.objects.bulk_create(Node(level=tile.level, index=tile.index, hash=tile.hash) for tile in tiles)
    committed = rows[0][-1] if looked is None else max(rows[0][-1], looked)
    head.logged = logged
    head.waiting_since = committed if head.waiting_since is None else min(head.waiting_since, committed)
