"""What Django shows of a statement: without the walls in front of it."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import operations


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """The statement as it was asked for, for ``connection.queries`` and the log."""
        said = super().last_executed_query(cursor, sql, params)
        if cursor.prefix and said is not None:  # None: it could not even be composed
            said = said.removeprefix("; ".join([*(each.decode() for each in cursor.prefix), ""]))
        return said
