"""``manage.py check --database default``: both walls stand on every table, exactly, and nothing leads past them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error

from apps.tenants import policies
from apps.tenants.catalog import Kind, around_the_tables
from apps.tenants.walls import PUBLIC, Walls, behind

_HINTS = {
    Kind.ROLE: "`manage.py prepare_database` makes the roles as they should be; find out first who changed it.",
    Kind.FUNCTION: "Drop it, or take EXECUTE from PUBLIC and name it in `security_definers` of its AppConfig.",
    Kind.TRIGGER: "ALTER TABLE ... ENABLE ALWAYS TRIGGER (for a foreign key's: ENABLE TRIGGER).",
    Kind.RELATION: "Drop it: what it shows, or tells, is not held by the walls.",
    Kind.SCHEMA: "Give nobody more than USAGE; `SPECWARD_ROLE=migrator manage.py wall` mends a tenant's.",
    Kind.DEFAULT_PRIVILEGE: "ALTER DEFAULT PRIVILEGES ... REVOKE: each table gets its own, with its policies.",
    Kind.DATABASE: "`manage.py prepare_database` takes back what PostgreSQL gives to everybody.",
}


def walls_stand(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """An error for every object that is not exactly as it should be. Reads the catalog only."""
    if not databases or "default" not in databases:
        return []
    with behind(Walls()):
        return [*_tables(), *_tenant_tables_in_public(), *_around()]


def _tables() -> Iterator[CheckMessage]:
    for schema in policies.schemas():
        for table, differences in sorted(policies.deviations(schema).items()):
            yield Error(
                f"{schema}.{table}: {'; '.join(differences)}.",
                hint="`SPECWARD_ROLE=migrator manage.py wall` mends it; find out first who changed it.",
                id="tenants.E001",
            )


def _tenant_tables_in_public() -> Iterator[CheckMessage]:
    """``public`` is on the search path: a tenant's table there would answer for one that is missing."""
    tables = {schema: {t.name for t in policies.standing_in(schema)} for schema in policies.schemas()}
    own = set().union(*(names for schema, names in tables.items() if schema != PUBLIC)) - {"django_migrations"}
    for table in sorted(own & tables[PUBLIC]):
        yield Error(
            f"public.{table} has the name of a tenant's table, and would answer for one that is missing.",
            hint="Drop it, or take its app out of TENANT_APPS.",
            id="tenants.E002",
        )


def _around() -> Iterator[CheckMessage]:
    for found in around_the_tables():
        yield Error(f"{found.object}: {found.difference}.", hint=_HINTS[found.kind], id=found.kind.value)
