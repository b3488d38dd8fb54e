"""No search reads a long log as a whole, behind the wall, as the app role."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from apps.audit.acting import Acting, Actor, acting_as
from apps.audit.errors import CursorRefused
from apps.audit.models import Entry
from apps.audit.search import Cursor, Wanted, matching, page
from apps.audit.vocabulary import Action, ActorKind
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.audit.conftest import superuser
from tests.apps.conftest import tenant
from tests.cast import ACME

ROWS = 100_000
PEOPLE = [uuid.UUID(int=n) for n in range(20)]
REQUEST = uuid.UUID(int=1000)
MOST_READ = {"action of an actor": ROWS // len(PEOPLE)}
"""Entries of an index that are looked at: two indexes are joined in memory, and few rows are read."""


def test_pages_follow_one_another_without_gap_or_double(alice: Acting) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO audit_entry (action) SELECT 3 FROM generate_series(1, 25)")
    seen: list[int] = []
    after: Cursor | None = None
    for _ in range(4):
        found = page(Wanted(action=Action.ACCESS), after, size=7)
        seen += [entry.id for entry in found.entries]
        after = None if found.next is None else Cursor.parse(str(found.next))
    assert after is None and len(seen) == 25 and seen == sorted(seen, reverse=True)
    assert [e.actor_name for e in page(Wanted(actor_id=alice.actor.id), size=1).entries] == ["Alice"]
    assert page(Wanted(actor_id=uuid.uuid4())).entries == ()


@pytest.mark.parametrize("text", ["", "x", "AAAA", "é", "A" * 100, "_" * 22])
def test_a_cursor_of_somebody_else_is_refused(text: str) -> None:
    with pytest.raises(CursorRefused):
        Cursor.parse(text)


def test_what_cannot_be_found_by_an_index_cannot_be_asked() -> None:
    with pytest.raises(ValueError, match="type and its key"):
        Wanted(object_pk="1")


@pytest.fixture
def long_log(transactional_db: None) -> Iterator[Tenant]:
    found = tenant(ACME)
    with within(found):
        for person in PEOPLE:
            request = REQUEST if person == PEOPLE[7] else None
            with acting_as(Acting(Actor(ActorKind.USER, id=person), request)), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO audit_entry (action, object_type, object_pk) SELECT CASE WHEN mod(n, 1000) = 0 THEN 9 "
                    "ELSE 3 + mod(n, 4) END, 'audit.ship', mod(n, 500)::text FROM generate_series(1, %s) n",
                    [ROWS // len(PEOPLE)],
                )
    with superuser() as root:
        root.execute(f"ANALYZE {found.schema_name}.audit_entry")
    with within(found):
        yield found


def plan_of(wanted: Wanted, after: Cursor | None = None) -> dict[str, Any]:
    sql, params = matching(wanted, after)[:50].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + sql, params)
        [(said,)] = cursor.fetchall()
    return (json.loads(said) if isinstance(said, str) else said)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def test_no_search_reads_the_whole_log(long_log: Tenant) -> None:
    middle = Entry.objects.order_by("id")[ROWS // 2]
    here = Cursor(middle.timestamp, middle.id)
    hour = datetime.timedelta(hours=1)
    asked = {
        "newest": (Wanted(), None),
        "from the middle": (Wanted(), here),
        "until": (Wanted(until=middle.timestamp), None),
        "between": (Wanted(since=middle.timestamp - hour, until=middle.timestamp), here),
        "actor": (Wanted(actor_id=PEOPLE[3]), None),
        "actor, from the middle": (Wanted(actor_id=PEOPLE[3]), here),
        "action": (Wanted(action=Action.EXPORT), None),
        "object": (Wanted(object_type="audit.ship", object_pk="77"), None),
        "object of an actor": (Wanted(object_type="audit.ship", object_pk="77", actor_id=PEOPLE[2]), None),
        "action of an actor": (Wanted(action=Action.EXPORT, actor_id=PEOPLE[2]), None),
        "action on an object": (Wanted(action=Action.EXPORT, object_type="audit.ship", object_pk="77"), None),
        "all of it": (
            Wanted(action=Action.ACCESS, object_type="audit.ship", object_pk="77", actor_id=PEOPLE[2]),
            here,
        ),
        "request": (Wanted(request_id=uuid.uuid4()), None),
        "nobody": (Wanted(actor_id=uuid.uuid4()), None),
    }
    assert Entry.objects.count() >= ROWS
    for name, (wanted, after) in asked.items():
        found = list(nodes(plan_of(wanted, after)))
        assert not [n for n in found if n["Node Type"] == "Seq Scan"], (name, found)
        read = [n["Actual Rows"] + n.get("Rows Removed by Filter", 0) for n in found if "Scan" in n["Node Type"]]
        assert read and max(read) <= MOST_READ.get(name, 300), (name, max(read))
    theirs = matching(Wanted(object_type="audit.ship", object_pk="77", actor_id=PEOPLE[2]))
    assert {entry.actor_id for entry in theirs} == {PEOPLE[2]} and theirs.count() == ROWS // len(PEOPLE) // 500
