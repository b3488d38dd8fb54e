"""Asking for exports, making them on the spot, and reading what they hold."""

from __future__ import annotations

import csv
import io
import json
import random
from typing import Any

from django.db import connection, transaction

from apps.audit.acting import Actor, acting_as, narrating
from apps.audit.exports import asking, making, pieces
from apps.audit.exports.models import Export, Format, State
from apps.audit.exports.ranges import Stretch
from apps.audit.models import LogKey
from apps.audit.recording import record
from apps.audit.search import Wanted
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action, ActorKind
from specward.tlog import VerifierKey
from tests.apps.audit import fleet

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
        plain = {n: json.loads(t) if n in JSON_CELLS else t for n, t in cells.items()}
        found.append({**plain, **plain.pop("more", {})})
    return found


JSON_CELLS = frozenset({"index", "id", "transaction", "changes", "details", "prunes", "more"})


def the_key() -> VerifierKey:
    """The log's first key, as somebody was told it."""
    return VerifierKey.parse(LogKey.objects.get(entry_id__isnull=True).vkey)


def entries_in_log() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_leaf")
        return int(cursor.fetchone()[0])
