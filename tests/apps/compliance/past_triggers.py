"""What an owner of the database can do to any table: one statement past every trigger, constraint and wall, which all
stand again when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from apps.tenants.models import Tenant
from tests.apps.audit.conftest import superuser


@contextmanager
def owner(tenant: Tenant) -> Iterator[psycopg.Connection]:
    """The database's administrator, in the schema of a tenant: one transaction."""
    with superuser() as root, root.transaction():
        root.execute(f"SET LOCAL search_path = {tenant.schema_name}, public")
        yield root


def past_triggers(tenant: Tenant, table: str, statement: str, *given: Any) -> list[tuple[Any, ...]]:
    """Does it while no trigger of the table fires, foreign keys included; nothing of it is in the log. Gives the rows
    that it returns."""
    named = sql.Identifier(table)
    with owner(tenant) as root:
        standing = root.execute(
            "SELECT tgname, tgenabled::text FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table]
        ).fetchall()
        root.execute("SET LOCAL session_replication_role = replica")
        root.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(named))
        done = root.execute(statement.encode(), given)
        rows = done.fetchall() if done.description is not None else []
        for name, enabled in standing:
            how = sql.SQL({"A": "ENABLE ALWAYS", "R": "ENABLE REPLICA", "O": "ENABLE", "D": "DISABLE"}[enabled])
            root.execute(sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(named, how, sql.Identifier(name)))
    return rows


class Kept:
    """Rows of a table as they were, to be put back."""

    def __init__(self, tenant: Tenant, table: str, where: str, *given: Any) -> None:
        self._tenant, self._table, self._where, self._given = tenant, table, where, given
        with owner(tenant) as root:
            query = sql.SQL("SELECT to_jsonb(t)::text FROM {} t WHERE ").format(sql.Identifier(table))
            self._rows = root.execute(query + sql.SQL(where), given).fetchall()
        assert self._rows

    def put_back(self) -> None:
        """In the place of whatever is there now under the same condition."""
        past_triggers(self._tenant, self._table, f"DELETE FROM {self._table} WHERE {self._where}", *self._given)
        for (row,) in self._rows:
            past_triggers(
                self._tenant,
                self._table,
                f"INSERT INTO {self._table} OVERRIDING SYSTEM VALUE "
                f"SELECT * FROM jsonb_populate_record(NULL::{self._table}, %s::jsonb)",
                row,
            )
