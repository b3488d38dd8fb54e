"""Who acts in the tests of the log, and other roles of the database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from apps.accounts.models import User
from apps.audit.acting import Acting, Actor, acting_as
from apps.audit.models import Entry
from apps.audit.vocabulary import ActorKind
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from config.embedded import postgres
from config.embedded.place import default_place
from tests.apps.audit import fleet
from tests.cast import ALICE

FLEET = (fleet.Ship, fleet.Sailor, fleet.Berth)
"""Imported for all tests of the log: what a table's object is called follows from the models that are known."""

ALICE_ID = uuid.UUID("a11ce000-0000-4000-8000-000000000001")
REQUEST_ID = uuid.UUID("4e900000-0000-4000-8000-000000000001")


def alice_acts() -> Acting:
    actor = Actor(ActorKind.USER, ALICE.name, ALICE.email, ALICE_ID)
    return Acting(actor, REQUEST_ID, "from-the-client", "192.0.2.7", "POST ships")


@pytest.fixture
def alice(in_acme: Tenant) -> Iterator[Acting]:
    """Alice acts, behind both walls of Acme."""
    with acting_as(alice_acts()) as acting:
        yield acting


def role_url(role: Role) -> str:
    """The address of this worker's database for another role."""
    return postgres.url(default_place(), role.user, connection.settings_dict["NAME"])


def as_role(role: Role, tenant: Tenant) -> psycopg.Connection:
    """A connection of another role, behind both walls of a tenant for as long as it is open."""
    opened = psycopg.connect(role_url(role), autocommit=True)
    if role is Role.MIGRATOR:
        opened.execute(f'SET ROLE "{Role.OWNER.user}"')
    opened.execute(f"SET search_path = {tenant.schema_name}, public")
    opened.execute(f"SET app.current_tenant_id = '{tenant.id}'")
    return opened


def superuser() -> psycopg.Connection:
    """The database's own administrator: whom only the checks can hold to account."""
    url = postgres.url(default_place(), postgres.ADMIN, connection.settings_dict["NAME"])
    return psycopg.connect(url, autocommit=True)


def newest(count: int = 1) -> list[Entry]:
    """The newest entries, oldest of them first."""
    return list(Entry.objects.order_by("-id")[:count])[::-1]


def user(name: str = "Bob", **given: object) -> User:
    """An account, made as an app would, beside those of the cast."""
    return User.objects.create(email=f"{name.lower()}@new.acme.example", name=name, role="engineer", **given)
