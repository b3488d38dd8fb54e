"""What the catalog shows, cut to the tenant that looks: no name of another one gets into evidence."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Final

from django.db import transaction

from apps.tenants import policies
from apps.tenants.catalog import Deviation, Kind, around_the_tables
from apps.tenants.policies import Table
from apps.tenants.walls import PUBLIC, connection, schema_of

_SCHEMA: Final = re.compile(r"\bt_[0-9a-f]{32}\b")


def tenant() -> uuid.UUID:
    """The tenant behind whose walls this runs."""
    return connection().walls.proven


def without_others(text: str, schema: str) -> str:
    """The text, with every other tenant's schema called just that."""
    return _SCHEMA.sub(lambda found: found[0] if found[0] == schema else "another tenant's schema", text)


def tables(*schemas: str) -> Iterator[tuple[str, Table, Table | None]]:
    """The tables of these schemas: where, as they stand, and as they are wanted."""
    for schema in schemas:
        with transaction.atomic():
            standing = list(policies.standing_in(schema))
        for table in standing:
            yield schema, table, policies.wanted_in(schema, table.name)


def own_schema() -> str:
    """The schema of the tenant that looks."""
    return schema_of(tenant())


def around(*kinds: Kind) -> list[str]:
    """What stands around this tenant's tables and the shared ones and is not as it should be, of these kinds."""
    schema = own_schema()
    with transaction.atomic():
        found = [one for one in around_the_tables(schema) if one.kind in kinds]
    return [without_others(_said(one), schema) for one in found]


def told(where: str, table: str, differences: Iterable[str]) -> str:
    """A table's differences in one line. Its own schema goes without saying."""
    name = f"shared {table}" if where == PUBLIC else table
    return without_others(f"{name}: {'; '.join(differences)}", own_schema())


def _said(one: Deviation) -> str:
    return f"{one.object}: {one.difference}"
