"""Keys and stores of each test's own: what a test destroys is nobody else's."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.vault import configured
from apps.vault.ciphers import keyset_from_json, new_keyset_as_json
from apps.vault.data_keys import DataKeys
from apps.vault.key_services import KeyService
from apps.vault.local_keys import LocalKeyService
from apps.vault.objects import ObjectStore
from apps.vault.secret_stores import SecretStore
from tests.cast import TENANTS

CANARY = "canary-3f1c9a77"
"""Stands in what is sealed, and must stand nowhere else."""


class Clock:
    """A monotonic clock and a calendar that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime.datetime:
        return datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC) + datetime.timedelta(seconds=self.seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """The settings' places, below a folder of this test's own."""
    from apps.vault.master_keyset import MasterKeyset

    settings.MASTER_KEYSET = MasterKeyset(file=tmp_path / "master.keyset", made_here=True)
    settings.KEY_FOLDER = tmp_path / "keys"
    settings.OBJECT_FOLDER = tmp_path / "objects"
    configured.forget()
    for each in TENANTS:
        configured.key_service().create(each.id)
    yield tmp_path
    configured.forget()


@pytest.fixture
def service(folder: Path) -> KeyService:
    return configured.key_service()


@pytest.fixture
def keys(folder: Path) -> DataKeys:
    return configured.data_keys()


@pytest.fixture
def objects(folder: Path) -> ObjectStore:
    return configured.object_store()


@pytest.fixture
def secrets(folder: Path) -> SecretStore:
    return configured.secret_store()


def local_service(folder: Path, clock: Clock) -> LocalKeyService:
    """A local key service with a master keyset of its own."""
    master = keyset_from_json(new_keyset_as_json())
    assert master is not None
    return LocalKeyService(folder / "keys", lambda: master, clock.now)
