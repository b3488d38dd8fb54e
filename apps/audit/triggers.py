"""The triggers that write and guard the log: what must stand on each table, what does, and mending what differs.

Installed after each migration, behind the walls of the schema (after ``policies.wall_in``). Making a trigger locks its
table, so that a table whose triggers are as they should be is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Final

from django.db import connection, transaction
from psycopg import sql

from apps.audit import functions
from apps.audit import retention_functions as retention
from apps.audit.columns import NOT_CAPTURED, UNDECLARED, declared, object_types, secrets_among
from apps.audit.errors import LogUnguarded
from apps.audit.functions import SEARCH_PATH, Function, wanted_functions
from apps.tenants.roles import Role
from apps.tenants.walls import Walls, behind, tenant_of

LOG: Final = "audit_entry"
DIGEST_KEY: Final = "audit_digestkey"
LEAF: Final = "audit_leaf"
NODE: Final = "audit_node"
HEAD: Final = "audit_head"
CHECKPOINT: Final = "audit_checkpoint"
HOLD: Final = "audit_hold"
_ALWAYS: Final = "A"


class On(IntFlag):
    """``pg_trigger.tgtype`` (src/include/catalog/pg_trigger.h)."""

    ROW = 1
    BEFORE = 2
    INSERT = 4
    DELETE = 8
    UPDATE = 16
    TRUNCATE = 32


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger as the catalog knows it. ``enabled`` is its letter there: A fires whatever the session's role."""

    table: str
    name: str
    on: int
    function: str
    arguments: tuple[str, ...] = ()
    enabled: str = _ALWAYS
    plain: bool = True
    """Neither a WHEN, nor a list of columns, nor a transition table, nor deferred."""


_GROWS: Final = "The audit log only grows; the pruner role removes what is past its retention."
_EMPTYING: Final = "A TRUNCATE would leave no entry in the audit log. Use DELETE."
_FIXED: Final = "The key of the digests is made once for a tenant."
_TREE: Final = "The tree of the log only grows."
_HOLDS: Final = "A legal hold is lifted, and stays as a record."
_CHANGES: Final = On.DELETE | On.UPDATE | On.TRUNCATE


def wanted_triggers(schema: str) -> Iterator[Trigger]:
    """All triggers of ours in a schema, for the tables that are there."""
    tables = _tables(schema)
    said, types = declared(), object_types()
    for table, columns in tables.items():
        if table == LOG:
            yield Trigger(table, functions.ASSIGN, On.ROW | On.BEFORE | On.INSERT, functions.ASSIGN)
            yield Trigger(table, retention.EXPIRED, On.ROW | On.BEFORE | On.DELETE, retention.EXPIRED)
            yield Trigger(table, functions.REFUSE, On.BEFORE | _CHANGES, functions.REFUSE, (_GROWS,))
        elif table == DIGEST_KEY:
            yield Trigger(table, functions.REFUSE, On.BEFORE | _CHANGES, functions.REFUSE, (_FIXED,))
        elif table in (LEAF, NODE):
            if table == LEAF:
                yield Trigger(table, retention.SALT, On.ROW | On.BEFORE | On.UPDATE, retention.SALT)
            yield Trigger(table, functions.REFUSE, On.BEFORE | _CHANGES, functions.REFUSE, (_TREE,))
        elif table == HEAD:
            moves = On.ROW | On.BEFORE | On.INSERT | On.UPDATE
            yield Trigger(table, functions.HEAD_MOVES, moves, functions.HEAD_MOVES)
            yield Trigger(table, functions.REFUSE, On.BEFORE | On.DELETE | On.TRUNCATE, functions.REFUSE, (_TREE,))
        elif table == CHECKPOINT:
            follows = functions.CHECKPOINT_FOLLOWS
            yield Trigger(table, follows, On.ROW | On.BEFORE | On.INSERT, follows)
            yield Trigger(table, functions.REFUSE, On.BEFORE | _CHANGES, functions.REFUSE, (_TREE,))
        elif table not in NOT_CAPTURED:
            audited = said.get(table, UNDECLARED)
            secret = frozenset(secrets_among(columns.types, audited, frozenset(columns.keys)))
            named = audited.named_by or ("name" if "name" in columns.types else "")
            arguments = (
                types.get(table, table),
                _array(columns.keys),
                "" if named in secret else named,
                _array(sorted(secret)),
                _array(sorted(audited.churning)),
            )
            on = On.ROW | On.INSERT | On.DELETE | On.UPDATE
            yield Trigger(table, functions.CAPTURE, on, functions.CAPTURE, arguments)
            if table == HOLD:
                stays = On.ROW | On.BEFORE | On.INSERT | On.UPDATE
                yield Trigger(table, retention.HOLD, stays, retention.HOLD)
                gone = On.BEFORE | On.DELETE | On.TRUNCATE
                yield Trigger(table, functions.REFUSE, gone, functions.REFUSE, (_HOLDS,))
            else:
                yield Trigger(table, functions.REFUSE, On.BEFORE | On.TRUNCATE, functions.REFUSE, (_EMPTYING,))


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table: type by name, and the names of its primary key in order."""

    types: Mapping[str, str]
    keys: tuple[str, ...]


_COLUMNS: Final = """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL),
        (SELECT array_position(i.indkey::int2[], a.attnum) FROM pg_index i
            WHERE i.indrelid = c.oid AND i.indisprimary)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname, a.attnum
"""


def _tables(schema: str) -> dict[str, Columns]:
    types: dict[str, dict[str, str]] = {}
    keys: dict[str, dict[int, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [schema])
        for table, column, kind, place in cursor.fetchall():
            types.setdefault(table, {})[column] = kind
            if place is not None:
                keys.setdefault(table, {})[place] = column
    return {t: Columns(types[t], tuple(c for _, c in sorted(keys.get(t, {}).items()))) for t in types}


def _array(names: tuple[str, ...] | list[str]) -> str:
    """A text[] as its literal."""
    return "{" + ",".join('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in names) + "}"


_TRIGGERS: Final = """
    SELECT c.relname, t.tgname, t.tgtype, p.proname, t.tgargs, t.tgenabled,
        t.tgqual IS NULL AND t.tgattr::text = '' AND t.tgoldtable IS NULL AND t.tgnewtable IS NULL
            AND NOT t.tgdeferrable AND p.pronamespace = c.relnamespace
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE n.nspname = %s AND NOT t.tgisinternal AND t.tgparentid = 0
"""


def standing_triggers(schema: str) -> Iterator[Trigger]:
    """The triggers of a schema as they stand."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS, [schema])
        for table, name, on, function, arguments, enabled, plain in cursor.fetchall():
            given = bytes(arguments).decode().split("\0")[:-1]
            yield Trigger(table, name, on, function, tuple(given), _letter(enabled), plain)


def _letter(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


_FUNCTIONS: Final = """
    SELECT p.proname, pg_get_function_result(p.oid), p.prosrc, p.prosecdef, pg_get_function_arguments(p.oid),
        coalesce(p.proconfig, '{}') = ARRAY[%s] AND l.lanname = 'plpgsql' AND pg_get_userbyid(p.proowner) = %s
            AND NOT EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                WHERE a.grantee <> p.proowner)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE n.nspname = %s
"""


def standing_functions(schema: str) -> dict[Function, bool]:
    """The functions of a schema as they stand, each with whether the rest of it is as it should be."""
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS, [SEARCH_PATH, Role.OWNER.user, schema])
        return {Function(n, r, body, definer, args): fine for n, r, body, definer, args, fine in cursor.fetchall()}


def function_deviations(schema: str) -> list[str]:
    """The names of functions that are missing or are not as they should be."""
    standing = standing_functions(schema)
    return [wanted.name for wanted in wanted_functions(schema) if not standing.get(wanted, False)]


def trigger_deviations(schema: str) -> Iterator[tuple[str, str, str]]:
    """Table, trigger, what is wrong with it. Of other people's triggers only those on the log itself are named."""
    standing = {(t.table, t.name): t for t in standing_triggers(schema)}
    wanted = {(t.table, t.name): t for t in wanted_triggers(schema)}
    for key, should in sorted(wanted.items()):
        found = standing.get(key)
        if found is None:
            yield *key, "is missing"
        elif found.enabled != should.enabled:
            yield *key, "does not fire always (pg_trigger.tgenabled is " + found.enabled + ")"
        elif found != should:
            yield *key, "is not as it should be"
    for table, name in sorted(standing.keys() - wanted.keys()):
        if table == LOG:
            yield table, name, "is none of ours"


def install(schema_name: str, **_: object) -> None:
    """Puts the functions and triggers of a schema as they should be; after each migration, as the owner.

    Raises :class:`LogUnguarded` where something is left that this cannot mend.
    """
    tenant_id = tenant_of(schema_name)
    if tenant_id is None:
        return
    with behind(Walls(schema_name, tenant_id)), transaction.atomic():
        if LOG not in _tables(schema_name):
            return  # this app's own migrations have not run yet
        _make_key(schema_name)
        _always_generated(schema_name)
        broken = set(function_deviations(schema_name))
        for function in wanted_functions(schema_name):
            if function.name in broken:
                _make_function(schema_name, function)
        wanted = {(t.table, t.name): t for t in wanted_triggers(schema_name)}
        for table, name, _why in list(trigger_deviations(schema_name)):
            if (table, name) in wanted:
                _make_trigger(schema_name, wanted[table, name])
        left = [*function_deviations(schema_name), *(f"{t}.{n}" for t, n, _ in trigger_deviations(schema_name))]
        if left:
            raise LogUnguarded(f"{schema_name}: these could not be put as they should be: {', '.join(left)}.")


def _make_key(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "INSERT INTO {} (id, key) SELECT 1, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) "
                "WHERE NOT EXISTS (SELECT FROM {})"
            ).format(*[sql.Identifier(schema, DIGEST_KEY)] * 2)
        )


def _always_generated(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attidentity = 'a' FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'id'",
            [f"{schema}.{LOG}"],
        )
        if not cursor.fetchone()[0]:
            log = sql.Identifier(schema, LOG)
            cursor.execute(sql.SQL("ALTER TABLE {} ALTER COLUMN id SET GENERATED ALWAYS").format(log))


def _make_function(schema: str, function: Function) -> None:
    name = sql.Identifier(schema, function.name)
    arguments = sql.SQL(function.arguments)
    security = sql.SQL("SECURITY DEFINER" if function.definer else "SECURITY INVOKER")
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE OR REPLACE FUNCTION {}({}) RETURNS {} LANGUAGE plpgsql {} "
                "SET search_path = pg_catalog, pg_temp AS {}"
            ).format(name, arguments, sql.SQL(function.returns), security, sql.Literal(function.body))
        )
        everybody = sql.SQL(", ").join(
            [sql.SQL("PUBLIC"), *(sql.Identifier(r.user) for r in Role if r is not Role.OWNER)]
        )
        cursor.execute(sql.SQL("REVOKE ALL ON FUNCTION {}({}) FROM {}").format(name, arguments, everybody))


def _make_trigger(schema: str, trigger: Trigger) -> None:
    events = [event.name or "" for event in (On.INSERT, On.DELETE, On.UPDATE, On.TRUNCATE) if trigger.on & event]
    table = sql.Identifier(schema, trigger.table)
    name = sql.Identifier(trigger.name)
    made = sql.SQL("CREATE OR REPLACE TRIGGER {} {} {} ON {} FOR EACH {} EXECUTE FUNCTION {}({})").format(
        name,
        sql.SQL("BEFORE" if trigger.on & On.BEFORE else "AFTER"),
        sql.SQL(" OR ").join(sql.SQL(event) for event in events),
        table,
        sql.SQL("ROW" if trigger.on & On.ROW else "STATEMENT"),
        sql.Identifier(schema, trigger.function),
        sql.SQL(", ").join(sql.Literal(argument) for argument in trigger.arguments),
    )
    with connection.cursor() as cursor:
        cursor.execute(made)
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER {}").format(table, name))
