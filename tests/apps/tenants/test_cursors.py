"""Every way to say something to the database goes through both walls, and answers as Django's own backend does."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, InterfaceError, NotSupportedError, ProgrammingError, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from apps.accounts.models import User
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.walls import Walls, behind
from tests.apps.tenants.connecting import NAMES, OF_ACME, OF_GLOBEX, column, names, wrapper

STATEMENTS: dict[str, tuple[Any, Any]] = {
    "plain": (NAMES, None),
    "bytes": (NAMES.encode(), None),
    "composed": (sql.SQL("SELECT {} FROM accounts_user ORDER BY 1").format(sql.Identifier("name")), None),
    "composed with a percent sign in it": (
        sql.SQL("SELECT name FROM accounts_user WHERE name <> {} ORDER BY 1").format(sql.Literal("100%s")),
        None,
    ),
    "final semicolon": (f"{NAMES};", None),
    "final semicolons": (f"{NAMES} ;; ", None),
    "final comment": (f"{NAMES} -- by name", None),
    "final open-ended comment": (f"{NAMES} /* ; SELECT 1 */", None),
    "leading comment": (f"-- who; is here?\n{NAMES}", None),
    "leading blank": (f"\n\t {NAMES}", None),
    "percent without params": ("SELECT name FROM accounts_user WHERE name LIKE '%l%' OR true ORDER BY 1", None),
    "percent with params": (
        "SELECT name FROM accounts_user WHERE name LIKE '%%l%%' OR %s ORDER BY 1",
        [True],
    ),
    "named params": ("SELECT name FROM accounts_user WHERE name <> %(no)s ORDER BY 1", {"no": "; SELECT 1"}),
    "with query": ("WITH u AS (SELECT name FROM accounts_user) SELECT name FROM u ORDER BY 1", None),
}


@pytest.mark.parametrize("in_transaction", [False, True], ids=["autocommit", "transaction"])
@pytest.mark.parametrize(("query", "params"), STATEMENTS.values(), ids=STATEMENTS.keys())
def test_each_form_of_a_statement_is_held(
    connected: DatabaseWrapper, query: Any, params: Any, in_transaction: bool
) -> None:
    def everybody() -> list[list[str]]:
        seen = []
        for walls in (OF_ACME, OF_GLOBEX, OF_ACME.with_credentials(None), OF_ACME):
            with behind(walls):
                seen.append(column(query, params))
        return seen

    expected = [["Alice", "Bob"], ["Mallory"], [], ["Alice", "Bob"]]
    if in_transaction:
        with transaction.atomic():
            assert everybody() == expected
    else:
        assert everybody() == expected


def test_of_several_results_only_the_statements_own_are_there(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), connected.cursor() as cursor:
        cursor.execute(f"{NAMES}; SELECT 2; SELECT 3")
        assert cursor.fetchall() == [("Alice",), ("Bob",)]
        assert cursor.nextset() and cursor.fetchall() == [(2,)]
        assert cursor.nextset() and cursor.fetchall() == [(3,)]
        assert not cursor.nextset()
        assert cursor.set_result(0).fetchone() == ("Alice",)
        assert cursor.set_result(-1).fetchone() == (3,)
        for beyond in (3, -4):
            with pytest.raises(IndexError):
                cursor.set_result(beyond)


@pytest.mark.parametrize("nothing", ["", " ; ", "-- nothing", "/* nothing */"])
def test_a_statement_of_nothing_does_not_show_the_walls(connected: DatabaseWrapper, nothing: str) -> None:
    with behind(OF_ACME), connected.cursor() as cursor:
        cursor.execute(nothing)
        with pytest.raises(ProgrammingError, match="didn't produce records"):
            cursor.fetchone()
        with transaction.atomic():
            cursor.execute(nothing)
            assert names() == ["Alice", "Bob"]


def test_counts_and_columns_are_the_statements_own(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), transaction.atomic(), connected.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET name = name")
        assert cursor.rowcount == 2
        cursor.execute("SELECT name AS who FROM accounts_user")
        assert [each.name for each in cursor.description] == ["who"]
        transaction.set_rollback(True)


def test_a_function_is_called_behind_the_walls(connected: DatabaseWrapper) -> None:
    for walls in (OF_ACME, OF_GLOBEX):
        with behind(walls), connected.cursor() as cursor:
            cursor.callproc("current_setting", ["app.current_tenant_id"])
            assert cursor.fetchone() == (str(walls.tenant_id),)


@pytest.mark.parametrize("in_transaction", [False, True], ids=["autocommit", "transaction"])
def test_executemany_writes_behind_the_walls_that_are_wanted_now(
    connected: DatabaseWrapper, in_transaction: bool
) -> None:
    def rename(suffix: str, walls: Walls) -> int:
        with behind(walls), connected.cursor() as cursor:
            cursor.executemany(
                "UPDATE accounts_user SET name = name || %s WHERE name = %s",
                [(suffix, "Alice"), (suffix, "Bob"), (suffix, "Mallory")],
            )
            return int(cursor.rowcount)

    if in_transaction:
        with transaction.atomic():
            assert [rename("!", OF_ACME), rename("!", OF_GLOBEX)] == [2, 1]
            assert rename("!", OF_ACME.with_credentials(OF_GLOBEX.tenant_id)) == 0
            transaction.set_rollback(True)
    else:
        assert rename("", OF_ACME.with_credentials(OF_GLOBEX.tenant_id)) == 0
        assert rename("", OF_GLOBEX) == 1


def test_executemany_returns_rows(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), connected.cursor() as cursor:
        cursor.cursor.executemany(
            "SELECT count(*) FROM accounts_user WHERE name = %s", [["Alice"], ["Mallory"]], returning=True
        )
        assert [result.fetchone() for result in cursor.cursor.results()] == [(1,), (0,)]


def test_copy_out_shows_the_rows_of_the_walls_that_are_wanted_now(connected: DatabaseWrapper) -> None:
    def copied(walls: Walls) -> list[str]:
        with behind(walls), connected.cursor() as cursor, cursor.copy(f"COPY ({NAMES}) TO STDOUT") as out:
            return [row[0] for row in out.rows()]

    expected = [["Alice", "Bob"], ["Mallory"], []]
    walls = [OF_ACME, OF_GLOBEX, OF_ACME.with_credentials(None)]
    assert [copied(each) for each in walls] == expected
    with transaction.atomic():
        assert [copied(each) for each in walls] == expected
        assert names_behind(OF_ACME) == ["Alice", "Bob"]


def test_copy_in_is_refused_by_row_level_security(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), connected.cursor() as cursor:
        copying = cursor.copy("COPY accounts_user (name) FROM STDIN")
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="row-level security"), copying as into:
            into.write_row(["Eve"])
        assert names() == ["Alice", "Bob"]


def test_a_stream_is_held(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), connected.cursor() as cursor:
        assert list(cursor.stream(NAMES)) == [("Alice",), ("Bob",)]
    with transaction.atomic():
        assert names_behind(OF_ACME) == ["Alice", "Bob"]
        with behind(OF_GLOBEX), connected.cursor() as cursor:
            assert list(cursor.stream(NAMES)) == [("Mallory",)]
        assert names_behind(OF_ACME) == ["Alice", "Bob"]


def test_a_stream_that_is_left_ends_its_transaction(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), connected.cursor() as cursor:
        rows = cursor.stream("SELECT generate_series(1, 10000)")
        assert next(rows) == (1,)
        rows.close()
        assert connected.connection.info.transaction_status.name == "IDLE"
        assert names() == ["Alice", "Bob"]


def test_rows_by_the_thousand_are_held_inside_and_outside_of_a_transaction(connected: DatabaseWrapper) -> None:
    def iterated(walls: Walls) -> list[str]:
        with behind(walls):
            return [user.name for user in User.objects.order_by("name").iterator(chunk_size=1)]

    def all_of_them() -> list[list[str]]:
        return [iterated(walls) for walls in (OF_ACME, OF_GLOBEX, OF_ACME.with_credentials(OF_GLOBEX.tenant_id))]

    expected = [["Alice", "Bob"], ["Mallory"], []]
    assert all_of_them() == expected
    with transaction.atomic():
        assert all_of_them() == expected
        assert names_behind(OF_GLOBEX) == ["Mallory"]


def test_a_named_cursor_is_read_behind_the_walls_it_was_declared_behind(connected: DatabaseWrapper) -> None:
    # Of a shared table, whose policy is not the constant of a schema, other walls would show other rows.
    query = "SELECT name FROM tenants_tenant"
    with transaction.atomic():
        with behind(OF_ACME):
            late = connected.chunked_cursor()
            late.execute(query)
        with behind(OF_GLOBEX):
            assert column(query) == ["Globex"]
            assert late.fetchone() == ("Acme",)
            assert late.fetchmany(5) == []
            assert column(query) == ["Globex"]
        late.close()


def test_a_cursor_that_outlived_its_connection_is_refused(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME):
        plain, named = connected.cursor(), connected.chunked_cursor()
        named.execute(NAMES)
        connected.close()
        assert names() == ["Alice", "Bob"]
        for cursor in (plain, named):
            with pytest.raises(InterfaceError, match="given back"):
                cursor.execute(NAMES)
        with pytest.raises(InterfaceError, match="given back"):
            named.fetchone()
        named.close()


def test_past_the_wrapper_nothing_is_seen(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME):
        assert names() == ["Alice", "Bob"]
        with connected.connection.cursor() as raw, pytest.raises(psycopg.errors.UndefinedTable):
            raw.execute(NAMES)
        with connected.connection.cursor() as raw:
            raw.execute(f'SELECT name FROM "{OF_ACME.schema}".accounts_user')
            assert raw.fetchall() == []


def test_the_walls_are_neither_counted_nor_shown(connected: DatabaseWrapper) -> None:
    with CaptureQueriesContext(connected) as asked, behind(OF_ACME), transaction.atomic():
        for user in User.objects.all():
            User.objects.filter(name=user.name).exists()
        list(User.objects.iterator())
        with behind(OF_GLOBEX):
            User.objects.count()
    said = [each["sql"] for each in asked.captured_queries]
    assert len(said) == 7
    assert [each for each in said if "search_path" in each or "app." in each] == []
    # Django writes of its own BEGIN and COMMIT; the five between them are what was asked.
    assert (said[0], said[-1]) == ("BEGIN", "COMMIT")
    assert [each for each in said[1:-1] if not each.startswith(("SELECT ", "DECLARE "))] == []


def test_server_side_binding_is_refused(populated: str) -> None:
    with pytest.raises(Exception, match="server_side_binding"):
        wrapper(populated, server_side_binding=True)


def test_a_binary_result_is_refused_rather_than_unwalled(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), connected.cursor() as cursor:
        with pytest.raises((NotSupportedError, psycopg.NotSupportedError)):
            cursor.cursor.execute(NAMES, binary=True)
        assert names() == ["Alice", "Bob"]


def test_a_pipeline_of_psycopg_is_refused_rather_than_unwalled(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME):
        assert names() == ["Alice", "Bob"]
        with pytest.raises((DatabaseError, psycopg.Error)), connected.connection.pipeline():
            connected.cursor().execute(NAMES)
        assert names() == ["Alice", "Bob"]


def names_behind(walls: Walls) -> list[str]:
    with behind(walls):
        return names()
