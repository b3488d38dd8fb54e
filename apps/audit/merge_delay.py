"""How far the sequencer is behind, in the log of the tenant whose walls stand; and what is too far."""

from __future__ import annotations

import datetime
from typing import Final

from django.db import connection

ALARM: Final = datetime.timedelta(seconds=60)
"""An entry that has been there for longer without its signature says that no sequencer runs, or that one cannot go on.
A transaction that was open for longer than this looks the same, for the moment until its entries are placed."""

_OLDEST: Final = """
    SELECT clock_timestamp() - least(h.waiting_since,
        (SELECT min(e.timestamp) FROM audit_entry e WHERE e.transaction_id >= pg_snapshot_xmax(h.s)::text::bigint
            AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)),
        (SELECT min(e.timestamp) FROM audit_entry e
            WHERE e.transaction_id = ANY (ARRAY(SELECT pg_snapshot_xip(h.s)::text::bigint))
            AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)))
    FROM (SELECT settled::pg_snapshot AS s, waiting_since FROM audit_head UNION ALL
        SELECT '1:1:', NULL WHERE NOT EXISTS (SELECT FROM audit_head)) h
"""


def behind_by() -> datetime.timedelta:
    """How long the entry that waits longest for its place or its signature has been there; zero where none does."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST)
        (waited,) = cursor.fetchone()
    return max(waited or datetime.timedelta(), datetime.timedelta())


def is_too_far(waited: datetime.timedelta) -> bool:
    """Whether somebody has to look."""
    return waited > ALARM
