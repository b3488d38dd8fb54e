"""The service's tests: a database for each worker, reached as the app role; two tenants and the platform in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.db import connections
from django.test import Client, TransactionTestCase

from apps.accounts.models import User
from apps.tenants.models import Tenant
from apps.tenants.provisioning import Wanted
from apps.tenants.routing import forget_routes
from apps.tenants.walls import Walls, behind, within
from config import embedded
from config.embedded.place import default_place
from tests.apps import databases
from tests.apps.audit import (
    as_sequencer,
    fleet,  # noqa: F401  # the template holds its tables: what they are called follows from the models
)
from tests.apps.signing_in import signed_in, user
from tests.apps.vault import ledger  # noqa: F401  # and so are these
from tests.cast import ACME, ADA, ALICE, BOB, CORA, GLOBEX, MALLORY, PLATFORM, SAM


@pytest.fixture(scope="session")
def django_db_setup(worker_id: str, django_db_blocker: object) -> Iterator[None]:
    """Replaces the test database of Django, which would be made and reached by an owner."""
    place = default_place()
    embedded.ensure(place, quick=True)
    databases.hurry(place)
    name = f"test_{worker_id}"

    def renew() -> None:
        connections.close_all()
        databases.copy(place, name)
        forget_routes()

    def teardown(self: TransactionTestCase) -> None:
        # Django would TRUNCATE, which the app role may not: a test that commits leaves a new copy behind.
        renew()

    renew()
    for connection in connections.all():
        connection.settings_dict["NAME"] = name
    patched = pytest.MonkeyPatch()
    patched.setattr(TransactionTestCase, "_fixture_teardown", teardown)
    # A live server sends the head and the body apart: the body would wait 40 ms for the head to be acknowledged.
    patched.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)
    for (module, called), replaced in as_sequencer.PATCHED.items():
        patched.setattr(module, called, replaced)
    yield
    patched.undo()
    connections.close_all()


@pytest.fixture(autouse=True)
def _nobody() -> Iterator[None]:
    """Each test begins and ends behind no tenant's walls."""
    forget_routes()
    with behind(Walls()):
        yield


def tenant(wanted: Wanted) -> Tenant:
    """The tenant, as its own credentials see it."""
    with behind(Walls(tenant_id=wanted.id)):
        return Tenant.objects.select_related("plan").get(id=wanted.id)


@pytest.fixture
def acme(db: None) -> Tenant:
    return tenant(ACME)


@pytest.fixture
def globex(db: None) -> Tenant:
    return tenant(GLOBEX)


@pytest.fixture
def platform(db: None) -> Tenant:
    return tenant(PLATFORM)


@pytest.fixture
def in_acme(acme: Tenant) -> Iterator[Tenant]:
    """Behind both walls of Acme."""
    with within(acme):
        yield acme


@pytest.fixture
def at_acme() -> Client:
    """A browser at Acme's host, not signed in."""
    return Client(SERVER_NAME=ACME.host)


@pytest.fixture
def at_globex() -> Client:
    """A browser at Globex's host, not signed in."""
    return Client(SERVER_NAME=GLOBEX.host)


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits for a condition: ``until(lambda: ..., seconds=60)``."""

    def wait(holds: Callable[[], bool], seconds: float = 30) -> None:
        paused = threading.Event()
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"Not within {seconds} s."
            paused.wait(0.05)

    return wait


@pytest.fixture
def at_platform() -> Client:
    """A browser at our own host, not signed in."""
    return Client(SERVER_NAME=PLATFORM.host)


@pytest.fixture
def alice(acme: Tenant) -> User:
    """Owner of Acme."""
    return user(ALICE)


@pytest.fixture
def bob(acme: Tenant) -> User:
    """Engineer of Acme."""
    return user(BOB)


@pytest.fixture
def cora(acme: Tenant) -> User:
    """Compliance officer of Acme."""
    return user(CORA)


@pytest.fixture
def ada(acme: Tenant) -> User:
    """Auditor of Acme, inside her window."""
    return user(ADA)


@pytest.fixture
def mallory(globex: Tenant) -> User:
    """Owner of Globex."""
    return user(MALLORY)


@pytest.fixture
def sam(platform: Tenant) -> User:
    """Our staff."""
    return user(SAM)


@pytest.fixture
def as_alice(alice: User) -> Client:
    return signed_in(ALICE)


@pytest.fixture
def as_bob(bob: User) -> Client:
    return signed_in(BOB)


@pytest.fixture
def as_cora(cora: User) -> Client:
    return signed_in(CORA)


@pytest.fixture
def as_ada(ada: User) -> Client:
    return signed_in(ADA)


@pytest.fixture
def as_mallory(mallory: User) -> Client:
    return signed_in(MALLORY)


@pytest.fixture
def as_sam(sam: User) -> Client:
    return signed_in(SAM)
