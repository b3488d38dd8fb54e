"""Trying what the log must refuse: as whoever is connected, behind the walls that stand. Nothing of it ever stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import ProgrammingError, connection, transaction

ATTEMPTS: Final[Mapping[str, str]] = {
    "change an entry": "UPDATE audit_entry SET narrative = '' WHERE id = (SELECT max(id) FROM audit_entry)",
    "delete an entry": "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)",
    "lock an entry": "SELECT FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry) FOR UPDATE",
    "empty the log": "TRUNCATE audit_entry",
    "forget a salt": "UPDATE audit_leaf SET salt = NULL WHERE index = 0",
    "take a leaf away": "DELETE FROM audit_leaf WHERE index = 0",
    "change a hash": "UPDATE audit_node SET hash = hash WHERE index = 0",
    "move the head": "UPDATE audit_head SET size = 0",
    "change a checkpoint": "UPDATE audit_checkpoint SET note = '' WHERE size = 0",
    "take a checkpoint away": "DELETE FROM audit_checkpoint WHERE size = 0",
    "change the key of the digests": "UPDATE audit_digestkey SET key = key",
    "take a hold away": "DELETE FROM audit_hold",
}
"""What is tried, each by one statement that touches a row at most."""

_REFUSED: Final = "42501"  # insufficient_privilege: by a privilege or by a trigger, both say so
_LONGEST_WAIT: Final = "2s"


def what_was_let_pass() -> list[str]:
    """What of :data:`ATTEMPTS` was not refused. Each stands in a block of its own, which is rolled back in any case.

    Raises DatabaseError for what fails otherwise, such as a lock that others hold.
    """
    return [name for name, statement in ATTEMPTS.items() if not _is_refused(statement)]


def _is_refused(statement: str) -> bool:
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT}'")
                cursor.execute(statement)
            transaction.set_rollback(True)
    except ProgrammingError as refused:
        if getattr(refused.__cause__, "sqlstate", None) != _REFUSED:
            raise
        return True
    return False
