"""The first start on machines of one's own: roles, database, tables, our own tenant; the same commands as deployed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings

from apps.tenants.roles import Role
from apps.tenants.walls import PLATFORM_ID, schema_of
from config import embedded
from config.embedded import postgres
from config.embedded.place import ROOT, default_place
from tests.apps import databases

NAME = f"first_start_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


@pytest.fixture
def nothing() -> Iterator[None]:
    """No such database, before and after."""
    embedded.ensure(default_place(), quick=True)
    for _ in range(2):
        with psycopg.connect(databases.admin_url(default_place()), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        if _ == 0:
            yield


def manage(role: Role, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **databases.environment(default_place(), role, NAME),
        "REDIS_URL": settings.REDIS_URL,
        "SPECWARD_KEY_PREFIX": f"{NAME}:",
        "SPECWARD_ADMIN_DATABASE_URL": databases.admin_url(default_place()),
    }
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=110)


@pytest.mark.usefixtures("nothing")
def test_a_first_start_ends_with_our_own_tenant_and_its_owner_invited() -> None:
    assert manage(Role.APP, "prepare_database", "--database", NAME).returncode == 0
    made = manage(Role.MIGRATOR, "migrate_schemas", "--noinput")
    assert made.returncode == 0, made.stderr[-2000:]
    asked = ("make_platform", "platform.specward.example", "sam@specward.example", "Sam")
    refused = manage(Role.APP, *asked)
    assert refused.returncode == 1 and "Only a migrator" in refused.stderr
    for _ in range(2):  # asked for again it changes nothing
        done = manage(Role.MIGRATOR, *asked)
        assert done.returncode == 0, done.stderr[-2000:]
        assert "The platform's console is at platform.specward.example" in done.stdout
    schema = schema_of(PLATFORM_ID)
    with psycopg.connect(postgres.url(default_place(), postgres.ADMIN, NAME)) as admin:
        invited = admin.execute(f"SELECT email, role FROM {schema}.accounts_invitation").fetchall()
        state = admin.execute("SELECT state FROM public.tenants_tenant").fetchall()
    assert (invited, state) == ([("sam@specward.example", "owner")], [("active",)])
    assert manage(Role.APP, "check", "--database", "default").returncode == 0, "every wall stands"
