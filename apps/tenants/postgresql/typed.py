"""Django's PostgreSQL backend with the types that its stubs leave open: its cursors are psycopg's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base

Row = tuple[Any, ...]

if TYPE_CHECKING:
    import psycopg
    from psycopg.client_cursor import ClientCursorMixin

    class ClientCursor(base.Cursor, psycopg.ClientCursor[Row]): ...

    class NamedCursor(
        base.ServerSideCursor, ClientCursorMixin["psycopg.Connection[Any]", Row], psycopg.ServerCursor[Row]
    ): ...

    class Wrapper(base.DatabaseWrapper):
        connection: psycopg.Connection[Row]
        health_check_enabled: bool
        health_check_done: bool
        _connection_pools: dict[str, Any]

        def _configure_connection(self, connection: psycopg.Connection[Row]) -> bool: ...
        def _commit(self) -> None: ...
        def create_cursor(self, name: str | None = None) -> Any: ...

else:
    ClientCursor = base.Cursor
    NamedCursor = base.ServerSideCursor
    Wrapper = base.DatabaseWrapper
