"""What an owner of the database takes down of the walls is seen by the one check that looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from apps.compliance.checking import Outcome
from apps.compliance.checks import seen_from_here
from apps.compliance.checks.database_access import Roles
from apps.compliance.checks.seen_from_here import without_others
from apps.compliance.checks.walls import Policies, RowLevelSecurity
from apps.tenants import catalog, walls
from apps.tenants.models import Tenant
from apps.tenants.walls import schema_of
from tests.apps.audit.conftest import superuser
from tests.apps.compliance.breaking import assert_fails, assert_only_fails
from tests.cast import ACME, GLOBEX

Owner = Callable[[str], Callable[[], object]]

# Tables in which nobody has a row yet, so that the attempts to read and write see nothing of what is broken.
EMPTY, SHARED = "compliance_message", "tenants_dropcertificate"
SEES_IT_TOO = {"policies": frozenset({"isolation.policies"}), "write": frozenset({"isolation.write"})}

BREAKS: dict[str, tuple[str, str, str, frozenset[str]]] = {
    # what somebody does: (the check, in SQL, taken back by, who cannot but see it too)
    "force is taken off": (
        "isolation.rls",
        f"ALTER TABLE {EMPTY} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {EMPTY} FORCE ROW LEVEL SECURITY",
        frozenset(),
    ),
    "row-level security is off, and anybody may insert": (
        "isolation.rls",
        f"ALTER TABLE {EMPTY} DISABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {EMPTY} ENABLE ROW LEVEL SECURITY",
        SEES_IT_TOO["write"],
    ),
    "a policy for reading stands beside ours": (
        "isolation.policies",
        f"CREATE POLICY guest ON {EMPTY} FOR SELECT USING (true)",
        f"DROP POLICY guest ON {EMPTY}",
        frozenset(),
    ),
    "a restrictive policy hides what is ours": (
        "isolation.policies",
        f"CREATE POLICY less ON {EMPTY} AS RESTRICTIVE FOR SELECT USING (false)",
        f"DROP POLICY less ON {EMPTY}",
        frozenset(),
    ),
    "a policy lets everything be read": (
        "isolation.policies",
        f"ALTER POLICY tenant_wall ON {EMPTY} USING (true)",
        f"ALTER POLICY tenant_wall ON {EMPTY} USING ({{wall}})",
        frozenset(),
    ),
    "a shared policy shows everything": (
        "isolation.shared_walls",
        f"ALTER POLICY app_wall_select ON public.{SHARED} USING (true)",
        f"ALTER POLICY app_wall_select ON public.{SHARED} USING ({{own}})",
        frozenset(),
    ),
    "a shared table is not forced": (
        "isolation.shared_walls",
        f"ALTER TABLE public.{SHARED} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE public.{SHARED} FORCE ROW LEVEL SECURITY",
        frozenset(),
    ),
    "a shared table says nothing": (
        "isolation.shared_tables",
        "CREATE TABLE public.notes (id int)",
        "DROP TABLE public.notes",
        frozenset(),
    ),
    "a view shows people": (
        "isolation.ways_around",
        "CREATE VIEW everybody AS SELECT name FROM accounts_user",
        "DROP VIEW everybody",
        frozenset(),
    ),
    "a role begins with settings of its own": (
        "access.roles",
        "ALTER ROLE specward_pruner IN DATABASE \"{database}\" SET app.current_tenant_id = 'anybody'",
        'ALTER ROLE specward_pruner IN DATABASE "{database}" RESET app.current_tenant_id',
        frozenset(),
    ),
    # A role that no test is connected as: what the application's own role owns, in whatever database of the cluster,
    # turns every new connection of the tests beside this one away.
    "the platform's role owns something": (
        "access.owns_nothing",
        "CREATE DOMAIN public.its_own AS int; ALTER DOMAIN public.its_own OWNER TO specward_platform",
        "DROP DOMAIN public.its_own",
        frozenset(),
    ),
    "a table may be emptied": (
        "access.privileges",
        "GRANT TRUNCATE ON accounts_user TO specward_app",
        "REVOKE TRUNCATE ON accounts_user FROM specward_app",
        frozenset(),
    ),
    "a column is shown to the pruner": (
        "access.privileges",
        "GRANT SELECT (email) ON accounts_user TO specward_pruner",
        "REVOKE SELECT (email) ON accounts_user FROM specward_pruner",
        frozenset(),
    ),
    "a table is somebody else's": (
        "access.privileges",
        f"ALTER TABLE {EMPTY} OWNER TO postgres",
        f"ALTER TABLE {EMPTY} OWNER TO specward_owner",
        frozenset(),
    ),
    "a function does what its caller may not": (
        "access.definers",
        "CREATE FUNCTION shout() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "DROP FUNCTION shout()",
        frozenset(),
    ),
    "tables may be made": (
        "access.database",
        "GRANT CREATE ON SCHEMA {schema} TO specward_app",
        "REVOKE CREATE ON SCHEMA {schema} FROM specward_app",
        frozenset(),
    ),
    "tables are born open": (
        "access.database",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO specward_app",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE SELECT ON TABLES FROM specward_app",
        frozenset(),
    ),
    "a trigger that writes the log is off": (
        "log.guards",
        "ALTER TABLE accounts_token DISABLE TRIGGER audit_capture",
        "ALTER TABLE accounts_token ENABLE ALWAYS TRIGGER audit_capture",
        frozenset(),
    ),
    "a trigger that writes the log can be passed by": (
        "log.guards",
        "ALTER TABLE accounts_token ENABLE TRIGGER audit_capture",
        "ALTER TABLE accounts_token ENABLE ALWAYS TRIGGER audit_capture",
        frozenset(),
    ),
    "accounts have a flag beside their role": (
        "access.roles_only",
        "ALTER TABLE accounts_user ADD COLUMN is_superuser boolean",
        "ALTER TABLE accounts_user DROP COLUMN is_superuser",
        frozenset(),
    ),
    "somebody else's credentials read": (
        "isolation.read",
        "ALTER POLICY tenant_wall ON compliance_run USING (true)",
        "ALTER POLICY tenant_wall ON compliance_run USING ({wall})",
        SEES_IT_TOO["policies"],
    ),
    "somebody else's credentials insert": (
        "isolation.write",
        f"ALTER POLICY tenant_wall ON {EMPTY} WITH CHECK (true)",
        f"ALTER POLICY tenant_wall ON {EMPTY} WITH CHECK ({{wall}})",
        SEES_IT_TOO["policies"],
    ),
}

FIRST: dict[str, str] = {}
"""The one way to break what a check looks at of which all other checks are asked, too."""
for _key, _broken, *_ in BREAKS.values():
    FIRST.setdefault(_key, _broken)


def filled(said: str) -> str:
    """With what this database and Acme are called."""
    current = "NULLIF(current_setting('app.current_tenant_id', true), '')"
    return said.format(
        schema=schema_of(ACME.id),
        database=connection.settings_dict["NAME"],
        wall=f"(SELECT '{ACME.id}' = {current})",
        own=f"tenant_id::text = (SELECT {current})",
    )


@pytest.mark.parametrize(("key", "broken", "repair", "also"), BREAKS.values(), ids=BREAKS.keys())
def test_what_is_broken_is_seen_by_its_check(
    owner: Owner, key: str, broken: str, repair: str, also: frozenset[str]
) -> None:
    break_it, repair_it = owner(filled(broken)), owner(filled(repair))
    if FIRST[key] == broken:
        assert_only_fails(key, break_it, repair_it, also=also)
    else:
        assert_fails(key, break_it, repair_it)


def test_a_backend_that_takes_the_credentials_from_the_schema_is_found_by_trying(
    in_acme_committed: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policies stand, and nothing in the catalog is wrong: only who tries finds out."""
    sent = walls._statements

    def one_wall(schema: str, _: object, include_public: bool) -> tuple[bytes, bytes]:
        return sent(schema, walls.tenant_of(schema), include_public)

    assert_only_fails(
        "isolation.read",
        lambda: monkeypatch.setattr(walls, "_statements", one_wall),
        monkeypatch.undo,
        also=frozenset({"isolation.write"}),  # the same wall
    )


@pytest.fixture
def as_if_committed(in_acme_committed: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    """The superuser in a transaction that is never committed, since roles are the whole cluster's; the check of roles
    looks through it."""
    with superuser() as admin, admin.transaction(force_rollback=True):
        monkeypatch.setattr(catalog, "connection", admin)
        yield admin


@pytest.mark.parametrize(
    ("broken", "said"),
    {
        "ALTER ROLE specward_app BYPASSRLS": "specward_app: bypasses row-level security",
        "ALTER ROLE specward_app SUPERUSER": "specward_app: is a superuser",
        "ALTER ROLE specward_app CREATEROLE": "specward_app: may make roles",
        "GRANT specward_owner TO specward_app": "specward_app: is a member of specward_owner",
        "GRANT specward_pruner TO specward_app": "specward_app: is a member of specward_pruner",
        "ALTER ROLE specward_app RESET search_path": "specward_app: begins with a search path",
    }.items(),
)
def test_a_role_that_could_lift_the_walls_is_named(
    as_if_committed: psycopg.Connection[Any], broken: str, said: str
) -> None:
    assert Roles().look().outcome is Outcome.PASS
    as_if_committed.execute(broken.encode())
    found = Roles().look()
    assert found.outcome is Outcome.FAIL and said in found.evidence["wrong"]["first"]


def test_what_is_broken_at_acme_is_not_told_to_globex(owner: Owner, globex: Tenant) -> None:
    with walls.within(globex):
        owner(f"ALTER TABLE {EMPTY} DISABLE ROW LEVEL SECURITY")()
        owner(f"CREATE POLICY guest ON {EMPTY} USING (true)")()
        owner("CREATE VIEW everybody AS SELECT name FROM accounts_user")()
        assert RowLevelSecurity().look().outcome is Policies().look().outcome is Outcome.PASS
        assert seen_from_here.around(*catalog.Kind) == []


def test_another_tenants_schema_is_named_to_nobody() -> None:
    a, b = schema_of(ACME.id), schema_of(GLOBEX.id)
    assert without_others(f"{a}.x: its rows are shown by {b}.y", a) == (
        f"{a}.x: its rows are shown by another tenant's schema.y"
    )
