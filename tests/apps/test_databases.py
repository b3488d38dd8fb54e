"""What a test commits is gone before the next one: rows, tables, counters, privileges, sessions and their locks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from django.test import TransactionTestCase

from apps.accounts.models import User
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from apps.tenants.walls import schema_of, within
from config.embedded import postgres
from config.embedded.place import Place, default_place
from tests.apps import databases
from tests.apps.audit import fleet
from tests.cast import ACME

LEFT_BEHIND = (
    "CREATE TABLE left_behind (id int)",
    "CREATE FUNCTION later() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA t_of_nobody",
    "ALTER TABLE audit_sailor DISABLE TRIGGER USER; INSERT INTO audit_sailor (name) VALUES ('Left')",
    "ALTER TABLE accounts_user DISABLE TRIGGER USER; UPDATE accounts_user SET name = 'Somebody else'",
    "ALTER TABLE accounts_user DISABLE TRIGGER USER; DELETE FROM accounts_user WHERE email LIKE 'ada@%'",
    "ALTER TABLE audit_entry DISABLE TRIGGER USER",
    "ALTER TABLE audit_entry DISABLE TRIGGER USER; DELETE FROM audit_entry",
    "SELECT nextval(pg_get_serial_sequence('audit_entry', 'id'))",
    "ALTER TABLE accounts_user NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE accounts_user ADD COLUMN pin text",
    "ALTER TABLE audit_entry ALTER COLUMN id RESTART WITH 1000",
    "GRANT UPDATE ON audit_entry TO specward_app",
    "DROP TABLE audit_ship_crew",
)


def dumped(place: Place, database: str) -> str:
    """Everything that is in a database: what it is made of, its rows, its counters and its privileges."""
    done = subprocess.run(
        [postgres.binaries() / "pg_dump", "--restrict-key", "tests", databases.with_name(place, database)],
        env={**os.environ, "LC_ALL": "C.UTF-8"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.fixture
def copied(worker_id: str, django_db_setup: None) -> Iterator[str]:
    name = databases.copy(default_place(), f"renewed_{worker_id}")
    yield name
    with psycopg.connect(databases.admin_url(default_place()), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.mark.parametrize("left", LEFT_BEHIND)
def test_a_copy_that_was_changed_is_the_template_again(copied: str, left: str) -> None:
    place = default_place()
    with psycopg.connect(databases.with_name(place, copied), autocommit=True) as there:
        there.execute(f"SET search_path = {schema_of(ACME.id)}, public")
        there.execute("SET session_replication_role = replica")
        before = dumped(place, copied)
        there.execute(left.encode())
        assert dumped(place, copied) != before
        databases.copy(place, copied)
        assert dumped(place, copied) == before == dumped(place, databases.template(place))


def test_sessions_that_were_left_open_are_ended_and_hold_no_lock(copied: str) -> None:
    place = default_place()
    with psycopg.connect(databases.with_name(place, copied)) as left:
        left.execute("SELECT pg_advisory_lock(4711)")
        left.execute("LOCK TABLE pg_class IN SHARE MODE")
        databases.copy(place, copied)
        with psycopg.connect(databases.with_name(place, copied), autocommit=True) as there:
            assert there.execute("SELECT pg_try_advisory_lock(4711)").fetchone() == (True,)
            assert there.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [copied]).fetchone() == (
                1,
            )
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")
        left.close()


@pytest.mark.django_db(transaction=True)
def test_what_a_test_commits_is_gone_when_it_ends(acme: Tenant) -> None:
    with within(acme):
        before = User.objects.count()
        first = fleet.Ship.objects.create(name="Left")
        User.objects.all().update(name="Somebody else")
    another = psycopg.connect(databases.with_name(default_place(), connection.settings_dict["NAME"]), autocommit=True)
    another.execute("SELECT pg_advisory_lock(4712)")
    TransactionTestCase()._fixture_teardown()  # type: ignore[attr-defined]  # as after each such test
    another.close()
    with within(acme):
        assert User.objects.count() == before and not User.objects.filter(name="Somebody else").exists()
        assert not fleet.Ship.objects.exists()
        again = fleet.Ship.objects.create(name="Left")
        assert again.pk == first.pk
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(4712)")
            assert cursor.fetchone() == (True,)
    assert connection.settings_dict["USER"] == Role.APP.user
