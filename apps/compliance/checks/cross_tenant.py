"""Attempts to get at this tenant's data as somebody else. None may succeed; what one changes is taken back."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.db import DatabaseError, connection, transaction
from psycopg import errors, sql

from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.compliance.checks.seen_from_here import own_schema, tenant
from apps.tenants.privileges import SHARED, Privilege
from apps.tenants.walls import PLATFORM_ID, PUBLIC, Walls, behind, schema_of
from apps.vault import configured
from apps.vault.errors import AnotherTenant, NoSuchObject, VaultError

_MEND: Final = (
    "Treat it as an incident: stop the service, run `manage.py check --database default`, which names what leads past "
    "the walls, and read the log for who used it."
)
_TABLES: Final = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, %s) ORDER BY c.relname
"""


def _others() -> dict[str, uuid.UUID | None]:
    """Who else could ask. The other tenant is one that does not exist: which there are is nobody's to know."""
    others: dict[str, uuid.UUID | None] = {"another tenant": uuid.uuid4(), "nobody": None}
    return others if tenant() == PLATFORM_ID else {**others, "the platform": PLATFORM_ID}


def _allowed(schema: str, privilege: Privilege) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES, [schema, privilege.value])
        return [name for (name,) in cursor.fetchall()]


def _not_empty(schema: str, names: list[str]) -> set[str]:
    """In which of the tables at least one row is seen."""
    each = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(schema, name))
        for name in names
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(each))
        return {name for (name,) in cursor.fetchall()}


@check
class Read(Check):
    """The second wall, tried: this tenant's schema with other credentials than its own."""

    key = "isolation.read"
    title = "With other credentials than this account's, none of its rows is seen"
    words = (
        "Reads every table of this account with its own credentials, with those of another tenant, of the platform, "
        "and with none; and the shared tables, in which only its own rows may show."
    )
    mend = _MEND

    def look(self) -> Result:
        schema = own_schema()
        with transaction.atomic():
            names = _allowed(schema, Privilege.SELECT)
            seen = _not_empty(schema, names)
            leaks = [f"shared {name}: rows of others are seen" for name in _foreign_rows()]
        for who, other in _others().items():
            with behind(Walls(schema, other)), transaction.atomic():
                leaks += [f"{name}: {who} sees rows" for name in sorted(_not_empty(schema, names))]
        if leaks:
            return failed(f"{len(leaks)} tables show rows to whom they do not belong.", leaks=some(leaks))
        if not seen:
            return failed("With its own credentials the account sees no row either.", tables=len(names))
        return passed(tables=len(names), with_rows_of_its_own=len(seen), seen_by_others=0, tried_as=sorted(_others()))


def _foreign_rows() -> Iterator[str]:
    """The shared tables in which rows show that are not this tenant's, and should not."""
    if tenant() == PLATFORM_ID:
        return  # its staff sees whose tenants there are: that is what it is for
    readable = set(_allowed(PUBLIC, Privilege.SELECT))
    for name, shared in SHARED.items():
        if shared.tenant_column is None or name not in readable:
            continue
        asked = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {}::text <> {})").format(
            sql.Identifier(PUBLIC, name), sql.Identifier(shared.tenant_column), sql.Literal(str(tenant()))
        )
        with connection.cursor() as cursor:
            cursor.execute(asked)
            if cursor.fetchone() == (True,):
                yield name


class _TakenBack(Exception):
    """Ends an attempt, whatever it did."""


@contextmanager
def _attempt() -> Iterator[None]:
    """What is done in it is taken back, also where it succeeds."""
    try:
        with transaction.atomic():
            yield
            raise _TakenBack
    except _TakenBack:
        pass


@check
class Write(Check):
    """The same wall, for what is written."""

    key = "isolation.write"
    title = "With other credentials than this account's, nothing of it is written, changed or deleted"
    words = (
        "Tries to insert into, update and delete from every table of this account that the application may write, with "
        "the credentials of another tenant, of the platform, and with none. Every attempt is rolled back."
    )
    mend = _MEND

    def look(self) -> Result:
        schema = own_schema()
        with transaction.atomic():
            tables = {privilege: _allowed(schema, privilege) for privilege in Privilege}
        tried, through = 0, []
        for who, other in _others().items():
            with behind(Walls(schema, other)), _attempt():
                for name in tables[Privilege.INSERT]:
                    tried += 1
                    if not _insert_is_refused(schema, name):
                        through.append(f"{name}: {who} inserts")
                for privilege in _CHANGES:
                    tried += len(tables[privilege])
                    changed = _changed(schema, tables[privilege], privilege)
                    through += [f"{name}: {who} {privilege.value.lower()}s" for name in changed]
        if through:
            return failed(f"{len(through)} writes were not refused.", through=some(through))
        return passed(attempts=tried, refused=tried, tried_as=sorted(_others()))


_CHANGES: Final = {
    # One row is enough to know, and where the wall stands there is none.
    Privilege.UPDATE: "UPDATE {table} SET {column} = {column} WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)",
    Privilege.DELETE: "DELETE FROM {table} WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)",
}
_WRITABLE: Final = """
    SELECT DISTINCT ON (c.relname) c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = %s::regnamespace AND c.relname = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attidentity = '' AND a.attgenerated = '' ORDER BY c.relname, a.attnum
"""


def _insert_is_refused(schema: str, name: str) -> bool:
    """A row of defaults. PostgreSQL asks the policy before it looks whether the row is whole: what is told of a missing
    value has passed the wall."""
    try:
        with _attempt(), connection.cursor() as cursor:
            cursor.execute(sql.SQL("INSERT INTO {} DEFAULT VALUES").format(sql.Identifier(schema, name)))
        return False
    except DatabaseError as error:
        return not isinstance(error.__cause__, errors.IntegrityError)


def _changed(schema: str, names: list[str], privilege: Privilege) -> list[str]:
    """The tables of which a row was changed, or would have been, had something behind the wall not refused it."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITABLE, [schema, names])
        columns = dict(cursor.fetchall())
    statements = {
        name: sql.SQL(_CHANGES[privilege]).format(
            table=sql.Identifier(schema, name), column=sql.Identifier(columns[name])
        )
        for name in names
    }
    try:
        return _touched(statements)
    except DatabaseError:  # one of them reached a row: which?
        return [name for name, statement in statements.items() if _touches(name, statement)]


def _touched(statements: Mapping[str, sql.Composable]) -> list[str]:
    """All of them in one message, since where the wall stands none does anything."""
    if not statements:
        return []
    done = [
        sql.SQL("{} AS ({} RETURNING 1)").format(sql.Identifier(name), statement)
        for name, statement in statements.items()
    ]
    asked = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
        for name in statements
    ]
    found: list[str] = []
    with _attempt(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("WITH {} {}").format(sql.SQL(", ").join(done), sql.SQL(" UNION ALL ").join(asked)))
        found += [name for (name,) in cursor.fetchall()]
    return found


def _touches(name: str, statement: sql.Composable) -> bool:
    try:
        return bool(_touched({name: statement}))
    except DatabaseError as error:
        return not isinstance(error.__cause__, errors.InsufficientPrivilege)


@check
class Objects(Check):
    """The object store: whose it is says the wall, never a name."""

    key = "isolation.objects"
    title = "An object of this account is fetched by nobody else, under no name"
    words = (
        "Stores a small object, then asks for it as another tenant, by its name and by its whole path, and asks as "
        "this account for one under another tenant's path. The object is deleted after."
    )
    mend = _MEND

    def look(self) -> Result:
        store, other = configured.object_store(), uuid.uuid4()
        name, content = f"compliance/probe-{uuid.uuid4()}", secrets.token_bytes(32)
        stored = store.put(name, [content])
        through: list[str] = []
        try:
            own = _fetched(stored.path)
            if _fetched(f"tenants/{other}/{name}") is not AnotherTenant:
                through.append("this account asked for another tenant's path and was not refused")
            with behind(Walls(schema_of(other), other)):
                if _fetched(stored.path) is not AnotherTenant:
                    through.append("another tenant asked for this account's path and was not refused")
                if _fetched(name) is not NoSuchObject:
                    through.append("another tenant asked for the same name and found something")
            with behind(Walls(own_schema(), other)):
                if _fetched(name) is not AnotherTenant:
                    through.append("another tenant's credentials in this account's schema were not refused")
        finally:
            store.delete(name)
        if own != content:
            return failed("The account cannot fetch an object of its own.", attempts=4)
        if through:
            return failed(f"{len(through)} fetches were not refused.", through=some(through))
        return passed(attempts=4, refused=4)


def _fetched(name: str) -> Any:
    """The content, or why there is none: the kind of the refusal."""
    try:
        with configured.object_store().opened(name) as stream:
            return stream.read()
    except VaultError as error:
        return type(error)
