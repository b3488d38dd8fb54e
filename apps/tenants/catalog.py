"""What stands around the walled tables, and could lead past them: functions, triggers, views, schemas, roles, the
database. Each deviation names its object. Reads the catalog only, which every role may."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.apps import apps
from django.db import connection

from apps.tenants.roles import WALLED, Role
from apps.tenants.walls import PUBLIC, is_tenants, tenant_of

_TENANTS: Final = "^t_[0-9a-f]{32}$"
_OURS: Final = "(n.nspname = 'public' OR n.nspname ~ '<tenants>')"


class Kind(StrEnum):
    """Where a deviation was found; the value is its code."""

    ROLE = "tenants.E003"
    FUNCTION = "tenants.E004"
    TRIGGER = "tenants.E005"
    RELATION = "tenants.E006"
    SCHEMA = "tenants.E007"
    DEFAULT_PRIVILEGE = "tenants.E008"
    DATABASE = "tenants.E009"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One object that is not as it should be, and how."""

    kind: Kind
    object: str
    difference: str


DEFINERS: Final[Mapping[str, frozenset[Role]]] = {
    "public.route_to(text)": frozenset({Role.APP, Role.PLATFORM, Role.MIGRATOR}),
    "public.are_migrated(text[])": frozenset({Role.APP}),
}
"""Functions that run as their owner, and who may call them. Apps name theirs by ``security_definers`` on their
AppConfig, ``name(types)`` for one in each tenant's schema, ``public.name(types)`` for a shared one."""


def around_the_tables(schema: str | None = None) -> Iterator[Deviation]:
    """Everything that is not as it should be; with one tenant's schema, only what is shared or that tenant's.

    Raises :class:`~apps.tenants.errors.SchemaRefused` for what is no tenant's schema.
    """
    only = schema if schema is not None and tenant_of(schema) is not None else None
    yield from _roles()
    yield from _functions(only)
    ours = _OURS.replace("<tenants>", _TENANTS if only is None else f"^{only}$")
    for kind, query in _SIMPLE:
        for named, difference in _rows(query.replace("<ours>", ours)):
            yield Deviation(kind, named, difference)
    yield from _schemas(only)
    yield from _database()


def _rows(query: str, params: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def _compared(found: set[tuple[str, str]], wanted: set[tuple[str, str]]) -> Iterator[str]:
    for role, privilege in sorted(wanted - found):
        yield f"{role} lacks {privilege}"
    for role, privilege in sorted(found - wanted):
        yield f"{role} has {privilege}"


# ---- roles ----------------------------------------------------------------------------------------------------------

_ATTRIBUTES: Final = """
    SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, rolinherit, rolcanlogin
    FROM pg_roles WHERE rolname = ANY(%s)
"""
_MEMBERSHIPS: Final = """
    SELECT g.rolname, m.rolname, a.inherit_option, a.set_option, a.admin_option
    FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
    WHERE (g.rolname = ANY(%(ours)s) OR m.rolname = ANY(%(ours)s)) AND NOT m.rolsuper
"""
_SETTINGS: Final = """
    SELECT coalesce(r.rolname, 'everybody'), setting FROM pg_db_role_setting s
    LEFT JOIN pg_roles r ON r.oid = s.setrole CROSS JOIN unnest(s.setconfig) setting
    WHERE (s.setdatabase = 0 OR s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND (r.rolname = ANY(%s) OR s.setrole = 0
         AND split_part(setting, '=', 1) ~ '^(search_path|role|row_security|session_replication_role|app\\.)')
"""
_POWERS: Final = (
    "is a superuser",
    "bypasses row-level security",
    "may make roles",
    "may make databases",
    "may replicate",
    "inherits what it is a member of",
)


def _roles() -> Iterator[Deviation]:
    ours = [role.user for role in Role]
    for name, *powers, logs_in in _rows(_ATTRIBUTES, [ours]):
        for power, has in zip(_POWERS, powers, strict=True):
            if has:
                yield Deviation(Kind.ROLE, name, power)
        if logs_in and name == Role.OWNER.user:
            yield Deviation(Kind.ROLE, name, "may log in")
    for group, member, inherits, sets, administers in _rows(_MEMBERSHIPS, {"ours": ours}):
        if (group, member) == (Role.OWNER.user, Role.MIGRATOR.user) and sets and not inherits and not administers:
            continue
        if member not in ours and not inherits and not sets:
            continue  # who made the role, and may use none of it (PostgreSQL 16, "CREATEROLE")
        yield Deviation(Kind.ROLE, member, f"is a member of {group}")
    walled = {role.user for role in WALLED}
    found = {(role, setting) for role, setting in _rows(_SETTINGS, [ours])}
    for role in sorted(walled - {role for role, setting in found if setting == 'search_path=""'}):
        yield Deviation(Kind.ROLE, role, "begins with a search path")
    for role, setting in sorted(found):
        if role not in walled or setting != 'search_path=""':
            yield Deviation(Kind.ROLE, role, f"begins with {setting}")


# ---- functions ------------------------------------------------------------------------------------------------------

_DEFINERS: Final = """
    SELECT n.nspname, format('%s(%s)', p.proname, oidvectortypes(p.proargtypes)), pg_get_userbyid(p.proowner),
           EXISTS (SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search\\_path=%'),
           (SELECT array_agg(CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END)
              FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee <> p.proowner)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""


def _definers() -> Mapping[str, frozenset[Role]]:
    declared = dict(DEFINERS)
    for config in apps.get_app_configs():
        declared.update(getattr(config, "security_definers", {}))
    return declared


def _functions(only: str | None) -> Iterator[Deviation]:
    known = _definers()
    for schema, signature, owner, has_path, callers in _rows(_DEFINERS):
        if _is_anothers(schema, only):
            continue
        name = f"{schema}.{signature}"
        may = known.get(name if schema == PUBLIC else signature)
        if may is None:
            yield Deviation(Kind.FUNCTION, name, "runs as its owner, and no app has named it")
            continue
        if owner != Role.OWNER.user:
            yield Deviation(Kind.FUNCTION, name, f"belongs to {owner}")
        if not has_path:
            yield Deviation(Kind.FUNCTION, name, "runs as its owner on the search path of whoever calls it")
        wanted = {(role.user, "EXECUTE") for role in may}
        for difference in _compared({(caller, "EXECUTE") for caller in callers or ()}, wanted):
            yield Deviation(Kind.FUNCTION, name, difference)


# ---- what one query can say -----------------------------------------------------------------------------------------

_SIMPLE: Final = (
    (
        # All but ENABLE ALWAYS is passed by where session_replication_role is replica.
        Kind.TRIGGER,
        """
        SELECT format('%s.%s on %s', n.nspname, t.tgname, c.relname),
               CASE t.tgenabled WHEN 'D' THEN 'is off' WHEN 'R' THEN 'fires on replicas only'
                                ELSE 'is not ENABLE ALWAYS' END
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE <ours> AND t.tgenabled <> CASE WHEN t.tgisinternal THEN 'O' ELSE 'A' END
        """,
    ),
    (
        # A view shows what its owner sees; a foreign table is another database's.
        Kind.RELATION,
        """
        SELECT format('%s.%s', n.nspname, c.relname),
               CASE c.relkind WHEN 'v' THEN 'is a view' WHEN 'm' THEN 'is a materialised view'
                              ELSE 'is a foreign table' END || ', and none is wanted'
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE <ours> AND c.relkind IN ('v', 'm', 'f')
        """,
    ),
    (
        Kind.RELATION,
        """
        SELECT format('%s.%s', n.nspname, c.relname), format('the rule %s rewrites what is asked of it', r.rulename)
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE <ours> AND c.relkind IN ('r', 'p')
        """,
    ),
    (
        # Who reads a parent is asked for the parent's policies only.
        Kind.RELATION,
        """
        SELECT format('%s.%s', n.nspname, c.relname), format('its rows are shown by %s.%s', pn.nspname, p.relname)
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
        WHERE <ours> AND c.relnamespace <> p.relnamespace AND c.relkind IN ('r', 'p')
        """,
    ),
    (
        # A foreign key passes by row-level security: across tenants it would tell which ids there are.
        Kind.RELATION,
        """
        SELECT format('%s.%s', n.nspname, c.relname),
               format('the key %s leads to %s.%s', k.conname, tn.nspname, t.relname)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace
        WHERE <ours> AND k.contype = 'f' AND n.nspname <> tn.nspname AND tn.nspname <> 'public'
        """,
    ),
    (
        # An identity column needs no privilege on its sequence, whose position would tell how many rows there are.
        Kind.RELATION,
        """
        SELECT format('%s.%s', n.nspname, c.relname),
               format('%s has %s', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END,
                      a.privilege_type)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN aclexplode(c.relacl) a
        WHERE <ours> AND c.relkind = 'S' AND a.grantee <> c.relowner
        """,
    ),
    (
        # A new table is nobody's until it has its policies.
        Kind.DEFAULT_PRIVILEGE,
        """
        SELECT format('objects of %s in %s', pg_get_userbyid(d.defaclrole), coalesce(n.nspname, 'every schema')),
               format('are given away as they are made (%s)', d.defaclacl::text)
        FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
        """,
    ),
    (
        Kind.DATABASE,
        """
        SELECT format('event trigger %s', evtname), 'runs at changes of the schema, and none is wanted'
        FROM pg_event_trigger
        """,
    ),
)


# ---- schemas and the database ---------------------------------------------------------------------------------------

_SCHEMAS: Final = r"""
    SELECT n.nspname, pg_get_userbyid(n.nspowner),
           (SELECT json_agg(json_build_array(
                CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type))::text
              FROM aclexplode(n.nspacl) a WHERE a.grantee <> n.nspowner)
    FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
_DATABASE: Final = """
    SELECT datname, pg_get_userbyid(datdba),
           (SELECT json_agg(json_build_array(
                CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type))::text
              FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) a WHERE a.grantee <> datdba)
    FROM pg_database WHERE datname = current_database()
"""


def _granted(value: str | None) -> set[tuple[str, str]]:
    return {(role, privilege) for role, privilege in json.loads(value or "[]")}


def _is_anothers(schema: str, only: str | None) -> bool:
    return only is not None and schema != only and is_tenants(schema)


def _schemas(only: str | None) -> Iterator[Deviation]:
    for name, owner, acl in _rows(_SCHEMAS):
        if _is_anothers(name, only):
            continue
        if name != PUBLIC and not is_tenants(name):
            yield Deviation(Kind.SCHEMA, name, "is neither public nor a tenant's")
            continue
        if owner != Role.OWNER.user:
            yield Deviation(Kind.SCHEMA, name, f"belongs to {owner}")
        users = [role for role in Role if role.logs_in] if name == PUBLIC else WALLED
        for difference in _compared(_granted(acl), {(role.user, "USAGE") for role in users}):
            yield Deviation(Kind.SCHEMA, name, difference)


def _database() -> Iterator[Deviation]:
    for name, owner, acl in _rows(_DATABASE):
        if owner != Role.OWNER.user:
            yield Deviation(Kind.DATABASE, name, f"belongs to {owner}")
        for difference in _compared(_granted(acl), {(role.user, "CONNECT") for role in Role if role.logs_in}):
            yield Deviation(Kind.DATABASE, name, difference)
