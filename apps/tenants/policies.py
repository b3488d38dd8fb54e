"""The second wall in the catalog: what must stand on each table, what does, and mending only what differs.

Everything is compared as PostgreSQL itself prints it. Applying takes exclusive locks, so that a table that is as it
should be is left alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from psycopg import sql

from apps.tenants.privileges import SHARED, Granted, Privilege, SharedTable, of_tenant_table
from apps.tenants.roles import WALLED, Role
from apps.tenants.walls import GUC, PLATFORM_ID, PUBLIC, tenant_of

# As pg_get_expr prints them. The sub-select is evaluated once for a statement, not once for a row.
_CURRENT: Final = f"( SELECT NULLIF(current_setting('{GUC}'::text, true), ''::text) AS \"nullif\")"


@dataclass(frozen=True, slots=True, order=True)
class Policy:
    """A row-level policy, with its expressions as the catalog prints them. ``command`` is pg_policy's letter."""

    name: str
    command: str
    roles: tuple[str, ...]
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands, or as it should."""

    name: str
    enabled: bool
    forced: bool
    owner: str
    policies: frozenset[Policy]
    granted: frozenset[tuple[str, str]]

    def differences(self, wanted: Table) -> Iterator[str]:
        """What is not as it should be, in words."""
        yield from self.unenforced(wanted)
        if self.owner != wanted.owner:
            yield f"it belongs to {self.owner}"
        yield from self.policy_differences(wanted)
        yield from self.privilege_differences(wanted)

    def unenforced(self, wanted: Table) -> Iterator[str]:
        """Whether its policies are asked at all, and of its owner too."""
        if self.enabled != wanted.enabled:
            yield f"row-level security is {'on' if self.enabled else 'off'}"
        if self.forced != wanted.forced:
            yield f"row-level security is {'' if self.forced else 'not '}forced on its owner"

    def policy_differences(self, wanted: Table) -> Iterator[str]:
        """What its policies say, and what others beside them let through."""
        for policy in sorted(wanted.policies - self.policies, key=lambda p: p.name):
            yield f"the policy {policy.name} is missing or is not as it should be"
        for policy in sorted(self.policies - wanted.policies, key=lambda p: p.name):
            yield f"the policy {policy.name} should not be there as it is"

    def privilege_differences(self, wanted: Table) -> Iterator[str]:
        """Who may do what with it."""
        for role, privilege in sorted(wanted.granted - self.granted):
            yield f"{role} lacks {privilege}"
        for role, privilege in sorted(self.granted - wanted.granted):
            yield f"{role} has {privilege}"


def wanted_in(schema: str, table: str) -> Table | None:
    """How a table must stand; None for one in ``public`` that nobody has declared."""
    tenant_id = tenant_of(schema)
    if tenant_id is not None:
        return _walled(table, _tenant_policies(tenant_id), of_tenant_table(table))
    shared = SHARED.get(table)
    return None if shared is None else _walled(table, _shared_policies(shared), shared.granted)


def _walled(table: str, policies: Iterable[Policy], granted: Granted) -> Table:
    grants = {(role.user, privilege.value) for role, all_of_it in granted.items() for privilege in all_of_it}
    return Table(table, True, True, Role.OWNER.user, frozenset(policies), frozenset(grants))


def _is_current(tenant_id: uuid.UUID) -> str:
    """Whether the credentials are this tenant's: the whole question as one sub-select.

    The planner takes such a condition for half true, and a comparison with a sub-select for true of one row in 200: it
    then reads all rows of an index and sorts them, where the first fifty were asked for.
    """
    return f"( SELECT ('{tenant_id}'::text = NULLIF(current_setting('{GUC}'::text, true), ''::text)))"


def _tenant_policies(tenant_id: uuid.UUID) -> Iterator[Policy]:
    """One policy, and a constant: not even a row's own column is asked whose it is."""
    same = _is_current(tenant_id)
    yield Policy("tenant_wall", "*", ("public",), same, same)


def _shared_policies(shared: SharedTable) -> Iterator[Policy]:
    owner = (Role.OWNER.user,)
    yield Policy("owner_wall", "*", owner, "true", "true")
    if shared.tenant_column is None:
        for role, privileges in shared.granted.items():
            yield from _each(f"{role.value}_wall", role, privileges, "true")
        return
    own = f"(({shared.tenant_column})::text = {_CURRENT})"
    platform = _is_current(PLATFORM_ID)
    for role, privileges in shared.granted.items():
        theirs = privileges if shared.own_may is None else privileges & shared.own_may
        yield from _each(f"{role.value}_wall", role, theirs, "true" if role in _OF_ALL else own)
    yield from _each("platform_credentials_wall", Role.APP, shared.platform_may, platform)


_OF_ALL: Final = (Role.PLATFORM, Role.SEQUENCER, Role.PRUNER)
"""Roles that read all rows of the shared tables that they may read: they go from tenant to tenant."""

_LETTER: Final = {Privilege.SELECT: "r", Privilege.INSERT: "a", Privilege.UPDATE: "w", Privilege.DELETE: "d"}


def _each(name: str, role: Role, privileges: frozenset[Privilege], expression: str) -> Iterator[Policy]:
    for privilege in privileges:
        using = None if privilege is Privilege.INSERT else expression
        check = expression if privilege in (Privilege.INSERT, Privilege.UPDATE) else None
        yield Policy(f"{name}_{privilege.value.lower()}", _LETTER[privilege], (role.user,), using, check)


_STANDING: Final = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner),
        (SELECT coalesce(json_agg(json_build_array(p.polname, p.polcmd::text,
                (SELECT json_agg(CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r) END) FROM unnest(p.polroles) r),
                pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), p.polpermissive)), '[]')
           FROM pg_policy p WHERE p.polrelid = c.oid),
        (SELECT coalesce(json_agg(json_build_array(
                CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type)), '[]')
           FROM (SELECT a.grantee, a.privilege_type FROM aclexplode(c.relacl) a
                 UNION ALL
                 SELECT a.grantee, format('%%s (%%s)', a.privilege_type, t.attname)
                   FROM pg_attribute t CROSS JOIN aclexplode(t.attacl) a WHERE t.attrelid = c.oid) a
          WHERE a.grantee <> c.relowner)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p')
"""


def standing_in(schema: str) -> Iterator[Table]:
    """The tables of a schema as they stand."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [schema])
        for name, enabled, forced, owner, policies, grants in cursor.fetchall():
            yield Table(
                name,
                enabled,
                forced,
                owner,
                frozenset(_policy(*each) for each in _decoded(policies)),
                frozenset((role, privilege) for role, privilege in _decoded(grants)),
            )


def _decoded(value: Any) -> Any:
    import json

    return json.loads(value) if isinstance(value, str) else value


def _policy(
    name: str, command: str, roles: list[str], using: str | None, check: str | None, permissive: bool
) -> Policy:
    # A restrictive policy is none of ours, whatever it says.
    return Policy(name if permissive else f"{name} (restrictive)", command, tuple(sorted(roles)), using, check)


def deviations(schema: str) -> Mapping[str, list[str]]:
    """What is not as it should be, by table."""
    found: dict[str, list[str]] = {}
    for table in standing_in(schema):
        wanted = wanted_in(schema, table.name)
        if wanted is None:
            found[table.name] = ["it is in public and apps/tenants/privileges.py does not say why"]
        elif differences := list(table.differences(wanted)):
            found[table.name] = differences
    return found


def schemas() -> list[str]:
    """``public`` and every tenant's schema that is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^t_[0-9a-f]{32}$' ORDER BY 1")
        return [PUBLIC, *(name for (name,) in cursor.fetchall())]


def wall_in(schema_name: str, **_: object) -> None:
    """Makes every table of a schema stand as it should; after each migration, as the owner."""
    with transaction.atomic():
        if tenant_of(schema_name) is not None:
            _open_schema(schema_name)
        for name in deviations(schema_name):
            wanted = wanted_in(schema_name, name)
            if wanted is not None:
                _mend(schema_name, wanted)


def _open_schema(schema: str) -> None:
    with connection.cursor() as cursor:
        for role in WALLED:
            cursor.execute(
                sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(sql.Identifier(schema), sql.Identifier(role.user))
            )


def _mend(schema: str, wanted: Table) -> None:
    table = sql.Identifier(schema, wanted.name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT polname FROM pg_policy WHERE polrelid = %s::regclass", [f'"{schema}"."{wanted.name}"'])
        for (policy,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP POLICY {} ON {}").format(sql.Identifier(policy), table))
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY").format(table))
        for each in sorted(wanted.policies, key=lambda p: p.name):
            cursor.execute(_create(table, each))
        everybody = sql.SQL(", ").join([sql.SQL("PUBLIC"), *(sql.Identifier(role.user) for role in WALLED)])
        cursor.execute(sql.SQL("REVOKE ALL ON TABLE {} FROM {}").format(table, everybody))  # its columns' too
        for role in sorted({role for role, _ in wanted.granted}):
            given = sql.SQL(", ").join(sql.SQL(privilege) for of, privilege in sorted(wanted.granted) if of == role)
            cursor.execute(sql.SQL("GRANT {} ON TABLE {} TO {}").format(given, table, sql.Identifier(role)))


_COMMAND: Final = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


def _create(table: sql.Identifier, policy: Policy) -> sql.Composed:
    roles = sql.SQL(", ").join(sql.SQL("PUBLIC") if r == "public" else sql.Identifier(r) for r in policy.roles)
    made = sql.SQL("CREATE POLICY {} ON {} FOR {} TO {}").format(
        sql.Identifier(policy.name), table, sql.SQL(_COMMAND[policy.command]), roles
    )
    if policy.using is not None:
        made += sql.SQL(" USING ({})").format(sql.SQL(policy.using))
    if policy.check is not None:
        made += sql.SQL(" WITH CHECK ({})").format(sql.SQL(policy.check))
    return made
