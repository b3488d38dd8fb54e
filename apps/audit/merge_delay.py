"""How far the sequencer is behind, in the log of the tenant whose walls stand; and what is too far."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from django.db import connection

ALARM: Final = datetime.timedelta(seconds=60)
"""An entry that has been there for longer without its signature says that no sequencer runs, or that one cannot go on.
A transaction that was open for longer than this looks the same, for the moment until its entries are placed."""

_OLDEST: Final = """
    SELECT clock_timestamp(), least(h.waiting_since,
        (SELECT min(e.timestamp) FROM audit_entry e WHERE e.transaction_id >= pg_snapshot_xmax(h.s)::text::bigint
            AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)),
        (SELECT min(e.timestamp) FROM audit_entry e
            WHERE e.transaction_id = ANY (ARRAY(SELECT pg_snapshot_xip(h.s)::text::bigint))
            AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)),
        CASE WHEN h.system <> (SELECT system_identifier::text FROM pg_control_system()) THEN
            (SELECT min(e.timestamp) FROM audit_entry e
                WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)) END)
    FROM (SELECT settled::pg_snapshot AS s, waiting_since, system FROM audit_head UNION ALL
        SELECT '1:1:', NULL, NULL WHERE NOT EXISTS (SELECT FROM audit_head)) h
"""


@dataclass(frozen=True, slots=True)
class Delay:
    """Since when the entry that waits longest for its place or its signature is there; None where none does."""

    since: datetime.datetime | None
    now: datetime.datetime

    @property
    def waited(self) -> datetime.timedelta:
        return max(self.now - (self.since or self.now), datetime.timedelta())

    @property
    def is_too_long(self) -> bool:
        """Whether somebody has to look."""
        return self.waited > ALARM


def delay() -> Delay:
    """How far the sequencer is behind."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        now, since = cursor.fetchone()
    return Delay(since, now)
