"""Django's PostgreSQL backend with both walls in front of every statement, at no extra round trip.

The connection stays in autocommit for psycopg; Django's own idea of a transaction decides. The first statement of a
transaction is sent as ``BEGIN; SET LOCAL ...; statement`` in one message, a later change of the walls as a prefix of
the next statement, and a statement outside of a transaction as ``SET LOCAL ...; statement``, which PostgreSQL runs as
one transaction of its own ("Multiple Statements in a Simple Query", documentation, 54.2.2.1). All settings are local to
their transaction: a pooler in transaction mode cannot carry them to somebody else.

So what PostgreSQL refuses within a transaction (VACUUM, CREATE INDEX CONCURRENTLY) is refused here always.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django_tenants.postgresql_backend.introspection import DatabaseSchemaIntrospection
from psycopg.pq import TransactionStatus

from apps.tenants.postgresql.cursors import WalledCursor, WalledNamedCursor, refuse
from apps.tenants.postgresql.operations import DatabaseOperations
from apps.tenants.postgresql.role_guard import refuse_other_roles
from apps.tenants.postgresql.typed import Row, Wrapper
from apps.tenants.roles import Role
from apps.tenants.walls import NOBODY, PUBLIC, HasWalls, Sending, Walls, tenant_of


class DatabaseWrapper(Wrapper):
    """One connection behind two walls. ``walls`` is what is wanted; what was sent is known by transaction."""

    ops_class = DatabaseOperations

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        if self.settings_dict["OPTIONS"].get("server_side_binding"):
            raise ImproperlyConfigured(
                "server_side_binding sends each statement alone, without its walls. Take it out of the OPTIONS."
            )
        self.introspection = DatabaseSchemaIntrospection(self)
        self.walls = Walls()
        self.acting = NOBODY
        """Who is acting, as a literal of SQL: sent with the walls, and decided by apps/audit/acting.py alone."""
        self.sent: Sending | None = None
        """What stands in the current transaction; None where that is not known."""
        self.tenant: HasWalls | None = None  # what django-tenants keeps and puts back

    # ---- what is wanted ------------------------------------------------------------------------------------------

    @property
    def schema_name(self) -> str:
        """The schema of the first wall, by the name that django-tenants asks for."""
        return self.walls.schema

    @property
    def include_public_schema(self) -> bool:
        return self.walls.include_public

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

    def set_credentials(self, tenant_id: uuid.UUID | None) -> None:
        """For whom the rows are; None for nobody."""
        self.walls = self.walls.with_credentials(tenant_id)

    def set_tenant(self, tenant: HasWalls, include_public: bool = True) -> None:
        """Both walls of one tenant (django-tenants' own entrance)."""
        self.tenant = tenant
        self.walls = Walls(tenant.schema_name, tenant.id, include_public)

    @property
    def wanted(self) -> Sending:
        """What the next statement is to be held by, and who is acting."""
        return Sending(self.walls, self.acting)

    # ---- what was sent -------------------------------------------------------------------------------------------

    def missing(self) -> Sequence[bytes]:
        """The statements that must run before the next one, so that it runs behind the walls that are wanted."""
        status = self.connection.pgconn.transaction_status
        if status == TransactionStatus.INERROR:
            self.sent = None
            return ()  # only a rollback is heard now
        if status == TransactionStatus.IDLE:
            self.sent = None
            return self.wanted.statements if self.get_autocommit() else (self._begin, *self.wanted.statements)
        return () if self.sent == self.wanted else self.wanted.statements

    def forget(self) -> None:
        """What stands is not known: it goes with the next statement again."""
        self.sent = None

    @functools.cached_property
    def _begin(self) -> bytes:
        # Django tells psycopg, which in autocommit does not act on it.
        level = self.settings_dict["OPTIONS"].get("isolation_level")
        if level is None:
            return b"BEGIN"
        return f"BEGIN ISOLATION LEVEL {IsolationLevel(level).name.replace('_', ' ')}".encode()

    def send_walls(self) -> None:
        """Sends what is missing by itself, for statements that can carry no prefix."""
        sending = self.wanted
        if missing := self.missing():
            self.forget()
            self._alone(*missing)
            self.sent = sending

    def send_again(self, earlier: Sending) -> None:
        """Goes back behind walls that stood before in this transaction, where others do now. The next statement is
        held by those that are wanted, as ever."""
        if self.connection.pgconn.transaction_status == TransactionStatus.INTRANS and self.sent != earlier:
            self.forget()
            self._alone(*earlier.statements)
            self.sent = earlier

    def _alone(self, *statements: bytes) -> None:
        with psycopg.ClientCursor(self.connection) as cursor:
            cursor.execute(b"; ".join(statements))

    @contextmanager
    def short_transaction(self) -> Iterator[None]:
        """A transaction for one statement that can carry no prefix; Django's own where there is one."""
        if not self.get_autocommit() or self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
            self.send_walls()
            yield
            return
        self.sent = self.wanted
        self._alone(self._begin, *self.wanted.statements)
        try:
            yield
        except BaseException:
            if not self.connection.closed:
                self.connection.rollback()
            raise
        self.connection.commit()

    def refuse_another(self, connection: psycopg.Connection[Any]) -> None:
        """Raises psycopg.InterfaceError for a cursor of another connection than the one that is held now: a pool may
        have given that to another thread, whose walls it would move."""
        if connection is not self.connection:
            raise refuse(connection)

    # ---- Django's own doors --------------------------------------------------------------------------------------

    def _set_autocommit(self, autocommit: bool) -> None:
        """Nothing: psycopg stays in autocommit, and :meth:`missing` begins a transaction when Django is in one."""

    def _commit(self) -> None:
        """Raises where an error was caught and no savepoint was rolled back: PostgreSQL answers such a COMMIT with a
        silent rollback, and what was said to be saved would be lost."""
        held = cast("psycopg.Connection[Row] | None", self.connection)
        if held is not None and held.pgconn.transaction_status == TransactionStatus.INERROR:
            with self.wrap_database_errors:
                raise psycopg.errors.InFailedSqlTransaction(
                    "An error of the database was caught within this transaction, so nothing of it can be saved. "
                    "Put transaction.atomic() around the statement that may fail."
                )
        super()._commit()

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Row]:
        self.forget()
        connection: psycopg.Connection[Row] = super().get_new_connection(conn_params)
        connection.autocommit = True
        return connection

    def _configure_connection(self, connection: psycopg.Connection[Row]) -> bool:
        refuse_other_roles(connection, Role.of_this_process())
        super()._configure_connection(connection)
        return False  # there is nothing to commit in autocommit

    def create_cursor(self, name: str | None = None) -> WalledCursor | WalledNamedCursor:
        cursor: WalledCursor | WalledNamedCursor
        if name is None:
            cursor = super().create_cursor()
        else:
            # Not psycopg's autocommit, which is always on, but Django's decides whether it outlives its transaction.
            held = self.get_autocommit()
            cursor = WalledNamedCursor(self.connection, name=name, scrollable=False, withhold=held)
        cursor.wrapper = self
        return cursor

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": WalledCursor}
