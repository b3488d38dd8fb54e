"""Sam asks for a tenant; a worker that is a migrator makes it, step by step, and opens it."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client

from apps.accounts.models import Invitation, Mail
from apps.tenants import provisioning_queue
from apps.tenants.models import Plan, Provisioning, Tenant
from apps.tenants.provisioning import FirstOwner
from apps.tenants.roles import Role
from apps.tenants.routing import forget_routes
from apps.tenants.walls import Walls, behind, schema_of, within
from config.embedded.place import ROOT, default_place
from tests.apps import databases

pytestmark = pytest.mark.django_db(transaction=True)
INITECH = ("Initech", "initech.localhost", Plan.Code.TEAM, FirstOwner("ines@initech.example", "Ines"))


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[None]:
    """A worker of the provisioning queue, as migrator, on this test's database."""
    environment = databases.environment(default_place(), Role.MIGRATOR, connection.settings_dict["NAME"])
    log = tmp_path / "worker.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-Q", "provisioning", "--pool", "solo"],
            cwd=ROOT,
            env={**environment, "REDIS_URL": settings.REDIS_URL},
            stdout=said,
            stderr=said,
        )
    yield
    process.terminate()
    process.wait(60)


def asked() -> Provisioning:
    with behind(provisioning_queue.staff_credentials()), transaction.atomic():
        return provisioning_queue.ask_for(*INITECH)


def row(one: uuid.UUID) -> Provisioning:
    with behind(provisioning_queue.staff_credentials()):
        return Provisioning.objects.get(id=one)


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("worker")
def test_a_tenant_is_made_by_the_worker_and_answers_at_its_host(until: Callable[..., None]) -> None:
    assert Client(SERVER_NAME="initech.localhost").get("/").content == b"There is nothing here.\n"
    one = asked()
    until(lambda: row(one.id).state in (Provisioning.State.DONE, Provisioning.State.FAILED), seconds=200)
    made = row(one.id)
    assert (made.state, made.error, made.step) == (Provisioning.State.DONE, "", "open")
    with behind(Walls(tenant_id=made.tenant_id)):
        assert Tenant.objects.get().state == Tenant.State.ACTIVE
    with behind(Walls(schema_of(made.tenant_id), made.tenant_id)):
        invited = Invitation.objects.get()
        assert (invited.email, invited.role) == ("ines@initech.example", "owner")
        assert Mail.objects.get().about == str(invited.id)
    forget_routes()
    ines = Client(SERVER_NAME="initech.localhost", raise_request_exception=False)
    assert ines.get("/").content != b"There is nothing here.\n"


def test_only_the_platform_may_ask(acme: Tenant) -> None:
    with within(acme), pytest.raises(DatabaseError, match="row-level security"):
        provisioning_queue.ask_for(*INITECH)


def test_what_was_asked_for_is_the_platforms_to_see(acme: Tenant) -> None:
    one = asked()
    with within(acme):
        assert not Provisioning.objects.exists()
    assert row(one.id).name == "Initech"


def test_the_app_role_makes_no_tenant() -> None:
    one = asked()
    with pytest.raises(DatabaseError, match="permission denied"):
        provisioning_queue.make(one.id)
    with behind(Walls()), pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema_of(one.tenant_id)}")
