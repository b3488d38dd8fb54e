"""Pages stay what they are while rows come and go, and cost what their rows cost."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection

from apps.accounts.models import Role, User
from apps.audit.recording import record
from apps.audit.search import Wanted, matching
from apps.audit.vocabulary import Action
from apps.tenants.walls import behind
from tests.apps.api.conftest import Program
from tests.apps.api.test_problems import places
from tests.apps.signing_in import walls_of
from tests.cast import ALICE


def add_people(count: int) -> set[str]:
    with behind(walls_of(ALICE)):
        made = User.objects.bulk_create(
            User(email=f"{uuid.uuid4().hex}@acme.example", name="Somebody", role=Role.ENGINEER) for _ in range(count)
        )
    return {str(one.id) for one in made}


def walk(program: Program, path: str, between=lambda: None) -> list[str]:
    """The ids of all pages."""
    found: list[str] = []
    cursor = None
    while True:
        page = program.send("get", path + (f"&cursor={cursor}" if cursor else "")).json()
        found += [str(item["id"]) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found
        between()


def test_every_person_is_seen_once_while_others_come(alices: Program) -> None:
    there = add_people(25)
    seen = walk(alices, "/users?page_size=7", lambda: add_people(5))
    assert len(seen) == len(set(seen)) and there <= set(seen)


def test_every_person_who_stays_is_seen_while_others_go(alices: Program) -> None:
    there = sorted(add_people(20))

    def remove() -> None:
        with behind(walls_of(ALICE)):
            User.objects.filter(id__in=there[::2]).delete()

    seen = walk(alices, "/users?page_size=6", remove)
    assert len(seen) == len(set(seen)) and set(there[1::2]) <= set(seen)


def test_the_log_is_read_once_through_while_it_grows(alices: Program) -> None:
    with behind(walls_of(ALICE)):
        for number in range(15):
            record(Action.CHECK, narrative=f"Check {number}")
        there = [str(id_) for id_ in matching(Wanted(action=Action.CHECK)).values_list("id", flat=True)]

    def grow() -> None:
        with behind(walls_of(ALICE)):
            record(Action.CHECK)

    assert walk(alices, "/audit/entries?page_size=4&action=check", grow) == there


def test_a_page_has_its_size_and_the_last_one_no_next(alices: Program) -> None:
    add_people(6)
    page = alices.send("get", "/users?page_size=10").json()
    assert (len(page["items"]), page["next"]) == (10, None)  # with the four of the cast
    assert len(alices.send("get", "/users?page_size=9").json()["items"]) == 9


def test_a_cursor_is_good_for_its_list_and_tenant_only(alices: Program, mallorys: Program) -> None:
    add_people(3)
    cursor = alices.send("get", "/users?page_size=2").json()["next"]
    forged = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for path in (f"/users?cursor={forged}", f"/tokens?cursor={cursor}", "/users?cursor=", "/users?cursor=%00.x"):
        assert places(alices.send("get", path)) == [("cursor", "cursor-refused")]
    assert places(mallorys.send("get", f"/users?cursor={cursor}")) == [("cursor", "cursor-refused")]


def test_the_log_is_filtered(alices: Program, bob: User) -> None:
    alices.send("post", f"/users/{bob.id}/deactivate")
    about_bob = f"object_type=accounts.user&object_pk={bob.id}"
    (entry,) = alices.send("get", f"/audit/entries?{about_bob}&action=update").json()["items"]
    assert entry["changes"]["is_active"] == [True, False]
    assert (entry["actor_kind"], entry["actor_name"]) == ("token", "Alice (CI)")
    assert alices.send("get", f"/audit/entries/{entry['id']}").json() == entry
    same = alices.send("get", f"/audit/entries?request_id={entry['request_id']}&actor={entry['actor']}").json()
    assert entry in same["items"]
    before = alices.send("get", f"/audit/entries?{about_bob}&until={entry['timestamp']}").json()["items"]
    assert [earlier["action"] for earlier in before] == ["create"]
    assert places(alices.send("get", "/audit/entries?object_pk=1&since=now&action=burn")) == [
        ("since", "invalid"),
        ("action", "invalid"),
        ("object_type", "required"),
    ]


@pytest.fixture
def many(alice: User) -> None:
    """As many people and tokens as it takes for an index to be worth it; the log has an entry of each."""
    with behind(walls_of(ALICE)), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_user (id, password, email, name, role, is_active, created) "
            "SELECT gen_random_uuid(), '!', n || '@acme.example', 'N', 'engineer', true, now() "
            "FROM generate_series(1, 12000) n"
        )
        cursor.execute(
            "INSERT INTO accounts_token "
            "(id, user_id, name, prefix, digest, pepper, scopes, networks, created, expires) "
            "SELECT gen_random_uuid(), id, 'N', 'swd_', id, '1', '{}', '{}', now(), now() FROM accounts_user"
        )
        # As a table that has grown over weeks is: its owner, or autovacuum, has looked at it since. The app may not.
        cursor.execute("SET LOCAL enable_seqscan = off")


def plan_of(path: str, program: Program, table: str) -> str:
    """How PostgreSQL finds the rows of a page, for the statement that was really sent, behind both walls."""
    statements: list[tuple[str, object]] = []

    def watch(execute, sql, params, many, context):
        if f'FROM "{table}"' in sql and "LIMIT" in sql and 'digest" IN' not in sql:
            statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        assert program.send("get", path).status_code == 200
    sql, params = statements[-1]
    with behind(walls_of(ALICE)), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)  # type: ignore[arg-type]
        return "\n".join(line for (line,) in cursor.fetchall())


LISTS = {
    "/users?page_size=50": "accounts_user",
    "/tokens?page_size=50": "accounts_token",
    "/me/tokens?page_size=50": "accounts_token",
    "/invitations?page_size=50": None,
    "/audit/entries?page_size=50": "audit_entry",
    "/audit/entries?action=update": "audit_entry",
    "/audit/entries?object_type=accounts.user": "audit_entry",
}
"""Each list, and its table where it may grow; open invitations are as few as the seats."""


def test_a_page_is_a_stretch_of_an_index_and_so_is_the_next_one(alices: Program, many: None) -> None:
    for path, table in LISTS.items():
        if table is not None:
            plan = plan_of(path, alices, table)
            assert "Index" in plan and "Seq Scan" not in plan, f"{path}\n{plan}"
    for path in ("/users?page_size=50", "/tokens?page_size=50", "/audit/entries?page_size=50"):
        cursor = alices.send("get", path).json()["next"]
        plan = plan_of(f"{path}&cursor={cursor}", alices, str(LISTS[path]))
        assert "Index Cond" in plan and "Seq Scan" not in plan, f"{path}\n{plan}"
