"""What row-level security does not cover, tried as the app role: each way is closed, or said to be open."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from psycopg.types.json import Jsonb
from pytest_django import DjangoDbBlocker

from apps.accounts.models import User
from apps.tenants.errors import RoleRefused
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.roles import Role
from apps.tenants.walls import Walls, behind, connection
from config.embedded.place import default_place
from tests.apps.tenants.connecting import NAMES, OF_ACME, OF_GLOBEX, as_admin, column, names, through, wrapper
from tests.cast import ACME, ALICE

A, B = OF_ACME.schema, OF_GLOBEX.schema
CROSSED = OF_ACME.with_credentials(OF_GLOBEX.tenant_id)


def refused(query: str, words: str, params: Any = None) -> None:
    with pytest.raises(DatabaseError, match=words), transaction.atomic(), connection().cursor() as cursor:
        cursor.execute(query, params)


@pytest.mark.parametrize(
    "query",
    [
        "TRUNCATE accounts_user",
        "TRUNCATE accounts_user CASCADE",
        f"TRUNCATE {B}.accounts_user",
        "ALTER TABLE accounts_user DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE accounts_user DISABLE TRIGGER ALL",
        "DROP POLICY tenant_wall ON accounts_user",
        "CREATE POLICY mine ON accounts_user USING (true)",
        "DROP TABLE accounts_user",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE RULE mine AS ON SELECT TO accounts_user DO INSTEAD SELECT 1",
        "GRANT SELECT ON accounts_user TO specward_platform",
        "LOCK TABLE tenants_tenant IN ACCESS EXCLUSIVE MODE",
        f"CREATE TABLE mine () INHERITS ({B}.accounts_user)",
    ],
)
def test_what_takes_an_owner_is_refused(connected: DatabaseWrapper, query: str) -> None:
    with behind(OF_ACME):
        if query.startswith("GRANT"):  # PostgreSQL only warns that nothing was granted
            with connected.cursor() as cursor:
                cursor.execute(query)
            assert column("SELECT has_table_privilege('specward_platform', 'accounts_user', 'SELECT')") == [False]
        else:
            refused(query, "permission denied|must be owner|no schema has been selected")
        assert names() == ["Alice", "Bob"]


@pytest.mark.parametrize("query", ["CREATE TEMP TABLE accounts_user (name text)", "SELECT 1 AS name INTO TEMP mine"])
def test_a_temporary_table_cannot_shadow_one_of_ours(connected: DatabaseWrapper, query: str) -> None:
    with behind(OF_ACME):
        refused(query, "permission denied to create temporary tables")


@pytest.mark.parametrize(
    "query",
    [
        "SET ROLE specward_owner",
        "SET ROLE specward_migrator",
        "SET ROLE specward_platform",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION specward_owner",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE specward_app BYPASSRLS",
        "ALTER ROLE specward_platform PASSWORD 'mine'",
        "GRANT specward_owner TO specward_app",
        "CREATE ROLE mine",
        "SET session_replication_role = replica",
        "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "ALTER SYSTEM SET row_security = off",
        "COPY accounts_user TO PROGRAM 'true'",
        "COPY accounts_user TO '/tmp/mine'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_statistic",
        "CREATE EXTENSION dblink",
    ],
)
def test_nobody_becomes_more_than_the_app(connected: DatabaseWrapper, query: str) -> None:
    words = r"denied|cannot|must be|only|not available"
    with behind(OF_ACME), connected.cursor() as cursor, pytest.raises(DatabaseError, match=words):
        cursor.execute(query)


def test_row_security_cannot_be_turned_off(connected: DatabaseWrapper) -> None:
    # It may be set; a query that a policy would change is then an error, not an answer.
    with behind(CROSSED), transaction.atomic(), connected.cursor() as cursor:
        cursor.execute("SET LOCAL row_security = off")
        refused(NAMES, "would be affected by row-level security")


def test_what_a_role_sets_for_itself_moves_no_wall(connected: DatabaseWrapper) -> None:
    # PostgreSQL lets every role do this to itself. The walls of each statement come after it; the check names it.
    with through(wrapper(connected.settings_dict["NAME"])), transaction.atomic(), connection().cursor() as cursor:
        cursor.execute("ALTER ROLE specward_app SET search_path = public")
        refused(f"ALTER ROLE specward_app SET app.current_tenant_id = '{ACME.id}'", "permission denied")
        transaction.set_rollback(True)
    with behind(OF_ACME.with_credentials(None)), connected.cursor() as cursor:
        cursor.execute(f"SET app.current_tenant_id = '{ACME.id}'")
        assert names() == []


def test_every_bypass_is_tried_as_the_app_role(connected: DatabaseWrapper) -> None:
    assert column("SELECT session_user || '/' || current_user") == ["specward_app/specward_app"]
    assert column("SELECT bool_or(rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user") == [False]


def test_injected_sql_could_set_both_walls(connected: DatabaseWrapper) -> None:
    # What the walls do not stop, and the threat model says so: whoever may run SQL of their own as the app role.
    with behind(OF_ACME), transaction.atomic(), connected.cursor() as cursor:
        cursor.execute(f"SELECT set_config('app.current_tenant_id', '{OF_GLOBEX.tenant_id}', true)")
        cursor.execute(f"SELECT name FROM {B}.accounts_user")
        assert cursor.fetchall() == [("Mallory",)]
        transaction.set_rollback(True)


# ---- constraints as oracles -----------------------------------------------------------------------------------------


def test_a_foreign_unique_value_is_not_found_out(connected: DatabaseWrapper) -> None:
    with behind(OF_GLOBEX), transaction.atomic():
        mine = User.objects.create(email=ALICE.email, name="Not Alice", role="engineer")
        assert [user.pk for user in User.objects.filter(email=ALICE.email)] == [mine.pk]
        transaction.set_rollback(True)


@pytest.mark.parametrize("email", [ALICE.email, "nobody@acme.example"])
@pytest.mark.parametrize("conflict", ["", "ON CONFLICT DO NOTHING", "ON CONFLICT (email) DO UPDATE SET name = 'X'"])
def test_stolen_credentials_are_told_the_same_of_a_taken_and_a_free_value(
    connected: DatabaseWrapper, email: str, conflict: str
) -> None:
    with behind(OF_ACME), connected.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(u) - 'email' - 'id' FROM accounts_user u LIMIT 1")
        (row,) = cursor.fetchone()
    with behind(CROSSED):
        refused(
            "INSERT INTO accounts_user SELECT (jsonb_populate_record(NULL::accounts_user, "
            f"%s::jsonb || jsonb_build_object('email', %s::text, 'id', %s::text))).* {conflict}",
            "new row violates row-level security policy",
            [row if isinstance(row, str) else Jsonb(row), email, str(uuid.uuid4())],
        )


def test_a_foreign_id_is_not_found_out_through_a_key(connected: DatabaseWrapper) -> None:
    # A key is checked past row-level security: but each tenant's keys lead to its own schema only.
    crossing = """
        SELECT format('%s.%s', n.nspname, k.conname) FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
        WHERE k.contype = 'f' AND n.nspname LIKE 't\\_%' AND tn.nspname NOT IN (n.nspname, 'public')
    """
    assert column(crossing) == []
    with behind(OF_ACME):
        assert isinstance(User.objects.get(name="Alice").pk, uuid.UUID)


def test_a_key_of_public_tells_nobody_which_tenants_there_are(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME):
        refused(
            "INSERT INTO tenants_domain (domain, is_primary, tenant_id) VALUES ('x.example', false, %s)",
            "permission denied",
            [OF_GLOBEX.tenant_id],
        )


# ---- functions, views, statistics -----------------------------------------------------------------------------------


def test_the_one_function_past_the_walls_answers_for_one_exact_host(connected: DatabaseWrapper) -> None:
    asked = "SELECT count(*) FROM route_to(%s)"
    assert column(asked, [ACME.host]) == [1]
    for guess in ("%", "", "acme%", ACME.host.upper(), f"{ACME.host}' OR true --", "localhost", None):
        assert column(asked, [guess]) == [0]


def test_the_one_function_past_the_walls_is_not_led_astray(connected: DatabaseWrapper) -> None:
    with transaction.atomic(), connected.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL search_path = {A}, pg_temp, public; SELECT count(*) FROM public.route_to('{ACME.host}')"
        )
        assert cursor.nextset() and cursor.fetchone() == (1,)


def test_a_view_without_security_invoker_would_show_all_and_the_check_would_name_it(
    populated: str, connected: DatabaseWrapper
) -> None:
    with as_admin(populated) as admin:
        admin.execute(f"CREATE VIEW {A}.everybody AS SELECT name FROM {A}.accounts_user".encode())
        admin.execute(f"GRANT SELECT ON {A}.everybody TO specward_app".encode())
        with behind(CROSSED):
            assert sorted(column("SELECT name FROM everybody")) == ["Alice", "Bob"]
        from apps.tenants.checks import walls_stand

        assert [each.msg for each in walls_stand(["default"])] == [f"{A}.everybody: is a view, and none is wanted."]
        admin.execute(f"DROP VIEW {A}.everybody".encode())


def test_a_new_table_is_nobodys(populated: str, connected: DatabaseWrapper) -> None:
    with as_admin(populated) as admin:
        admin.execute(f"SET ROLE specward_owner; CREATE TABLE {A}.notes AS SELECT 1 AS id".encode())
        with behind(OF_ACME):
            refused("SELECT * FROM notes", "permission denied")
            refused("INSERT INTO notes VALUES (2)", "permission denied")
        admin.execute(f"DROP TABLE {A}.notes".encode())


def test_statistics_show_no_value_of_a_walled_table(populated: str, connected: DatabaseWrapper) -> None:
    with as_admin(populated) as admin:
        admin.execute("ANALYZE")
        seen = "SELECT count(*) FROM pg_stats WHERE schemaname LIKE 't\\_%'"
        assert admin.execute(seen.encode()).fetchone() != (0,)
    with behind(OF_ACME):
        assert column(seen) == [0]


def test_the_catalog_tells_that_there_are_other_tenants_and_how_large_they_are(connected: DatabaseWrapper) -> None:
    # Not closed: PostgreSQL's catalog is everybody's. Who runs SQL as the app learns ids and sizes, and no content...
    with behind(OF_ACME):
        assert {A, B} <= set(column("SELECT nspname FROM pg_namespace"))
        assert column(f"SELECT count(*) FROM pg_class WHERE oid = '{B}.accounts_user'::regclass") == [1]


def test_activity_shows_what_the_same_role_is_asking(connected: DatabaseWrapper, populated: str) -> None:
    # ... but that of the statements which other sessions of the app role run at this moment.
    with through(wrapper(populated)) as other, behind(OF_GLOBEX):
        assert column("SELECT 'a secret of Globex'") == ["a secret of Globex"]
        pid = other.connection.info.backend_pid
        connections["default"] = connected
        with behind(OF_ACME):
            assert "a secret of Globex" in column("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid])[0]
        connections["default"] = other


@pytest.mark.parametrize("table", ["auth_permission", "auth_group", "auth_group_permissions", "django_migrations"])
@pytest.mark.parametrize("query", ["SELECT * FROM public.{}", "DELETE FROM public.{}"])
def test_stock_tables_are_locked(connected: DatabaseWrapper, table: str, query: str) -> None:
    with behind(OF_ACME):
        refused(query.format(table), "permission denied")


def test_no_tenants_table_stands_in_public(connected: DatabaseWrapper) -> None:
    tables = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = %s::regnamespace"
    assert set(column(tables, [A])) & set(column(tables, ["public"])) == {"django_migrations"}
    with behind(Walls(tenant_id=OF_ACME.tenant_id)):
        refused(NAMES, "does not exist")


def test_a_constraint_violation_does_not_show_another_row(connected: DatabaseWrapper) -> None:
    with behind(OF_ACME), pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.create(email=ALICE.email, name="Another", role="engineer")
    assert str(OF_GLOBEX.tenant_id) not in str(caught.value)


@pytest.mark.parametrize("role", [role for role in Role if role.logs_in and role is not Role.APP])
def test_a_process_refuses_another_role_than_its_own(
    populated: str, django_db_blocker: DjangoDbBlocker, role: Role
) -> None:
    stronger = wrapper(populated)
    stronger.settings_dict.update(USER=role.user, PASSWORD=default_place().password(role.user))
    with django_db_blocker.unblock(), through(stronger), pytest.raises(RoleRefused, match=role.user):
        names()


def test_a_process_refuses_a_superuser(populated: str, django_db_blocker: DjangoDbBlocker) -> None:
    stronger = wrapper(populated)
    stronger.settings_dict.update(USER="postgres", PASSWORD=default_place().password("postgres"))
    with django_db_blocker.unblock(), through(stronger), pytest.raises(RoleRefused, match="is a superuser"):
        names()
