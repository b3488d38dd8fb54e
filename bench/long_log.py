"""A log of a given length, made quickly: what people, programs and the service itself do in 400 days.

The owner of the database writes it, past the triggers, in some seconds for a million entries: for searches and exports,
which ask how long a log is and not who wrote it. Which action, on what kind of object, by whom, is drawn together, so
that some pairs are frequent and some are never; some kinds stand in the oldest tenth only, where a search that reads
from the newest on would read all of it.
"""

from __future__ import annotations

import uuid
from typing import Final

import psycopg
from psycopg import sql

DAYS: Final = 400
PEOPLE: Final = 200
TOKENS: Final = 20
OF_A_REQUEST: Final = 4
"""Entries of one request, at most."""

SYSTEM, USER, TOKEN, NOBODY = "system", "user", "token", "anonymous"

# Of a thousand entries: how many, the action, the kind of object, by whom, and whether in the oldest tenth only.
_MIXED: Final = (
    (230, 1, "recordings.recording", SYSTEM, False),
    (120, 0, "specs.evidence", SYSTEM, False),
    (130, 3, "specs.version", USER, False),
    (100, 3, "recordings.recording", TOKEN, False),
    (70, 0, "recordings.upload", TOKEN, False),
    (60, 4, "accounts.user", USER, False),
    (10, 5, "accounts.user", NOBODY, False),
    (10, 7, "", USER, False),
    (60, 1, "webhooks.delivery", SYSTEM, False),
    (50, 1, "specs.spec", USER, False),
    (60, 0, "inference.modelcall", SYSTEM, False),
    (8, 9, "specs.version", USER, False),
    (32, 0, "specs.version", USER, False),
    (8, 1, "accounts.user", USER, False),
    (5, 0, "accounts.token", USER, False),
    (2, 8, "", SYSTEM, False),
    (4, 2, "webhooks.endpoint", USER, True),
    (40, 10, "vault.datakey", SYSTEM, True),
    (1, 11, "tenants.tenant", USER, False),
)
assert sum(share for share, *_ in _MIXED) == 1000


def person(number: int) -> uuid.UUID:
    """The id of a person of the log; the first ones do most."""
    return uuid.UUID(int=0x0A11 << 64 | number)


def token(number: int) -> uuid.UUID:
    """The id of a token of the log. It belongs to the person of the same number."""
    return uuid.UUID(int=0x70CE << 64 | number)


def request(number: int) -> uuid.UUID:
    """The id of a request of the log."""
    return uuid.UUID(int=0x4E90 << 64 | number)


# A draw for each entry from its number: the same log each time.
_FILL: Final = """
    INSERT INTO {log} (id, timestamp, transaction_id, action, source, narrative, object_type, object_pk, object_repr,
        changes, actor_kind, actor_id, actor_name, actor_email, actor_token, database_role, request_id,
        client_request_id, remote_addr)
    OVERRIDING SYSTEM VALUE
    SELECT nextval('{sequence}'), clock_timestamp() - interval '{days} days' * (1 - n::float8 / {rows}), n / 3, action,
        CASE WHEN action < 3 THEN 'database' ELSE 'application' END,
        CASE WHEN mod(n, 50) = 0 THEN '' ELSE 'What was being done' END, kind,
        CASE kind WHEN '' THEN '' ELSE md5((mod(third, 20000) * 7)::text)::uuid::text END, 'Object',
        CASE WHEN action < 3 THEN jsonb_build_object('state', jsonb_build_array('before', n), 'at',
            jsonb_build_array(NULL, 'a moment')) END,
        who, CASE WHEN who IN ('user', 'token') THEN person END,
        CASE who WHEN 'user' THEN 'Somebody' WHEN 'token' THEN 'Somebody (CI)' WHEN 'system' THEN 'a.task' ELSE '' END,
        CASE WHEN who IN ('user', 'token') THEN 'somebody@acme.example' ELSE '' END,
        CASE who WHEN 'token' THEN token END, 'specward_app',
        CASE who WHEN 'system' THEN NULL
            ELSE ('00000000-0000-4e90-0000-' || lpad(to_hex(n / {together}), 12, '0'))::uuid END,
        '', CASE who WHEN 'system' THEN NULL ELSE '192.0.2.7'::inet END
    FROM (
        SELECT n, m.action, m.kind, m.who, abs(hashint8extended(n, 3)) AS third,
            ('00000000-0000-0a11-0000-' || lpad(to_hex(floor(
                CASE m.who WHEN 'token' THEN {tokens} ELSE {people} END * by)::bigint), 12, '0'))::uuid AS person,
            ('00000000-0000-70ce-0000-' || lpad(to_hex(floor({tokens} * by)::bigint), 12, '0'))::uuid AS token
        FROM (SELECT n, mod(abs(hashint8extended(n, 1)), 1000) AS drawn,
                power(mod(abs(hashint8extended(n, 2)), 10007) / 10007.0, 3) AS by
                FROM generate_series({first}::bigint, {last}::bigint) n) d
            JOIN (VALUES {mixed}) m(low, high, action, kind, who) ON drawn >= m.low AND drawn < m.high
        ORDER BY n
    ) e
"""


def _mixture(is_oldest: bool) -> sql.Composable:
    """The draws as a table. What is of the oldest tenth only is of the most frequent kind later."""
    low = 0
    lines = []
    for share, action, kind, who, is_old in _MIXED:
        if is_old and not is_oldest:
            action, kind, who = _MIXED[0][1:4]
        drawn = (low, low + share, action, kind, who)
        lines.append(sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, drawn))))
        low += share
    return sql.SQL(", ").join(lines)


def fill(owner: psycopg.Connection, schema: str, rows: int) -> None:
    """Adds so many entries to the log of a schema, as the owner of the database behind that tenant's walls.

    The triggers of the log are off meanwhile, and on again after it. Ends with what the planner needs to know.
    """
    log = sql.Identifier(schema, "audit_entry")
    owner.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER audit_assign").format(log))
    try:
        tenth = rows // 10
        for first, last, is_oldest in ((1, tenth, True), (tenth + 1, rows, False)):
            owner.execute(
                sql.SQL(_FILL).format(
                    log=log,
                    sequence=sql.SQL(f"{schema}.audit_entry_id_seq"),
                    days=sql.SQL(str(DAYS)),
                    rows=sql.SQL(str(rows)),
                    first=sql.SQL(str(first)),
                    last=sql.SQL(str(last)),
                    together=sql.SQL(str(OF_A_REQUEST)),
                    people=sql.SQL(str(PEOPLE)),
                    tokens=sql.SQL(str(TOKENS)),
                    mixed=_mixture(is_oldest),
                )
            )
    finally:
        owner.execute(sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER audit_assign").format(log))
    owner.execute(sql.SQL("VACUUM (ANALYZE) {}").format(log))
