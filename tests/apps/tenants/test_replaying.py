"""A tenant that is made by saying again what the migrations said is the same as one that was migrated."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from apps.audit.checks import log_is_guarded
from apps.tenants import replaying
from apps.tenants.checks import walls_stand
from apps.tenants.models import Plan, Tenant
from apps.tenants.provisioning import Wanted, provision
from apps.tenants.roles import Role
from apps.tenants.walls import schema_of
from config.embedded.place import default_place
from tests.apps.tenants.connecting import as_admin, through, wrapper

FIRST = Wanted("First", "first.localhost", Plan.Code.TEAM, uuid.UUID("11110000-0000-4000-8000-00000000000a"))
SECOND = Wanted("Second", "second.localhost", Plan.Code.TEAM, uuid.UUID("22220000-0000-4000-8000-00000000000b"))

CATALOG = {
    "columns": """
        SELECT c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
               pg_get_expr(d.adbin, d.adrelid), a.attacl::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d
        ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = %s::regnamespace AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 3""",
    "relations": """
        SELECT relname, relkind::text, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner), relacl::text,
               reloptions::text, relpersistence::text
        FROM pg_class WHERE relnamespace = %s::regnamespace ORDER BY 1""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = %s ORDER BY 1",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable, condeferred, convalidated
        FROM pg_constraint WHERE connamespace = %s::regnamespace ORDER BY 1, 2""",
    "triggers": """
        SELECT pg_get_triggerdef(t.oid), t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = %s::regnamespace AND NOT t.tgisinternal ORDER BY 1""",
    "functions": """
        SELECT pg_get_functiondef(oid), proacl::text, pg_get_userbyid(proowner)
        FROM pg_proc WHERE pronamespace = %s::regnamespace ORDER BY 1""",
    "policies": "SELECT * FROM pg_policies WHERE schemaname = %s ORDER BY tablename, policyname",
    "schema": "SELECT nspacl::text, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = %s",
}


@pytest.fixture
def as_migrator(populated: str, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SPECWARD_ROLE", Role.MIGRATOR.value)
    migrator = wrapper(populated)
    migrator.settings_dict.update(USER=Role.MIGRATOR.user, PASSWORD=default_place().password(Role.MIGRATOR.user))
    replaying.forget_recording()
    with django_db_blocker.unblock(), through(migrator):
        yield
    replaying.forget_recording()


@pytest.mark.usefixtures("as_migrator")
def test_both_ways_lead_to_the_same_catalog(populated: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert provision(FIRST).state == Tenant.State.ACTIVE
    monkeypatch.setattr(replaying, "call_command", lambda *_, **__: pytest.fail("It was migrated."))
    assert provision(SECOND).state == Tenant.State.ACTIVE
    with as_admin(populated) as admin:
        admin.execute("SET search_path = pg_catalog")

        def described(tenant: Wanted, query: str) -> list[Any]:
            rows = admin.execute(query.encode(), [schema_of(tenant.id)]).fetchall()
            return [str(row).replace(schema_of(tenant.id), "SCHEMA").replace(str(tenant.id), "ID") for row in rows]

        for what, query in CATALOG.items():
            first = described(FIRST, query)
            assert described(SECOND, query) == first, what
            assert first, what
        key = "SELECT id, length(key), key FROM {}.audit_digestkey"
        first_key, second_key = (
            admin.execute(key.format(schema_of(each.id)).encode()).fetchone() for each in (FIRST, SECOND)
        )
        assert first_key and second_key
        assert first_key[:2] == second_key[:2] == (1, 32) and first_key[2] != second_key[2]
        done = "SELECT app, name FROM {}.django_migrations ORDER BY 1, 2"
        assert [admin.execute(done.format(schema_of(each.id)).encode()).fetchall() for each in (FIRST, SECOND)] == [
            admin.execute(done.format(schema_of(FIRST.id)).encode()).fetchall()
        ] * 2
    assert walls_stand(databases=["default"]) == log_is_guarded(databases=["default"]) == []


@pytest.mark.parametrize(("exact", "empty"), [(False, True), (True, False)], ids=["rows were put in", "half done"])
def test_what_cannot_be_said_again_is_migrated(monkeypatch: pytest.MonkeyPatch, exact: bool, empty: bool) -> None:
    said = replaying.Recording("t_x", "x", ("CREATE TABLE y ()",), exact=exact)
    migrated: list[Any] = []
    monkeypatch.setattr(replaying, "_recorded", said)
    monkeypatch.setattr(replaying, "_is_empty", lambda tenant: empty)

    def migrate(tenant: Any) -> replaying.Recording:
        migrated.append(tenant)
        return said

    monkeypatch.setattr(replaying, "_migrate", migrate)
    tenant = Tenant(id=SECOND.id, schema_name=schema_of(SECOND.id))
    replaying.make_tables(tenant)
    assert migrated == [tenant]


def test_another_tenants_statements_name_the_first_one_nowhere() -> None:
    made = f'CREATE TABLE "{schema_of(FIRST.id)}".t (); '
    policy = f"CREATE POLICY p ON t USING ('{FIRST.id}' = 'x')"
    said = replaying.Recording(schema_of(FIRST.id), str(FIRST.id), (made, policy), exact=True)
    whole = said.for_another(Tenant(id=SECOND.id, schema_name=schema_of(SECOND.id)))
    assert whole == f'CREATE TABLE "{schema_of(SECOND.id)}".t ();\n{policy.replace(str(FIRST.id), str(SECOND.id))}'
