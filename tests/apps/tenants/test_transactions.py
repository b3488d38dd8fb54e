"""The walls follow what is wanted through transactions, savepoints, errors, lost connections, pools and threads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, InternalError, OperationalError, connections, transaction
from psycopg_pool import ConnectionPool
from pytest_django import DjangoDbBlocker

from apps.accounts.models import User
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.walls import Walls, behind, connection
from tests.apps.tenants.connecting import OF_ACME, OF_GLOBEX, column, names, through, wrapper

ACME, GLOBEX = ["Alice", "Bob"], ["Mallory"]


class Meant(Exception):
    """What a test raises to leave a block."""


def names_behind(walls: Walls) -> list[str]:
    with behind(walls):
        return names()


def test_walls_nest_and_come_back(connected: DatabaseWrapper) -> None:
    def nested() -> None:
        with behind(OF_ACME):
            assert names() == ACME
            with behind(OF_GLOBEX):
                assert names() == GLOBEX
                with pytest.raises(Meant), behind(OF_ACME.with_credentials(None)):
                    assert names() == []
                    raise Meant
                assert names() == GLOBEX
            assert names() == ACME

    nested()
    with transaction.atomic():
        nested()
    assert connected.walls == Walls()


def test_a_rolled_back_savepoint_takes_its_walls_with_it(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), transaction.atomic():
        assert names() == ACME
        with contextlib.suppress(Meant), transaction.atomic():
            connected.set_tenant(_Of(OF_GLOBEX))  # and does not put them back
            assert names() == GLOBEX
            raise Meant
        assert names() == GLOBEX  # wanted still, though the database went back to Acme


def test_a_savepoint_rolled_back_by_hand_takes_its_walls_with_it(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), transaction.atomic(), connected.cursor() as cursor:
        cursor.execute("SAVEPOINT by_hand")
        connected.walls = OF_GLOBEX
        assert names() == GLOBEX
        cursor.execute("ROLLBACK TO SAVEPOINT by_hand")
        assert names() == GLOBEX
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "raw",
    [
        "RESET ALL",
        "SET search_path = public",
        "SET LOCAL search_path = public",
        "RESET search_path",
        "SET app.current_tenant_id = '{foreign}'",
        "SET LOCAL app.current_tenant_id = '{foreign}'",
        "RESET app.current_tenant_id",
        "DO $$ BEGIN PERFORM set_config('app.current_tenant_id', '{foreign}', true); END $$",
        "COMMIT; BEGIN",
        "ROLLBACK; BEGIN",
        "COMMIT AND CHAIN",
    ],
)
def test_what_raw_sql_did_to_the_walls_ends_with_its_statement(connected: DatabaseWrapper, raw: str) -> None:
    with connected.cursor() as cursor:
        with behind(OF_ACME):
            with transaction.atomic():
                assert names() == ACME
                cursor.execute(raw.format(foreign=OF_GLOBEX.tenant_id))
                assert names() == ACME
            assert names() == ACME
        with behind(OF_ACME.with_credentials(None)):
            assert names() == []
        with behind(OF_GLOBEX):
            assert names() == GLOBEX


def test_an_error_is_followed_by_nothing_but_a_rollback(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), connected.cursor() as cursor:
        with pytest.raises(InternalError, match="caught within this transaction"), transaction.atomic():
            assert names() == ACME
            with pytest.raises(DatabaseError, match="division by zero"):
                cursor.execute("SELECT 1 / 0")
            with pytest.raises(InternalError, match="aborted"):
                names()
        with transaction.atomic():
            with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic():
                cursor.execute("SELECT 1 / 0")
            assert names() == ACME
        with pytest.raises(DatabaseError, match="division by zero"):
            cursor.execute("SELECT 1 / 0")
        assert names() == ACME


def test_a_first_statement_that_fails_leaves_no_walls_behind(connected: DatabaseWrapper) -> None:
    with connected.cursor() as cursor:
        for wrong in ("SELEC", "SELECT * FROM nowhere"):
            with behind(OF_ACME), pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(wrong)
            with behind(OF_GLOBEX), transaction.atomic():
                assert names() == GLOBEX


def test_a_new_connection_has_its_walls_again(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME):
        assert names() == ACME
        connected.close()
        assert names() == ACME
        with pytest.raises(OperationalError):
            names_after_dying(connected)
        connected.close_if_unusable_or_obsolete()
        with behind(OF_GLOBEX):
            assert names() == GLOBEX
        with pytest.raises(OperationalError), transaction.atomic():
            assert names() == ACME
            names_after_dying(connected)
        with transaction.atomic(), behind(OF_GLOBEX):
            assert names() == GLOBEX


def names_after_dying(ours: DatabaseWrapper) -> list[str]:
    with ours.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return names()


def test_a_connection_that_died_is_found_by_the_health_check(connected: DatabaseWrapper, populated: str) -> None:
    connected.health_check_enabled = True
    with behind(OF_ACME):
        assert names() == ACME
        pid = connected.connection.info.backend_pid
        with through(wrapper(populated)), behind(Walls()):
            assert column("SELECT pg_terminate_backend(%s, 5000)", [pid]) == [True]
        connected.health_check_done = False
        assert names() == ACME
        assert connected.connection.info.backend_pid != pid


def test_an_autocommitted_statement_is_saved_and_an_atomic_block_is_one_whole(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME):
        User.objects.filter(name="Bob").update(is_active=False)
        connected.close()
        assert column("SELECT is_active FROM accounts_user WHERE name = 'Bob'") == [False]
        with contextlib.suppress(Meant), transaction.atomic():
            User.objects.filter(name="Bob").update(is_active=True)
            raise Meant
        assert column("SELECT is_active FROM accounts_user WHERE name = 'Bob'") == [False]
        with transaction.atomic(durable=True):
            User.objects.filter(name="Bob").update(is_active=True)
        assert column("SELECT is_active FROM accounts_user WHERE name = 'Bob'") == [True]


def test_hooks_run_after_a_commit_and_only_then(connected: DatabaseWrapper) -> None:
    told: list[list[str]] = []
    with behind(OF_ACME):
        with contextlib.suppress(Meant), transaction.atomic():
            transaction.on_commit(lambda: told.append(["never"]))
            names()
            raise Meant
        with transaction.atomic():
            transaction.on_commit(lambda: told.append(names()))
            with behind(OF_GLOBEX):
                names()
            assert told == []
        assert told == [ACME]


def test_rows_are_locked_behind_the_walls(connected: DatabaseWrapper, populated: str) -> None:
    with behind(OF_ACME), transaction.atomic():
        assert [user.name for user in User.objects.select_for_update().order_by("name")] == ACME
        with behind(OF_GLOBEX):
            assert [user.name for user in User.objects.select_for_update()] == GLOBEX
        with through(wrapper(populated)), behind(OF_ACME), transaction.atomic():
            assert not User.objects.select_for_update(skip_locked=True).exists()


@pytest.mark.parametrize("level", list(psycopg.IsolationLevel))
def test_the_isolation_level_is_that_of_the_options(
    populated: str, django_db_blocker: DjangoDbBlocker, level: psycopg.IsolationLevel
) -> None:
    wanted = level.name.lower().replace("_", " ")
    with django_db_blocker.unblock(), through(wrapper(populated, isolation_level=level)), behind(OF_ACME):
        with transaction.atomic():
            assert column("SHOW transaction_isolation") == [wanted]
            assert names() == ACME
        with connection().cursor() as cursor:
            assert list(cursor.stream("SELECT current_setting('transaction_isolation')")) == [(wanted,)]


def test_a_transaction_can_be_made_read_only_by_its_first_statement(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), transaction.atomic(), connected.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY")
        assert names() == ACME
        with pytest.raises(DatabaseError, match="read-only"), transaction.atomic():
            User.objects.update(is_active=True)


def test_what_needs_to_be_alone_is_refused_loudly(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), connected.cursor() as cursor, pytest.raises(DatabaseError, match="cannot run inside"):
        cursor.execute("CREATE INDEX CONCURRENTLY one ON accounts_user (name)")


@pytest.fixture
def pooled(populated: str, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Any]]:
    """One connection in a pool that all wrappers of this database share."""
    options = {"pool": {"min_size": 1, "max_size": 1, "timeout": 20}}
    with django_db_blocker.unblock():
        yield options
        DatabaseWrapper._connection_pools.pop("default").close()


def test_a_pooled_connection_carries_nothing_to_whom_it_is_given_next(pooled: dict[str, Any], populated: str) -> None:
    with through(wrapper(populated, **pooled)) as first, behind(OF_ACME):
        assert names() == ACME
        pid = first.connection.info.backend_pid
        with first.cursor() as cursor:
            cursor.execute(f"SET app.current_tenant_id = '{OF_ACME.tenant_id}'")
            cursor.execute(f"SET search_path = {OF_ACME.schema}")
        stale = first.cursor()
    with through(wrapper(populated, **pooled)) as second, behind(OF_GLOBEX), transaction.atomic():
        assert names() == GLOBEX
        assert isinstance(DatabaseWrapper._connection_pools["default"], ConnectionPool)
        assert second.connection.info.backend_pid == pid
        with behind(OF_ACME), pytest.raises(psycopg.InterfaceError, match="given back"):
            stale.cursor.execute("SELECT 1")
        assert names() == GLOBEX
        with behind(OF_GLOBEX.with_credentials(None)):
            assert names() == []


def test_threads_do_not_share_walls(connected: DatabaseWrapper, populated: str) -> None:
    def of_a_thread(walls: Walls) -> list[list[str]]:
        with through(wrapper(populated)):
            return [names_behind(walls) for _ in range(20)]

    with behind(OF_ACME), ThreadPoolExecutor(2) as threads:
        ours = threads.submit(of_a_thread, OF_GLOBEX), threads.submit(of_a_thread, OF_ACME)
        assert names() == ACME
        assert [each.result() for each in ours] == [[GLOBEX] * 20, [ACME] * 20]
    assert connections["default"] is connected


class _Of:
    """What django-tenants hands over."""

    def __init__(self, walls: Walls) -> None:
        assert walls.tenant_id is not None
        self.id, self.schema_name = walls.tenant_id, walls.schema
