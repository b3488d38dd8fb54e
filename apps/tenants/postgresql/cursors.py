"""Cursors that put what is missing of both walls in front of what they execute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

import psycopg
from psycopg import sql
from psycopg.abc import Params, Query
from psycopg.copy import Copy, Writer

from apps.tenants.postgresql.typed import ClientCursor, NamedCursor, Row

if TYPE_CHECKING:
    from apps.tenants.postgresql.base import DatabaseWrapper
    from apps.tenants.walls import Sending

UNSETTLING: Final = frozenset(
    {
        b"BEGIN",
        b"START TRANSACTION",
        b"COMMIT",
        b"ROLLBACK",
        b"SET",
        b"RESET",
        b"DISCARD",
        b"DISCARD ALL",
        b"DO",
        b"CALL",
    }
)
"""Command tags after which the walls may stand otherwise than they were sent: they go with the next statement again.

``ROLLBACK`` is also the tag of ``ROLLBACK TO SAVEPOINT``, which takes back a change since the savepoint.
"""


class WalledCursor(ClientCursor):
    """The ordinary cursor.

    One that was made past Django's wrapper has none. Outside of a transaction it sees what its role's empty search path
    shows, nothing; within one it is held by the walls that were sent last.
    """

    wrapper: DatabaseWrapper | None = None
    prefix: Sequence[bytes] = ()
    """What went in front of the last statement."""

    def execute(
        self, query: Query, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        wrapper = self.wrapper
        statement = _bytes(query, self)
        if wrapper is None:
            return super().execute(statement, params, prepare=prepare, binary=binary)
        wrapper.refuse_another(self.connection)
        sending = wrapper.wanted
        self.prefix = prefix = wrapper.missing()
        if not prefix:
            super().execute(statement, params, prepare=prepare, binary=binary)
        else:
            wrapper.forget()
            super().execute(b"; ".join([*prefix, statement]), params, prepare=prepare, binary=binary)
            if not all(self.nextset() for _ in prefix):
                # Nothing but a comment has no result of its own, and must not seem to have that of the walls.
                self.prefix = ()
                super().execute(statement, params, prepare=prepare, binary=binary)
        self._settle(wrapper, sending)
        return self

    def set_result(self, index: int) -> Self:
        own = len(self._results) - len(self.prefix)
        if not -own <= index < own:
            raise IndexError(f"index {index} out of range: {own} result(s) available")
        return super().set_result(len(self.prefix) + index % own)

    def executemany(self, query: Query, params_seq: Iterable[Params], *, returning: bool = False) -> None:
        with self._after_its_walls():
            super().executemany(query, params_seq, returning=returning)

    @contextmanager
    def copy(self, statement: Query, params: Params | None = None, *, writer: Writer | None = None) -> Iterator[Copy]:
        with self._after_its_walls(), super().copy(statement, params, writer=writer) as copying:
            yield copying

    def stream(
        self, query: Query, params: Params | None = None, *, binary: bool | None = None, size: int = 1
    ) -> Iterator[Row]:
        with self._after_its_walls():
            yield from super().stream(query, params, binary=binary, size=size)

    @contextmanager
    def _after_its_walls(self) -> Iterator[None]:
        """For statements that psycopg sends in another form, which can carry no prefix: the walls go first."""
        self.prefix = ()
        if self.wrapper is None:
            yield
            return
        self.wrapper.refuse_another(self.connection)
        with self.wrapper.short_transaction():
            yield
            self._settle(self.wrapper, self.wrapper.sent)

    def _settle(self, wrapper: DatabaseWrapper, sent: Sending | None) -> None:
        tags = (result.command_status for result in self._results[len(self.prefix) :])
        wrapper.sent = None if any(tag in UNSETTLING for tag in tags) else sent


class WalledNamedCursor(NamedCursor):
    """A cursor of the server: its DECLARE can carry no prefix, so the walls go first.

    PostgreSQL asks for the setting when a row is fetched, not when the cursor is declared: what was declared behind
    some walls is fetched behind the same.
    """

    wrapper: DatabaseWrapper
    prefix = ()
    declared: Sending | None = None

    def execute(self, query: Query, params: Params | None = None, *, binary: bool | None = None, **kwargs: Any) -> Self:
        self.wrapper.refuse_another(self.connection)
        self.declared = self.wrapper.wanted
        # Outside of a transaction the cursor is WITH HOLD: its rows are read, behind the walls, when this one commits.
        with self.wrapper.short_transaction():
            super().execute(_bytes(query, self), params, binary=binary, **kwargs)
        return self

    def fetchone(self) -> Row | None:
        self._fetch_as_declared()
        return super().fetchone()

    def fetchmany(self, size: int = 0) -> list[Row]:
        self._fetch_as_declared()
        return super().fetchmany(size)

    def fetchall(self) -> list[Row]:
        self._fetch_as_declared()
        return super().fetchall()

    def __next__(self) -> Row:
        self._fetch_as_declared()
        return super().__next__()

    def scroll(self, value: int, mode: str = "relative") -> None:
        self._fetch_as_declared()
        super().scroll(value, mode)

    def close(self) -> None:
        if self.connection is self.wrapper.connection:
            super().close()
        else:
            self._close()  # says nothing on a connection that may be another thread's by now

    def _fetch_as_declared(self) -> None:
        self.wrapper.refuse_another(self.connection)
        if self.declared is not None and not self.withhold:
            self.wrapper.send_again(self.declared)


def _bytes(query: Query, cursor: psycopg.Cursor[Row]) -> bytes:
    if isinstance(query, bytes):
        return query
    return query.encode() if isinstance(query, str) else sql.as_bytes(query, cursor)


def refuse(connection: psycopg.Connection[Any]) -> psycopg.InterfaceError:
    """A cursor that outlived its connection, which may be another thread's by now."""
    return psycopg.InterfaceError(
        f"This cursor's connection was given back ({connection.info.transaction_status.name}). Make a new cursor."
    )
