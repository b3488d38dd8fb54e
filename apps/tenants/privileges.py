"""What each role may do with each table, and which wall a shared table has. All of it, in one place to read.

A tenant's table gets the four ordinary privileges for ``app`` unless its app says otherwise; a shared table gets what
stands here and nothing else. A table that is missing here fails ``manage.py check --database``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.apps import apps

from apps.tenants.roles import Role


class Privilege(StrEnum):
    """A privilege on a table, as PostgreSQL spells it."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


Granted = Mapping[Role, frozenset[Privilege]]

NOTHING: Final[Granted] = {}
ORDINARY: Final[Granted] = {Role.APP: frozenset(Privilege)}
READ: Final = frozenset({Privilege.SELECT})
APPEND: Final[Granted] = {
    Role.APP: frozenset({Privilege.SELECT, Privilege.INSERT}),
    Role.PRUNER: frozenset({Privilege.SELECT, Privilege.DELETE}),
}
"""A table that only grows, and is pruned by a role of its own."""


@dataclass(frozen=True, slots=True)
class SharedTable:
    """A table in ``public``. ``tenant_column`` is what its wall compares; a table without one says why."""

    granted: Granted
    tenant_column: str | None = None
    no_wall_because: str = ""
    platform_may: frozenset[Privilege] = field(default=frozenset())
    """What the app role may do to all rows while the platform's own credentials are proven."""
    own_may: frozenset[Privilege] | None = None
    """What a role may do to the tenant's own rows; what it is granted, unless it is less."""

    def __post_init__(self) -> None:
        if bool(self.tenant_column) == bool(self.no_wall_because):
            raise ValueError("A shared table has either a wall or a reason why it has none.")


_READERS: Final[Granted] = {Role.APP: READ, Role.PLATFORM: READ}
_AND_SEQUENCER: Final[Granted] = {**_READERS, Role.SEQUENCER: READ}
"""Whose logs there are, and what they are called, is read by who signs them."""
_AND_BOTH: Final[Granted] = {**_AND_SEQUENCER, Role.PRUNER: READ}
"""And how long each is kept by who prunes them."""

SHARED: Final[Mapping[str, SharedTable]] = {
    "tenants_tenant": SharedTable(_AND_BOTH, tenant_column="id", platform_may=READ),
    "tenants_domain": SharedTable(_AND_SEQUENCER, tenant_column="tenant_id", platform_may=READ),
    "tenants_plan": SharedTable(
        {**_READERS, Role.PRUNER: READ}, no_wall_because="a price list, the same for everybody"
    ),
    "tenants_provisioning": SharedTable(
        {Role.APP: frozenset({Privilege.SELECT, Privilege.INSERT}), Role.PLATFORM: READ},
        tenant_column="tenant_id",
        platform_may=frozenset({Privilege.SELECT, Privilege.INSERT}),
        own_may=READ,
    ),
    "tenants_statechange": SharedTable(
        {Role.APP: frozenset({Privilege.SELECT, Privilege.INSERT}), Role.PLATFORM: READ},
        tenant_column="tenant_id",
        platform_may=frozenset({Privilege.SELECT, Privilege.INSERT}),
        own_may=READ,
    ),
    "tenants_dropcertificate": SharedTable(_READERS, tenant_column="tenant_id", platform_may=READ),
    "django_content_type": SharedTable(
        {Role.APP: READ, Role.PLATFORM: READ}, no_wall_because="the names of our models, the same for everybody"
    ),
    "django_migrations": SharedTable(NOTHING, no_wall_because="which code made the schema; no runtime role reads it"),
    "auth_permission": SharedTable(NOTHING, no_wall_because="Django's own, unused: roles are in code"),
    "auth_group": SharedTable(NOTHING, no_wall_because="Django's own, unused: roles are in code"),
    "auth_group_permissions": SharedTable(NOTHING, no_wall_because="Django's own, unused: roles are in code"),
}


def of_tenant_table(table: str) -> Granted:
    """What the roles may do with a table of a tenant's schema."""
    return dict(_declared()).get(table, ORDINARY)


def _declared() -> Iterator[tuple[str, Granted]]:
    """What apps say of their own tables, by the attribute ``table_privileges`` of their AppConfig."""
    yield "django_migrations", NOTHING  # which code made the schema; no runtime role reads it
    for config in apps.get_app_configs():
        yield from getattr(config, "table_privileges", {}).items()
