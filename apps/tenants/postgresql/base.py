"""Django's PostgreSQL backend with both walls in front of every statement, at no extra round trip.

The connection stays in autocommit for psycopg; Django's own idea of a transaction decides. The first statement of a
transaction is sent as ``BEGIN; SELECT set_config(...); statement`` in one message, a later change of the walls as a
prefix of the next statement, and a statement outside of a transaction as ``SELECT set_config(...); statement``, which
PostgreSQL runs as one transaction of its own ("Multiple Statements in a Simple Query", documentation, 54.2.2.1). All
settings are local to their transaction: a pooler in transaction mode cannot carry them to somebody else.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base
from django.db.backends.postgresql.base import Cursor, ServerSideCursor
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django_tenants.postgresql_backend.introspection import DatabaseSchemaIntrospection
from psycopg.pq import TransactionStatus

from apps.tenants.postgresql.role_guard import refuse_other_roles
from apps.tenants.roles import Role
from apps.tenants.walls import ACTOR, NOBODY, PUBLIC, HasWalls, Walls, tenant_of

DatabaseError = base.DatabaseWrapper.Database.DatabaseError
IntegrityError = psycopg.IntegrityError


class WalledCursor(Cursor):  # type: ignore[misc]  # Django's stubs leave its base open
    """A cursor that puts what is missing of both walls in front of what it executes.

    One that was made past Django's wrapper has none, and sees what its role's empty search path shows: nothing.
    """

    wrapper: DatabaseWrapper | None = None

    def execute(self, query: Any, params: Any = None, **kwargs: Any) -> WalledCursor:
        prefix = self.wrapper.missing() if self.wrapper is not None else ()
        if self.wrapper is None or not prefix:
            super().execute(query, params, **kwargs)
            return self
        if not isinstance(query, str):
            query = query.decode() if isinstance(query, bytes) else query.as_string(self)
        sending = self.wrapper.wanted
        self.wrapper.forget()
        super().execute("; ".join([*prefix, query]), params, **kwargs)
        for _ in prefix:
            self.nextset()
        self.wrapper.remember(sending)
        return self

    def executemany(self, query: Any, params_seq: Any, **kwargs: Any) -> None:
        with self.wrapper.short_transaction() if self.wrapper is not None else nullcontext():
            super().executemany(query, params_seq, **kwargs)

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        if self.wrapper is None:
            return super().copy(*args, **kwargs)
        return self.wrapper.in_short_transaction(super().copy(*args, **kwargs))


class WalledServerSideCursor(ServerSideCursor):  # type: ignore[misc]
    """A named cursor: its DECLARE can carry no prefix, so the walls go first."""

    wrapper: DatabaseWrapper

    def execute(self, query: Any, params: Any = None, **kwargs: Any) -> WalledServerSideCursor:
        # Outside of a transaction the cursor is WITH HOLD: its rows are read, behind the walls, when this one commits.
        with self.wrapper.short_transaction():
            super().execute(query, params, **kwargs)
        return self


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection behind two walls. ``walls`` is what is wanted; what was sent is known by transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.settings_dict["OPTIONS"].get("server_side_binding"):
            raise ImproperlyConfigured(
                "server_side_binding sends each statement alone, without its walls. Take it out of the OPTIONS."
            )
        self.introspection = DatabaseSchemaIntrospection(self)
        self._walls = Walls()
        self._sent: tuple[Walls, str] | None = None
        # Who is acting, as the SQL of a text: sent with the walls, and decided by apps/audit/acting.py alone.
        self.acting = NOBODY
        self.tenant: Any = None  # what django-tenants keeps and puts back

    # ---- what is wanted ------------------------------------------------------------------------------------------

    @property
    def walls(self) -> Walls:
        """What the next statement is to be held by."""
        return self._walls

    @walls.setter
    def walls(self, walls: Walls) -> None:
        self._walls = walls
        self.settings_dict["SCHEMA"] = walls.schema

    @property
    def schema_name(self) -> str:
        """The schema of the first wall, by the name that django-tenants asks for."""
        return self._walls.schema

    @property
    def include_public_schema(self) -> bool:
        return self._walls.include_public

    def set_schema(self, schema_name: str, include_public: bool = True, tenant_type: object = None) -> None:
        """Picks the schema, and forgets the credentials.

        A migrator speaks for the tenant whose schema it changes: with another one it would read no row of
        ``django_migrations`` and run all of them again.
        """
        migrating = Role.of_this_process() is Role.MIGRATOR
        self.tenant = None
        self.walls = Walls(schema_name, tenant_of(schema_name) if migrating else None, include_public)

    def set_schema_to_public(self) -> None:
        """Neither a tenant's schema nor anybody's credentials."""
        self.set_schema(PUBLIC)

    def set_credentials(self, tenant_id: Any) -> None:
        """For whom the rows are; None for nobody."""
        self.walls = self._walls.with_credentials(tenant_id)

    def set_tenant(self, tenant: HasWalls, include_public: bool = True) -> None:
        """Both walls of one tenant (django-tenants' own entrance)."""
        self.tenant = tenant
        self.walls = Walls(tenant.schema_name, tenant.id, include_public)

    @property
    def wanted(self) -> tuple[Walls, str]:
        """What the next statement is to be held by, and who is acting."""
        return self._walls, self.acting

    @property
    def _settings(self) -> str:
        return f"{self._walls.statement}, set_config('{ACTOR}', {self.acting}, true)"

    # ---- what was sent -------------------------------------------------------------------------------------------

    def missing(self) -> Sequence[str]:
        """The statements that must run before the next one, so that it runs behind the walls that are wanted."""
        status = self.connection.pgconn.transaction_status
        if status == TransactionStatus.INERROR:
            return ()  # only a rollback is heard now
        if status == TransactionStatus.IDLE:
            self._sent = None
            if self.get_autocommit():
                return (self._settings,)
            return (self._begin, self._settings)
        return () if self._sent == self.wanted else (self._settings,)

    def remember(self, sent: tuple[Walls, str]) -> None:
        """This stands for the rest of the transaction, where there is one."""
        self._sent = sent

    def forget(self) -> None:
        """What stands is not known: it goes with the next statement again."""
        self._sent = None

    @functools.cached_property
    def _begin(self) -> str:
        # Django tells psycopg, which in autocommit does not act on it.
        level = self.settings_dict["OPTIONS"].get("isolation_level")
        return "BEGIN" if level is None else f"BEGIN ISOLATION LEVEL {IsolationLevel(level).name.replace('_', ' ')}"

    def send_walls(self) -> None:
        """Sends what is missing by itself, for statements that can carry no prefix."""
        missing = self.missing()
        if missing:
            sending = self.wanted
            self.forget()
            with psycopg.ClientCursor(self.connection) as cursor:
                cursor.execute("; ".join(missing))
            self.remember(sending)

    @contextmanager
    def short_transaction(self) -> Iterator[None]:
        """A transaction for one statement that can carry no prefix; Django's own where there is one."""
        if not self.get_autocommit() or self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            self.send_walls()
            yield
            return
        with psycopg.ClientCursor(self.connection) as cursor:
            cursor.execute(f"{self._begin}; {self._settings}")
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        self.connection.commit()

    @contextmanager
    def in_short_transaction(self, inner: Any) -> Iterator[Any]:
        with self.short_transaction(), inner as given:
            yield given

    # ---- Django's own doors --------------------------------------------------------------------------------------

    def _set_autocommit(self, autocommit: bool) -> None:
        """Nothing: psycopg stays in autocommit, and :meth:`missing` begins a transaction when Django is in one."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.forget()
        connection = super().get_new_connection(conn_params)
        connection.autocommit = True
        return connection

    def _configure_connection(self, connection: Any) -> bool:
        refuse_other_roles(connection, Role.of_this_process())
        super()._configure_connection(connection)
        return False  # there is nothing to commit in autocommit

    def create_cursor(self, name: str | None = None) -> Any:
        if name is None:
            cursor = super().create_cursor()
        else:
            # Not psycopg's autocommit, which is always on, but Django's decides whether it outlives its transaction.
            held = self.get_autocommit()
            cursor = WalledServerSideCursor(self.connection, name=name, scrollable=False, withhold=held)
        cursor.wrapper = self
        return cursor

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": WalledCursor}

    def chunked_cursor(self) -> Any:
        self._named_cursor_idx += 1
        return self._cursor(name=f"_django_curs_{threading.get_ident()}_{self._named_cursor_idx}")

    def _savepoint_rollback(self, sid: str) -> None:
        try:
            super()._savepoint_rollback(sid)
        finally:
            self.forget()  # a change since the savepoint is taken back with it
