"""Whether this process can do its work: each part is tried, and told by its name alone."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from apps.tenants.walls import Walls, behind
from apps.vault import configured

log = logging.getLogger(__name__)

KEPT_SECONDS: Final = 1.0
"""How long an answer is kept: whoever asks more often costs nothing."""
_ANSWERS_WITHIN: Final = 2.0


class NotMigrated(Exception):
    """The tables of somebody are older than this code. ``manage.py migrate_schemas`` makes them as they should be."""

    code = "watching.not_migrated"


@dataclass(frozen=True, slots=True)
class Readiness:
    """Which parts work."""

    parts: Mapping[str, bool]

    @property
    def is_ready(self) -> bool:
        return all(self.parts.values())


def _database() -> None:
    with behind(Walls()), connection.cursor() as cursor:
        cursor.execute("SELECT 1")


_is_migrated = threading.Event()


def _migrations() -> None:
    """What was once applied stays so for as long as this process, with this code, runs."""
    if _is_migrated.is_set():
        return
    wanted = [f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations]
    with behind(Walls()), connection.cursor() as cursor:
        cursor.execute("SELECT public.are_migrated(%s)", [wanted])
        row = cursor.fetchone()
    if row != (True,):
        raise NotMigrated("The tables are older than this code. Run: SPECWARD_ROLE=migrator manage.py migrate_schemas")
    _is_migrated.set()


def _broker() -> None:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_ANSWERS_WITHIN, socket_connect_timeout=_ANSWERS_WITHIN
    ) as broker:
        broker.ping()


def _objects() -> None:
    configured.object_store().try_writing(f"readiness/{secrets.token_hex(8)}")


PARTS: Final[Mapping[str, Callable[[], None]]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "objects": _objects,
}

_lock = threading.Lock()
_kept: tuple[float, Readiness] | None = None


def readiness() -> Readiness:
    """Tries every part, at most once in :data:`KEPT_SECONDS`. Never raises: a part that does is not ready."""
    global _kept  # noqa: PLW0603  # one answer for the threads of this process
    with _lock:
        now = time.monotonic()
        if _kept is None or now - _kept[0] >= KEPT_SECONDS:
            _kept = (now, Readiness({name: _works(name, tried) for name, tried in PARTS.items()}))
        return _kept[1]


def forget() -> None:
    """Tries again at the next question."""
    global _kept  # noqa: PLW0603
    with _lock:
        _kept = None
        _is_migrated.clear()


def _works(name: str, tried: Callable[[], None]) -> bool:
    try:
        tried()
    except Exception as error:  # noqa: BLE001  # whatever it is, the part does not work
        # Its words may hold an address with a password: its kind says enough to know where to look.
        log.error("Not ready: %s (%s).", name, type(error).__name__)
        return False
    return True
