"""Real connections of a test's own, as the app role, to a database that is not the worker's."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections

from apps.accounts.models import User
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.walls import Walls, behind, connection, schema_of
from config.embedded import postgres
from config.embedded.place import default_place
from tests.cast import ACME, ALICE, BOB, GLOBEX, MALLORY

OF_ACME = Walls(schema_of(ACME.id), ACME.id)
OF_GLOBEX = Walls(schema_of(GLOBEX.id), GLOBEX.id)
NAMES = "SELECT name FROM accounts_user ORDER BY name"


def wrapper(database: str, **options: Any) -> DatabaseWrapper:
    """A connection of its own, not opened yet."""
    entry = copy.deepcopy(connections["default"].settings_dict)
    entry.update(NAME=database, CONN_MAX_AGE=0)
    entry.update({name.upper(): str(options.pop(name)) for name in ("host", "port") if name in options})
    entry["OPTIONS"].update(options)
    return DatabaseWrapper(entry, "default")


@contextmanager
def through(ours: DatabaseWrapper) -> Iterator[DatabaseWrapper]:
    """This thread's default connection is that one for a while."""
    before = connections["default"]
    connections["default"] = ours
    try:
        yield ours
    finally:
        ours.close()
        connections["default"] = before


def leave_few_people() -> None:
    """Alice and Bob at Acme, Mallory at Globex: few enough to be counted on one hand in each test."""
    with behind(OF_ACME):
        User.objects.exclude(email__in=[ALICE.email, BOB.email]).delete()
    with behind(OF_GLOBEX):
        User.objects.exclude(email=MALLORY.email).delete()


def names() -> list[str]:
    """Who is seen, by plain SQL."""
    return column(NAMES)


def column(query: str, params: Any = None) -> list[Any]:
    with connection().cursor() as cursor:
        cursor.execute(query, params)
        return [row[0] for row in cursor.fetchall()]


def as_admin(database: str) -> psycopg.Connection[tuple[Any, ...]]:
    """The superuser in that database: to break what a test then finds broken."""
    place = default_place()
    return psycopg.connect(postgres.url(place, postgres.ADMIN, database), autocommit=True)
