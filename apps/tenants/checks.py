"""``manage.py check --database default``: both walls stand on every table, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connection

from apps.tenants import policies
from apps.tenants.walls import PUBLIC


def walls_stand(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """An error for every table on which the second wall is not exactly as it should be. Reads the catalog only."""
    if not databases or "default" not in databases:
        return []
    return [*_deviations(), *_tenant_tables_in_public()]


def _deviations() -> Iterator[CheckMessage]:
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE (rolbypassrls OR rolsuper) AND rolname LIKE 'specward%%'")
        for (role,) in cursor.fetchall():
            yield Error(f"The role {role} bypasses row-level security.", id="tenants.E003")
