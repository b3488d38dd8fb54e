"""Which tenant answers at a host. Asked before anybody has proven anything, so it answers for one exact host only."""

from __future__ import annotations

import re
import threading
import time
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import connection

from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, schema_of

_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
KEPT_SECONDS: Final = 5.0
"""How long an answer is kept: a suspended tenant is turned away within this time in every process."""
_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Route:
    """A tenant as a host leads to it: what may be known before any credential is proven."""

    tenant_id: uuid.UUID
    state: Tenant.State

    @property
    def schema(self) -> str:
        return schema_of(self.tenant_id)


_known: dict[str, tuple[float, Route | None]] = {}
_lock = threading.Lock()


def route_to(host: str) -> Route | None:
    """The tenant at a host name (ASCII, any case, no port, no final dot); None where there is none."""
    # Before lower(): a Kelvin sign would become a plain k.
    if not host.isascii() or not _HOST.fullmatch(host := host.lower()):
        return None
    now = time.monotonic()
    kept = _known.get(host)
    if kept is not None and now - kept[0] < KEPT_SECONDS:
        return kept[1]
    with behind(Walls()), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, state FROM public.route_to(%s)", [host])
        row = cursor.fetchone()
    found = None if row is None else Route(row[0], Tenant.State(row[1]))
    with _lock:
        if len(_known) >= _MOST:
            _known.clear()
        _known[host] = (now, found)
    return found


def forget_routes() -> None:
    """Asks the database again from now on."""
    with _lock:
        _known.clear()
