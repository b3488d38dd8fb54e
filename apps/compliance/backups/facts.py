"""What there is in a schema, so that two databases can be compared: every row, every wall, every trigger, the log.

Rows are added up as hashes of their text, so that one changed value in one row is seen and their order is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from psycopg import sql


@dataclass(frozen=True, slots=True)
class Part:
    """A table, or what a schema has beside tables. ``rows`` None: it has none."""

    made_as: str
    rows: int | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All of a schema by name, and the newest signed head of its log: size, and root in hexadecimal."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    head: tuple[int, str] | None = None

    @property
    def tables(self) -> int:
        return sum(part.rows is not None for part in self.parts.values())

    @property
    def rows(self) -> int:
        return sum(part.rows or 0 for part in self.parts.values())

    def differing(self, other: Facts) -> list[str]:
        """What is not the same in both, by name."""
        names = sorted(set(self.parts) | set(other.parts))
        found = [name for name in names if self.parts.get(name) != other.parts.get(name)]
        return [*found, *(["the head of the log"] if self.head != other.head else [])]


_MADE: Final = """
    SELECT c.relname, concat_ws(E'\\n', c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner),
        (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                                     pg_get_expr(d.adbin, d.adrelid)), E'\\n' ORDER BY a.attname)
           FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
        (SELECT string_agg(concat_ws(' ', p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[]::text,
                                     pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)),
                           E'\\n' ORDER BY p.polname) FROM pg_policy p WHERE p.polrelid = c.oid),
        (SELECT string_agg(concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled), E'\\n' ORDER BY t.tgname)
           FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
        (SELECT string_agg(pg_get_constraintdef(k.oid), E'\\n' ORDER BY k.conname)
           FROM pg_constraint k WHERE k.conrelid = c.oid),
        (SELECT string_agg(pg_get_indexdef(i.indexrelid), E'\\n' ORDER BY i.indexrelid::regclass::text)
           FROM pg_index i WHERE i.indrelid = c.oid),
        (SELECT string_agg(concat_ws(' ', a.grantee::regrole, a.privilege_type), E'\\n'
                           ORDER BY a.grantee::regrole::text, a.privilege_type)
           FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a))
    FROM pg_class c WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname
"""
_FUNCTIONS: Final = """
    SELECT format('%%s(%%s)', p.proname, oidvectortypes(p.proargtypes)), concat_ws(E'\\n', pg_get_functiondef(p.oid),
        pg_get_userbyid(p.proowner), (SELECT string_agg(concat_ws(' ', a.grantee::regrole, a.privilege_type), E'\\n'
            ORDER BY a.grantee::regrole::text) FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a))
    FROM pg_proc p WHERE p.pronamespace = %s::regnamespace AND p.prokind IN ('f', 'p') ORDER BY 1
"""
_HEAD: Final = "SELECT size, encode(root, 'hex') FROM {} ORDER BY size DESC LIMIT 1"


def settle(connection: psycopg.Connection[Any]) -> None:
    """Both sides print what they hold alike."""
    connection.execute("SET search_path = ''")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET bytea_output = 'hex'")
    connection.execute("SET extra_float_digits = 1")


def facts_of(connection: psycopg.Connection[Any], schema: str) -> Facts:
    """What there is in a schema; nothing where there is no such schema. Reads every row once; memory: none of them."""
    if connection.execute("SELECT to_regnamespace(%s)", [schema]).fetchone() == (None,):
        return Facts()
    parts = dict(_parts(connection, schema))
    return Facts(parts, _head(connection, schema) if "audit_checkpoint" in parts else None)


def _parts(connection: psycopg.Connection[Any], schema: str) -> Iterator[tuple[str, Part]]:
    for name, made_as in connection.execute(_MADE, [schema]).fetchall():
        asked = sql.SQL("SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t")
        (row,) = connection.execute(asked.format(sql.Identifier(schema, name))).fetchall()
        yield name, Part(made_as, *row)
    for name, made_as in connection.execute(_FUNCTIONS, [schema]).fetchall():
        yield name, Part(made_as)


def _head(connection: psycopg.Connection[Any], schema: str) -> tuple[int, str] | None:
    row = connection.execute(sql.SQL(_HEAD).format(sql.Identifier(schema, "audit_checkpoint"))).fetchone()
    return None if row is None else (row[0], row[1])
