"""Databases and connections of the walls' own tests."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from apps.tenants.postgresql.base import DatabaseWrapper
from config.embedded.place import default_place
from tests.apps import databases
from tests.apps.tenants.connecting import leave_few_people, through, wrapper


@pytest.fixture(scope="module")
def populated(worker_id: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of this module's own: Alice and Bob at Acme, Mallory at Globex, committed."""
    place = default_place()
    name = f"walls_{worker_id}"
    databases.copy(place, name)
    with django_db_blocker.unblock(), through(wrapper(name)):
        leave_few_people()
    yield name
    with psycopg.connect(databases.admin_url(place), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def connected(populated: str, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """A fresh connection to it, as the app role. What a test writes it takes back."""
    with django_db_blocker.unblock(), through(wrapper(populated)) as ours:
        yield ours
