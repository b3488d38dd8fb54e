"""``manage.py check --database default``: nothing that writes or guards a log was taken away or changed.

What an owner of the database takes away is found here, as long as it is away; what they changed meanwhile is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.core.checks import CheckMessage, Error
from django.db import connection

from apps.audit.triggers import LOG, function_deviations, trigger_deviations
from apps.tenants import policies
from apps.tenants.walls import PUBLIC

_HINT: Final = (
    "`SPECWARD_ROLE=migrator manage.py migrate_schemas` mends triggers and functions; find out first who changed them, "
    "and what was written meanwhile."
)


def log_is_guarded(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """An error for each trigger, function or property of a log that is not as it should be. Reads the catalog only."""
    if not databases or "default" not in databases:
        return []
    found: list[CheckMessage] = []
    for schema in policies.schemas():
        if schema != PUBLIC:
            found += _of_schema(schema)
    return found


def unguarded(schema: str) -> list[str]:
    """What writes or guards the log of one tenant and is not as it should be, in words."""
    return [str(message.msg) for message in _of_schema(schema)]


def _of_schema(schema: str) -> Iterator[CheckMessage]:
    for table, name, why in trigger_deviations(schema):
        yield Error(f"{schema}.{table}: the trigger {name} {why}.", hint=_HINT, id="audit.E001")
    for name in function_deviations(schema):
        yield Error(f"{schema}: the function {name} is missing or is not as it should be.", hint=_HINT, id="audit.E002")
    for why in _of_log(schema):
        yield Error(f"{schema}.{LOG}: {why}.", hint=_HINT, id="audit.E003")


_LOG: Final = """
    SELECT c.relpersistence <> 'p', EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid),
        EXISTS (SELECT FROM pg_inherits i WHERE c.oid IN (i.inhparent, i.inhrelid)),
        NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'id' AND a.attidentity = 'a'),
        EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL),
        c.relkind <> 'r'
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s
"""
_WHY: Final = (
    "it is not written ahead (UNLOGGED): a crash would empty it",
    "it has a rule, which may send its entries elsewhere",
    "it inherits or is inherited: rows of another table read as entries",
    "its id is not GENERATED ALWAYS",
    "somebody has privileges on single columns of it",
    "it is no plain table",
)


def _of_log(schema: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_LOG, [schema, LOG])
        row = cursor.fetchone()
    if row is None:
        yield "it is missing"
    else:
        yield from (why for why, found in zip(_WHY, row, strict=True) if found)
