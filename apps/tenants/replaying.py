"""The tables of a new tenant, by what the migrations of another one in this process were seen to say.

Migrating takes seconds, most of them Python's; what it says to the database is the same for every schema but for the
schema's name and the tenant's id. So the first tenant of a process is migrated and listened to, and later ones are made
by saying it again, in one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from apps.tenants.walls import HasWalls, Walls, behind, within

# What asks changes nothing; savepoints and search paths are those of the one who was listened to.
_ASKS: Final = re.compile(r"\s*(SELECT|WITH|SHOW|SAVEPOINT|RELEASE|SET search_path)\b", re.IGNORECASE)
_MAKES: Final = re.compile(r"\s*(CREATE|ALTER|DROP|GRANT|REVOKE|COMMENT|SET CONSTRAINTS|DO\b)", re.IGNORECASE)
# The first two stand in public, and are there since the first tenant's; of the last is said in one statement.
_ELSEWHERE: Final = re.compile(
    r"\s*INSERT INTO \"(django_content_type|auth_permission|django_migrations)\"", re.IGNORECASE
)
_INSERTS: Final = re.compile(r'\s*INSERT INTO (?:"t_[0-9a-f]{32}"\.)?"(\w+)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was said while one tenant's schema was migrated. ``exact``: there was nothing but the making of tables.

    A migration that puts rows into a tenant's tables may have put in what is that tenant's own: then each is migrated.
    Not so for tables that an AppConfig names in ``made_by_the_database``: their rows are made by the statement anew.
    """

    schema: str
    tenant_id: str
    statements: tuple[str, ...]
    exact: bool

    def for_another(self, tenant: HasWalls) -> str:
        """The same for another tenant, as one message."""
        whole = ";\n".join(statement.rstrip().rstrip(";") for statement in self.statements)
        return whole.replace(self.schema, tenant.schema_name).replace(self.tenant_id, str(tenant.id))


_recorded: Recording | None = None


def make_tables(tenant: HasWalls) -> None:
    """Makes the tables of a tenant whose schema is there, and puts up their walls. Safe to call again.

    Raises what the database raises; nothing is left half done where it was said again, and what was migrated is taken
    up where it ended.
    """
    global _recorded  # noqa: PLW0603  # what the code of this process says does not change while it runs
    if _recorded is not None and _recorded.exact and _is_empty(tenant):
        with within(tenant), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_recorded.for_another(tenant))
        return
    empty = _is_empty(tenant)
    recorded = _migrate(tenant)
    if empty:
        _recorded = recorded


def forget_recording() -> None:
    """The next tenant is migrated."""
    global _recorded  # noqa: PLW0603
    _recorded = None


def _is_empty(tenant: HasWalls) -> bool:
    with behind(Walls()), connection.cursor() as cursor:
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace(%s))",
            [tenant.schema_name],
        )
        (empty,) = cursor.fetchone()
        return bool(empty)


def _migrate(tenant: HasWalls) -> Recording:
    said: list[str] = []

    def listen(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        said.append("many" if many else connection.ops.last_executed_query(context["cursor"], sql, params))
        return result

    with behind(Walls()), connection.execute_wrapper(listen):
        call_command("migrate_schemas", tenant=True, schema_name=tenant.schema_name, interactive=False, verbosity=0)
    made = tuple(each for each in said if _MAKES.match(each) or _is_made_anew(each))
    others = [each for each in said if each not in made and not (_ASKS.match(each) or _ELSEWHERE.match(each))]
    return Recording(tenant.schema_name, str(tenant.id), (*made, *_applied(tenant)), exact=not others)


def _applied(tenant: HasWalls) -> Iterator[str]:
    """That all migrations were applied, at the time of whoever says it."""
    with within(tenant), connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('INSERT INTO django_migrations (app, name, applied) VALUES %s', "
            "string_agg(format('(%L, %L, now())', app, name), ', ' ORDER BY id)) FROM django_migrations"
        )
        yield cursor.fetchone()[0]


def _is_made_anew(statement: str) -> bool:
    found = _INSERTS.match(statement)
    return found is not None and found[1] in _made_by_the_database()


def _made_by_the_database() -> frozenset[str]:
    """Tables whose rows say the same for no two tenants, because the database draws them: ``gen_random_uuid()`` in the
    statement itself, and no value of ours."""
    named: list[frozenset[str]] = [
        getattr(config, "made_by_the_database", frozenset()) for config in apps.get_app_configs()
    ]
    return frozenset().union(*named)
