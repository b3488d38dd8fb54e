"""Asking for exports, making them on the spot, and reading what they hold."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, transaction

from apps.audit.acting import Actor, acting_as, narrating
from apps.audit.exports import asking, making, pieces
from apps.audit.exports.models import Export, Format, State
from apps.audit.exports.ranges import Stretch
from apps.audit.models import Leaf, LogKey
from apps.audit.recording import record
from apps.audit.search import Wanted
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action, ActorKind
from apps.tenants.models import Tenant
from specward.tlog import VerifierKey
from tests.apps.audit import fleet
from tests.apps.audit.as_pruner import keep_days, pruned
from tests.apps.audit.conftest import superuser

EVERYTHING = Wanted()
CORA = Actor(ActorKind.USER, "Cora", "cora@acme.example")
NAMES = ("Alice", "Bob =1+1", "Cora\r\nX-Evil: 1", 'Ada, "the auditor"', "Søren – 名")


def a_log(entries: int = 60, *, seed: int = 1, every: int = 25) -> None:
    """Things that people do, with checkpoints between them: writes of rows, and what the application says."""
    dice = random.Random(seed)
    for at in range(entries):
        with acting_as(Actor(ActorKind.USER, dice.choice(NAMES), "=cmd|' /C calc'!A0")):
            if dice.random() < 0.4:
                with transaction.atomic(), narrating("Builds a ship"):
                    fleet.Ship.objects.create(name=f"=SHIP({at})")
            else:
                details = {"n": at, "half": 0.5, "deep": [{"é": None}], "line": "a\nb"}
                record(
                    dice.choice((Action.CHECK, Action.ACCESS, Action.FAILURE)), details=details, narrative=f"No. {at}"
                )
        if at % every == every - 1:
            sequence()
    settled()


def a_long_log(entries: int) -> None:
    """So many reads of a recording, which one statement writes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (action, object_type, object_pk, object_repr, changes, additional_data, narrative)"
            " SELECT 3, 'recordings.recording', gen_random_uuid()::text, 'Recording ' || n, NULL,"
            " jsonb_build_object('fence', n, 'for', repeat('x', 40 + mod(n, 50))), 'Opened to make its spec'"
            " FROM generate_series(1, %s) n",
            [entries],
        )
    settled()


def settled() -> None:
    """Everything has its place and its signature: the first pass writes an entry of its own, the log's first key's."""
    sequence()
    sequence()


def asked(format: Format = Format.JSONL, wanted: Wanted = EVERYTHING, *, piece: int = 4_096, **given: Any) -> Export:
    """An export that waits, in small pieces."""
    export = asking.ask(format, wanted, CORA, **given)
    Export.objects.filter(id=export.id).update(piece=piece)
    return again(export)


def made(format: Format = Format.JSONL, wanted: Wanted = EVERYTHING, **given: Any) -> Export:
    """An export that is ready."""
    export = asked(format, wanted, **given)
    assert making.make(export.id) is making.Outcome.READY, again(export).reason
    return again(export)


def again(export: Export) -> Export:
    return Export.objects.get(id=export.id)


def content(export: Export) -> bytes:
    """All bytes of its file."""
    assert export.state == State.READY
    return b"".join(pieces.read(export, Stretch(0, export.bytes, export.bytes)))


def of_jsonl(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def of_csv(content: bytes) -> list[dict[str, Any]]:
    """The same from CSV: cells that are JSON are read, those that were defused are as they were."""
    found = []
    for row in csv.DictReader(io.StringIO(content.decode(), newline="")):
        cells = {name: text[1:] if text.startswith("'") else text for name, text in row.items() if text}
        plain: dict[str, Any] = {n: json.loads(t) if n in JSON_CELLS else t for n, t in cells.items()}
        more = plain.pop("more", {})
        found.append({**plain, **more})
    return found


JSON_CELLS = frozenset({"index", "id", "transaction", "changes", "details", "prunes", "more"})


def the_key() -> VerifierKey:
    """The log's first key, as somebody was told it."""
    return VerifierKey.parse(LogKey.objects.get(entry_id__isnull=True).vkey)


def prune(tenant: Tenant) -> set[int]:
    """The pruner takes what has a place by now, as if it were past its retention. Gives the places that are pruned."""
    keep_days(tenant, 0)
    pruned(tenant)
    settled()
    pruned(tenant)
    return set(Leaf.objects.filter(salt__isnull=True).values_list("index", flat=True))


def take_away(tenant: Tenant, first: int, last: int) -> None:
    """Entries and salts are gone, and nothing says why."""
    schema = tenant.schema_name
    with unguarded(tenant) as admin:
        between = f"SELECT entry_id FROM {schema}.audit_leaf WHERE index BETWEEN {first} AND {last}"
        admin.execute(f"DELETE FROM {schema}.audit_entry WHERE id IN ({between})")
        admin.execute(f"UPDATE {schema}.audit_leaf SET salt = NULL WHERE index BETWEEN {first} AND {last}")


@contextmanager
def unguarded(tenant: Tenant) -> Iterator[psycopg.Connection]:
    """The database's administrator, past the triggers of the log."""
    with superuser() as admin:
        for does in ("DISABLE", "ENABLE"):
            for table in ("entry", "leaf"):
                admin.execute(f"ALTER TABLE {tenant.schema_name}.audit_{table} {does} TRIGGER USER")
            if does == "DISABLE":
                yield admin
