"""Keys, objects, a signed log and an owner of the database for tests that break what checks look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from apps.audit.sequencing import sequence
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from apps.vault import configured
from tests.apps.audit.conftest import superuser
from tests.apps.conftest import tenant
from tests.apps.inference.conftest import model  # noqa: F401
from tests.apps.recordings.conftest import asked, store  # noqa: F401
from tests.cast import ACME


@pytest.fixture
def acme(acme: Tenant) -> Tenant:
    """With its log signed: the template's entries become too old for that in the middle of a test otherwise."""
    with within(acme):
        sequence()
    return acme


@pytest.fixture
def in_acme_committed(transactional_db: None) -> Iterator[Tenant]:
    """Behind both walls of Acme, with no transaction open: what a test does is seen by others, who can break it."""
    acme = tenant(ACME)
    with within(acme):
        yield acme


@pytest.fixture
def own_vault(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Copies of the tenants' keys, and an empty object store: what a test breaks of them is nobody else's."""
    kept = tmp_path / "vault"
    shutil.copytree(settings.KEY_FOLDER, kept / "keys", ignore=shutil.ignore_patterns("*.lock"))
    (kept / "keys").chmod(0o700)
    (kept / "objects").mkdir(mode=0o700)
    settings.KEY_FOLDER, settings.OBJECT_FOLDER = str(kept / "keys"), str(kept / "objects")
    configured.forget()
    yield kept
    configured.forget()


@pytest.fixture
def owner(in_acme_committed: Tenant) -> Iterator[Callable[[str], Callable[[], object]]]:
    """Somebody who owns the database: ``owner("DROP ...")`` is what they do when it is called."""
    with superuser() as connection:
        connection.execute(f"SET search_path = {in_acme_committed.schema_name}, public".encode())
        connection.execute("SET lock_timeout = '10s'")

        def statement(said: str) -> Callable[[], psycopg.Cursor[Any]]:
            return lambda: connection.execute(said.encode())

        yield statement
