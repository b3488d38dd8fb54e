"""The two walls of a database connection: which schema is seen, and for whom.

The *hostname* picks the schema, the *credentials* pick ``app.current_tenant_id``, by which row-level security decides.
Neither follows from the other: what is A's, asked for on B's host, meets B's tables and A's name, and finds nothing.
"""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol, cast

from django.db import connections

from apps.tenants.errors import NobodyProven, SchemaRefused

if TYPE_CHECKING:
    from apps.tenants.postgresql.base import DatabaseWrapper

PUBLIC: Final = "public"
GUC: Final = "app.current_tenant_id"
ACTOR: Final = "app.actor"
"""The setting that tells the database who is acting: sent with the walls, read by the audit log's triggers."""
NOBODY: Final = "''"
"""``app.actor``, as a literal of SQL, while nobody has said who is acting."""
PLATFORM_ID: Final = uuid.UUID("5bec3a4d-0000-4000-8000-000000000000")
"""The platform's own tenant: fixed, because policies name it."""

_TENANT_SCHEMA: Final = re.compile(r"t_([0-9a-f]{32})")


class HasWalls(Protocol):
    """What a tenant must have to be stood behind."""

    id: uuid.UUID

    @property
    def schema_name(self) -> str: ...


def schema_of(tenant_id: uuid.UUID) -> str:
    """The name of a tenant's schema."""
    return f"t_{tenant_id.hex}"


def tenant_of(schema: str) -> uuid.UUID | None:
    """The tenant whose schema this is; None for ``public``. Raises :class:`SchemaRefused` for any other name."""
    if schema == PUBLIC:
        return None
    found = _TENANT_SCHEMA.fullmatch(schema)
    if found is None:
        raise SchemaRefused(schema)
    return uuid.UUID(found[1])


def is_tenants(schema: str) -> bool:
    """Whether this is the name of a tenant's schema."""
    return _TENANT_SCHEMA.fullmatch(schema) is not None


@dataclass(frozen=True, slots=True)
class Walls:
    """What a connection is to be held by. ``tenant_id`` None: nobody has proven who they are."""

    schema: str = PUBLIC
    tenant_id: uuid.UUID | None = None
    include_public: bool = True

    def __post_init__(self) -> None:
        tenant_of(self.schema)

    def with_credentials(self, tenant_id: uuid.UUID | None) -> Walls:
        return replace(self, tenant_id=tenant_id)

    @property
    def proven(self) -> uuid.UUID:
        """The tenant. Raises :class:`NobodyProven` where there is none."""
        if self.tenant_id is None:
            raise NobodyProven
        return self.tenant_id

    @property
    def statements(self) -> tuple[bytes, bytes]:
        """Both walls, for the current transaction only. Both values are hexadecimal: nothing to quote.

        SET LOCAL and not ``set_config``: it takes no snapshot, so that SET TRANSACTION may follow, and costs less.
        """
        return _statements(self.schema, self.tenant_id, self.include_public)


@dataclass(frozen=True, slots=True)
class Sending:
    """All that goes in front of a statement: the walls, and who is acting (a literal of SQL, no percent sign)."""

    walls: Walls
    acting: str = NOBODY

    @property
    def statements(self) -> tuple[bytes, bytes, bytes]:
        return (*self.walls.statements, f"SET LOCAL {ACTOR} = {self.acting}".encode())


@functools.lru_cache(maxsize=10_000)
def _statements(schema: str, tenant_id: uuid.UUID | None, include_public: bool) -> tuple[bytes, bytes]:
    path = schema if schema == PUBLIC or not include_public else f"{schema}, {PUBLIC}"
    return f"SET LOCAL search_path = {path}".encode(), f"SET LOCAL {GUC} = '{tenant_id or ''}'".encode()


def connection() -> DatabaseWrapper:
    """The connection of this thread, as what it is."""
    return cast("DatabaseWrapper", connections["default"])


@contextmanager
def behind(walls: Walls) -> Iterator[None]:
    """Stands behind these walls for a while. What is wanted goes to the database with the next statement."""
    ours = connection()
    before = ours.walls
    ours.walls = walls
    try:
        yield
    finally:
        ours.walls = before


@contextmanager
def within(tenant: HasWalls) -> Iterator[None]:
    """Stands behind both walls of one tenant: for tasks and commands, which act for it and say so."""
    with behind(Walls(tenant.schema_name, tenant.id)):
        yield
