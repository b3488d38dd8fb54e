"""``manage.py check --database default`` names whatever leads past the walls, by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import DjangoDbBlocker

from apps.tenants import catalog, policies
from apps.tenants.checks import walls_stand
from apps.tenants.postgresql.base import DatabaseWrapper
from tests.apps.tenants.connecting import OF_ACME, OF_GLOBEX, as_admin

A, B = OF_ACME.schema, OF_GLOBEX.schema
USER = f"{A}.accounts_user"
FUNCTION = "RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'"

BREAKS: dict[str, tuple[str, str, str]] = {
    # what somebody does: (in SQL, the error's id, what it says)
    "force is taken off": (f"ALTER TABLE {USER} NO FORCE ROW LEVEL SECURITY", "E001", f"{USER}: .*not forced"),
    "row-level security is off": (f"ALTER TABLE {USER} DISABLE ROW LEVEL SECURITY", "E001", f"{USER}: .*is off"),
    "a policy is dropped": (f"DROP POLICY tenant_wall ON {USER}", "E001", f"{USER}: the policy tenant_wall is missing"),
    "a policy is opened": (f"ALTER POLICY tenant_wall ON {USER} USING (true)", "E001", f"{USER}: the policy tenant_w"),
    "a policy lets writes through": (
        f"ALTER POLICY tenant_wall ON {USER} WITH CHECK (true)",
        "E001",
        f"{USER}: the policy tenant_wall",
    ),
    "a policy is added": (
        f"CREATE POLICY guest ON {USER} USING (true)",
        "E001",
        f"{USER}: the policy guest should not",
    ),
    "a shared policy is opened": (
        "ALTER POLICY app_wall_select ON tenants_tenant USING (true)",
        "E001",
        "public.tenants_tenant: the policy app_wall_select",
    ),
    "truncate is granted": (f"GRANT TRUNCATE ON {USER} TO specward_app", "E001", f"{USER}: specward_app has TRUNCATE"),
    "a column is granted": (
        f"GRANT SELECT (email) ON {USER} TO specward_platform",
        "E001",
        rf"{USER}: specward_platform has SELECT \(email\)",
    ),
    "everybody may read": (f"GRANT SELECT ON {USER} TO PUBLIC", "E001", f"{USER}: PUBLIC has SELECT"),
    "a privilege is gone": (f"REVOKE SELECT ON {USER} FROM specward_app", "E001", f"{USER}: specward_app lacks SELECT"),
    "a table is somebody else's": (f"ALTER TABLE {USER} OWNER TO postgres", "E001", f"{USER}: it belongs to postgres"),
    "a stock table is opened": (
        "GRANT SELECT ON auth_permission TO specward_app",
        "E001",
        "public.auth_permission: specward_app has SELECT",
    ),
    "a new table has no wall": (f"CREATE TABLE {A}.notes (id int)", "E001", f"{A}.notes: row-level security is off"),
    "a new shared table says nothing": ("CREATE TABLE public.notes (id int)", "E001", "public.notes: it is in public"),
    "a partition has no wall": (
        f"CREATE TABLE {A}.n (i int) PARTITION BY RANGE (i); CREATE TABLE {A}.n1 PARTITION OF {A}.n DEFAULT",
        "E001",
        f"{A}.n1: row-level security is off",
    ),
    "a tenant's table stands in public": (
        "CREATE TABLE public.accounts_user (id int)",
        "E002",
        "public.accounts_user has the name of a tenant's table",
    ),
    "a role becomes superuser": ("ALTER ROLE specward_app SUPERUSER", "E003", "specward_app: is a superuser"),
    "a role bypasses": ("ALTER ROLE specward_pruner BYPASSRLS", "E003", "specward_pruner: bypasses row-level security"),
    "a role may make roles": ("ALTER ROLE specward_app CREATEROLE", "E003", "specward_app: may make roles"),
    "the owner may log in": ("ALTER ROLE specward_owner LOGIN", "E003", "specward_owner: may log in"),
    "a role joins the owner": (
        "GRANT specward_owner TO specward_app WITH INHERIT FALSE",
        "E003",
        "specward_app: is a member of specward_owner",
    ),
    "a role reads everything": (
        "GRANT pg_read_all_data TO specward_app",
        "E003",
        "specward_app: is a member of pg_rea",
    ),
    "a stranger joins the app": (
        "CREATE ROLE somebody; GRANT specward_app TO somebody",
        "E003",
        "somebody: is a member of specward_app",
    ),
    "the migrator inherits": (
        "GRANT specward_owner TO specward_migrator WITH INHERIT TRUE",
        "E003",
        "specward_migrator: is a member of specward_owner",
    ),
    "a role begins on a path": (
        "ALTER ROLE specward_app SET search_path = public",
        "E003",
        "specward_app: begins with a search path",
    ),
    "a role begins as a tenant": (
        f"ALTER ROLE specward_app SET app.current_tenant_id = '{OF_ACME.tenant_id}'",
        "E003",
        "specward_app: begins with app.current_tenant_id",
    ),
    "everybody begins as a replica": (
        "ALTER ROLE ALL SET session_replication_role = replica",
        "E003",
        "everybody: begins with session_replication_role",
    ),
    "a function runs as its owner": (
        f"CREATE FUNCTION {A}.peek() {FUNCTION}",
        "E004",
        rf"{A}.peek\(\): runs as its own",
    ),
    "a function of another schema does": (
        f"CREATE SCHEMA x; CREATE FUNCTION x.p() {FUNCTION}",
        "E004",
        r"x.p\(\): runs",
    ),
    "everybody may ask for routes": (
        "GRANT EXECUTE ON FUNCTION route_to TO PUBLIC",
        "E004",
        r"public.route_to\(text\): PUBLIC has EXECUTE",
    ),
    "a function loses its path": (
        "ALTER FUNCTION route_to RESET search_path",
        "E004",
        r"public.route_to\(text\): .*path of whoever",
    ),
    "a function is a superuser's": ("ALTER FUNCTION route_to OWNER TO postgres", "E004", "belongs to postgres"),
    "a trigger is off": (
        "ALTER TABLE tenants_domain DISABLE TRIGGER ALL",
        "E005",
        "public.RI_ConstraintTrigger_c_.* on tenants_domain: is off",
    ),
    "a trigger can be passed by": (
        f"CREATE FUNCTION {A}.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        f"CREATE TRIGGER guard BEFORE INSERT ON {USER} FOR EACH ROW EXECUTE FUNCTION {A}.f()",
        "E005",
        f"{A}.guard on accounts_user: is not ENABLE ALWAYS",
    ),
    "a view shows what its owner sees": (
        f"CREATE VIEW {A}.everybody AS SELECT * FROM {USER}",
        "E006",
        f"{A}.everybody: is a view",
    ),
    "a view is kept": (f"CREATE MATERIALIZED VIEW {A}.old AS SELECT 1", "E006", f"{A}.old: is a materialised view"),
    "a rule rewrites": (
        f"CREATE RULE quiet AS ON DELETE TO {USER} DO INSTEAD NOTHING",
        "E006",
        f"{USER}: the rule quiet",
    ),
    "a child stands at another tenant": (
        f"CREATE TABLE {B}.child () INHERITS ({USER})",
        "E006",
        f"{B}.child: its rows are shown by {USER}",
    ),
    "a key leads to another tenant": (
        f"CREATE TABLE {B}.probe (u uuid REFERENCES {USER})",
        "E006",
        f"{B}.probe: the key probe_u_fkey leads to {USER}",
    ),
    "a sequence is given away": (
        f"CREATE SEQUENCE {A}.s; GRANT USAGE ON {A}.s TO specward_app",
        "E006",
        f"{A}.s: specward_app has USAGE",
    ),
    "a schema may be built in": (
        f"GRANT CREATE ON SCHEMA {A} TO specward_app",
        "E007",
        f"{A}: specward_app has CREATE",
    ),
    "public is public": ("GRANT ALL ON SCHEMA public TO PUBLIC", "E007", "public: PUBLIC has CREATE"),
    "a schema is closed": (f"REVOKE ALL ON SCHEMA {A} FROM specward_app", "E007", f"{A}: specward_app lacks USAGE"),
    "a schema is the app's": (f"ALTER SCHEMA {A} OWNER TO specward_app", "E007", f"{A}: belongs to specward_app"),
    "a schema is nobody's": ("CREATE SCHEMA sideways", "E007", "sideways: is neither public nor a tenant's"),
    "new tables are given away": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE specward_owner GRANT SELECT ON TABLES TO specward_app",
        "E008",
        "objects of specward_owner in every schema: are given away",
    ),
    "temporary tables are allowed": ("GRANT TEMP ON DATABASE {db} TO PUBLIC", "E009", "PUBLIC has TEMPORARY"),
    "schemas may be made": ("GRANT CREATE ON DATABASE {db} TO specward_app", "E009", "specward_app has CREATE"),
    "the database is the app's": ("ALTER DATABASE {db} OWNER TO specward_app", "E009", "belongs to specward_app"),
    "an event trigger runs": (
        "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
        "CREATE EVENT TRIGGER sees ON ddl_command_end EXECUTE FUNCTION e()",
        "E009",
        "event trigger sees: runs",
    ),
}


@pytest.fixture
def admin(populated: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    """The superuser within a transaction that is never committed: roles are the whole cluster's. The check looks
    through this connection, since nobody else sees what was broken."""
    with as_admin(populated) as connection, connection.transaction(force_rollback=True):
        monkeypatch.setattr(policies, "connection", connection)
        monkeypatch.setattr(catalog, "connection", connection)
        yield connection


@pytest.mark.parametrize(("broken", "code", "said"), BREAKS.values(), ids=BREAKS.keys())
def test_what_is_broken_is_named(
    admin: psycopg.Connection[Any], populated: str, broken: str, code: str, said: str
) -> None:
    assert walls_stand(["default"]) == []
    admin.execute(broken.format(db=populated).encode())
    found = walls_stand(["default"])
    assert [each for each in found if each.id == f"tenants.{code}" and re.search(said, each.msg)], found


@pytest.mark.usefixtures("connected")
def test_nothing_leads_past_the_walls() -> None:
    assert walls_stand(["default"]) == []


def test_the_check_looks_as_the_app_role_and_fails(
    populated: str, connected: DatabaseWrapper, django_db_blocker: DjangoDbBlocker
) -> None:
    call_command("check", databases=["default"])
    with as_admin(populated) as committed:
        committed.execute(f"ALTER TABLE {USER} NO FORCE ROW LEVEL SECURITY".encode())
        with pytest.raises(SystemCheckError, match=f"{USER}: row-level security is not forced"):
            call_command("check", databases=["default"])
        committed.execute(f"ALTER TABLE {USER} FORCE ROW LEVEL SECURITY".encode())
    call_command("check", databases=["default"])


def test_without_a_database_nothing_is_asked() -> None:
    assert walls_stand(None) == []
