"""What is in an export: the entries as they were logged, in the order of the log, and nothing later."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import io
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from apps.audit import ocsf, placed
from apps.audit.exports.models import Format
from apps.audit.exports.selecting import kept, wanted_of
from apps.audit.models import Entry, Export
from apps.audit.search import Wanted
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from specward import __version__
from tests.apps.audit.exports.making import (
    a_log,
    asked,
    content,
    made,
    of_csv,
    of_jsonl,
    prune,
    settled,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "queued")]


def as_logged(size: int) -> list[dict[str, object]]:
    """What the places of the log say."""
    found = []
    for one in placed.read(0, size - 1):
        assert isinstance(one, placed.Placed) and one.is_as_logged
        found.append({"index": one.index, **one.entry})
    return found


def test_json_lines_and_csv_read_back_as_the_entries_that_were_logged(in_acme: Tenant) -> None:
    a_log(120)
    lines, table = made(Format.JSONL), made(Format.CSV)
    logged = as_logged(lines.size)
    assert len(logged) > 120 and lines.entries == len(logged)
    assert of_jsonl(content(lines)) == logged
    assert of_csv(content(table)) == logged[: table.size]


def test_a_json_line_is_what_was_hashed_byte_by_byte_with_its_place_in_front(in_acme: Tenant) -> None:
    a_log(30)
    lines = content(made(Format.JSONL)).splitlines()
    for line, one in zip(lines, placed.read(0, len(lines) - 1), strict=True):
        assert isinstance(one, placed.Placed)
        assert line.removeprefix(b'{"index":%d,' % one.index) == one.content[1:]


def test_each_event_of_ocsf_is_that_of_its_entry(in_acme: Tenant) -> None:
    a_log(40)
    export = made(Format.OCSF)
    logged = as_logged(export.size)
    for event, entry in zip(of_jsonl(content(export)), logged, strict=True):
        index = int(str(entry.pop("index")))
        wanted = ocsf.event(entry, index=index, tenant=in_acme.id, product_version=__version__)
        assert event == json.loads(json.dumps(wanted))


@pytest.mark.parametrize("format", [Format.JSONL, Format.CSV, Format.OCSF, Format.BUNDLE])
def test_an_export_ends_where_it_was_asked_for_and_never_holds_its_own_entry(in_acme: Tenant, format: Format) -> None:
    a_log(20)
    first = asked(format)
    settled()
    told = Entry.objects.get(action=Action.EXPORT)
    assert told.object_pk == str(first.id)
    assert next(i for i in range(500) if entry_at(i) == told.id) >= first.size
    assert made(format).size > first.size


def entry_at(index: int) -> int | None:
    one = next(placed.read(index, index), None)
    return one.entry["id"] if isinstance(one, placed.Placed) else None


FILTERS: dict[str, tuple[Callable[[dict[str, object]], bool], Callable[[], Wanted]]] = {
    "by action": (lambda e: e["action"] == "failure", lambda: Wanted(action=Action.FAILURE)),
    "by kind": (lambda e: e.get("object_type") == "audit.ship", lambda: Wanted(object_type=ship_type())),
    "by time": (lambda e: int(str(e["index"])) >= 30, lambda: Wanted(since=time_of(30))),
    "to nothing": (lambda _: False, lambda: Wanted(until=datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC))),
}


def ship_type() -> str:
    return str(Entry.objects.filter(action=Action.CREATE, object_repr__startswith="=SHIP").latest("id").object_type)


def time_of(index: int) -> datetime.datetime:
    one = next(placed.read(index, index))
    assert isinstance(one, placed.Placed)
    return datetime.datetime.fromisoformat(one.entry["time"])


@pytest.mark.parametrize("name", FILTERS)
def test_an_export_holds_what_the_log_shows_with_the_same_filters_oldest_first(in_acme: Tenant, name: str) -> None:
    a_log(60)
    fits, wanted = FILTERS[name]
    export = made(Format.JSONL, wanted())
    found = of_jsonl(content(export))
    kind = ship_type()
    logged = [{**e, "object_type": "audit.ship"} if e.get("object_type") == kind else e for e in as_logged(export.size)]
    assert [e["index"] for e in found] == [e["index"] for e in logged if fits(e)]
    assert export.entries == len(found) < export.size
    assert export.looked == export.size


def test_what_was_pruned_has_no_line(in_acme: Tenant) -> None:
    a_log(40)
    gone = prune(in_acme)
    a_log(10, seed=2)
    export = made(Format.JSONL)
    places = [e["index"] for e in of_jsonl(content(export))]
    assert len(gone) > 40 and places == [i for i in range(export.size) if i not in gone]


def test_no_cell_is_a_formula_and_no_name_ends_a_row(in_acme: Tenant) -> None:
    a_log(80)
    export = made(Format.CSV)
    rows = list(csv.reader(io.StringIO(content(export).decode(), newline="")))
    assert len(rows) == 1 + export.entries and {len(row) for row in rows} == {len(rows[0])}
    cells = [cell for row in rows[1:] for cell in row]
    assert any(cell.startswith("'=SHIP") for cell in cells) and any(cell.startswith("'=cmd") for cell in cells)
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in cells)
    assert any("\r\nX-Evil" in cell for cell in cells)


def test_a_log_without_a_checkpoint_is_exported_as_nothing(in_acme: Tenant) -> None:
    export = made(Format.JSONL)
    assert (export.size, export.bytes, export.entries, content(export)) == (0, 0, 0, b"")
    assert Export.objects.get().pieces == []


def test_each_filter_that_the_log_knows_is_kept_with_an_export() -> None:
    """One that were forgotten would make the export of more than was asked for."""
    moment = datetime.datetime(2026, 11, 28, 1, 2, 3, 4, tzinfo=datetime.UTC)
    some: dict[str, Any] = {
        "since": moment, "until": moment, "actor_id": uuid.uuid4(), "token_id": uuid.uuid4(),
        "request_id": uuid.uuid4(), "index": 0, "action": Action.LOG_KEY, "object_type": "specs.spec", "object_pk": "7",
    }  # fmt: skip
    assert set(some) == {field.name for field in dataclasses.fields(Wanted)}
    for names in ({name} for name in some):
        names |= {"object_type"} if "object_pk" in names else set()
        wanted = Wanted(**{name: some[name] for name in names})
        assert wanted_of(json.loads(json.dumps(kept(wanted)))) == wanted and len(kept(wanted)) == len(names)
    for action in Action:
        assert wanted_of(kept(Wanted(action=action))).action is action
