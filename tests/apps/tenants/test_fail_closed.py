"""Whatever a connection went through, and whatever the setting is: only a tenant's own name opens its rows.

As the app role, on the real server, without the backend that sets both walls: this is what holds when it errs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from apps.tenants.roles import Role
from apps.tenants.walls import GUC, PLATFORM_ID, Walls
from config.embedded import postgres
from config.embedded.place import default_place
from tests.apps.tenants.connecting import OF_ACME, OF_GLOBEX

Connection = psycopg.Connection[Any]


def address(database: str) -> str:
    return postgres.url(default_place(), Role.APP.user, database)


def stand(connection: Connection, walls: Walls) -> None:
    connection.execute(b"; ".join(walls.statements))


def work_as_its_tenant(connection: Connection, walls: Walls) -> None:
    """What somebody honest did on this connection before, in the transaction that is open."""
    stand(connection, walls)
    assert rows_of(connection, "SELECT count(*) > 0 FROM accounts_user") == [(True,)]


def rows_of(connection: Connection, query: str, params: Any = None) -> list[Any]:
    return psycopg.ClientCursor(connection).execute(query.encode(), params).fetchall()


@contextmanager
def fresh(database: str, walls: Walls) -> Iterator[Connection]:
    with psycopg.connect(address(database)) as connection:
        yield connection


@contextmanager
def reused(database: str, walls: Walls) -> Iterator[Connection]:
    with psycopg.connect(address(database)) as connection:
        with connection.transaction():
            work_as_its_tenant(connection, walls)
        yield connection


@contextmanager
def rolled_back(database: str, walls: Walls) -> Iterator[Connection]:
    with psycopg.connect(address(database)) as connection:
        with connection.transaction(force_rollback=True):
            work_as_its_tenant(connection, walls)
        yield connection


@contextmanager
def savepoint_aborted(database: str, walls: Walls) -> Iterator[Connection]:
    with psycopg.connect(address(database)) as connection, connection.transaction():
        with contextlib.suppress(psycopg.errors.DivisionByZero), connection.transaction():
            work_as_its_tenant(connection, walls)
            connection.execute("SELECT 1 / 0")
        yield connection


@contextmanager
def pooled(database: str, walls: Walls) -> Iterator[Connection]:
    with ConnectionPool(address(database), min_size=1, max_size=1, open=True) as pool:
        with pool.connection() as connection:
            work_as_its_tenant(connection, walls)
            pid = connection.info.backend_pid
        with pool.connection() as connection:
            assert connection.info.backend_pid == pid
            yield connection


PASTS = (fresh, reused, rolled_back, savepoint_aborted, pooled)
SETTINGS: dict[str, Callable[[Walls, Walls], str | None]] = {
    "unset": lambda own, foreign: None,
    "empty": lambda own, foreign: "",
    "malformed: no uuid": lambda own, foreign: "nobody",
    "malformed: null": lambda own, foreign: "NULL",
    "malformed: a pattern": lambda own, foreign: "%",
    "malformed: quoted": lambda own, foreign: f"' OR '{own.tenant_id}' = '{own.tenant_id}",
    "malformed: without dashes": lambda own, foreign: own.schema.removeprefix("t_"),
    "malformed: upper case": lambda own, foreign: str(own.tenant_id).upper(),
    "malformed: in braces": lambda own, foreign: f"{{{own.tenant_id}}}",
    "malformed: with a blank": lambda own, foreign: f"{own.tenant_id} ",
    "foreign": lambda own, foreign: str(foreign.tenant_id),
    "the platform's": lambda own, foreign: str(PLATFORM_ID),
}


@pytest.mark.parametrize("own", [OF_ACME, OF_GLOBEX], ids=["at Acme", "at Globex"])
@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS.keys())
@pytest.mark.parametrize("past", PASTS, ids=lambda past: past.__name__.replace("_", " "))
def test_nothing_is_seen_and_nothing_is_written(
    populated: str,
    past: Callable[[str, Walls], AbstractContextManager[Connection]],
    setting: Callable[[Walls, Walls], str | None],
    own: Walls,
) -> None:
    foreign = OF_GLOBEX if own is OF_ACME else OF_ACME
    with psycopg.connect(address(populated)) as honest:
        stand(honest, own)
        [(row,)] = rows_of(honest, "SELECT to_jsonb(u) FROM accounts_user u ORDER BY name LIMIT 1")
        tables = [name for (name,) in rows_of(honest, READABLE, [own.schema])]
        assert "accounts_user" in tables
    with past(populated, own) as connection:
        connection.execute(own.statements[0])
        if (value := setting(own, foreign)) is not None:
            connection.execute("SELECT set_config(%s, %s, true)", [GUC, value])
        for table in tables:
            assert rows_of(connection, f'SELECT * FROM "{table}"') == []
        for write in ("UPDATE accounts_user SET name = name RETURNING 1", "DELETE FROM accounts_user RETURNING 1"):
            assert rows_of(connection, write) == []
        row |= {"id": "00000000-0000-4000-8000-000000000abc", "email": "eve@nowhere.example"}
        refused(connection, INSERT, row)
        refused(connection, f"{INSERT} ON CONFLICT DO NOTHING", row)
        refused(connection, f"{INSERT} ON CONFLICT (email) DO UPDATE SET name = 'Eve'", row)
        for shared in ("tenants_tenant", "tenants_domain"):
            seen = rows_of(connection, f"SELECT * FROM public.{shared}")
            assert not seen or value in (str(foreign.tenant_id), str(PLATFORM_ID)), "own rows, by another's name"
            assert str(own.tenant_id) not in str(seen) or value == str(PLATFORM_ID)


READABLE = """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"""
INSERT = "INSERT INTO accounts_user SELECT (jsonb_populate_record(NULL::accounts_user, %s)).*"


def refused(connection: Connection, query: str, row: dict[str, Any]) -> None:
    # By this table's own wall: that of the log would refuse its entry after it.
    wall = 'row-level security policy .*for table "accounts_user"'
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=wall), connection.transaction():
        rows_of(connection, query, [Jsonb(row)])


@pytest.mark.parametrize("own", [OF_ACME, OF_GLOBEX], ids=["at Acme", "at Globex"])
def test_its_own_name_opens_a_tenants_rows(populated: str, own: Walls) -> None:
    with psycopg.connect(address(populated)) as connection:
        work_as_its_tenant(connection, own)
        assert rows_of(connection, "UPDATE accounts_user SET name = name RETURNING 1")


def test_a_schema_without_its_tables_shows_no_others(populated: str) -> None:
    with psycopg.connect(address(populated)) as connection:
        connection.execute("SET LOCAL search_path = t_00000000000000000000000000000000, public")
        connection.execute(OF_ACME.statements[1])
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM accounts_user")
