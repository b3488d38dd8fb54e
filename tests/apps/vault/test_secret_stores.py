"""What every secret store holds to: sealed rows now, and whichever is added to ``STORES``."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from apps.audit.models import Entry
from apps.tenants.errors import NobodyProven
from apps.tenants.models import Tenant
from apps.tenants.walls import Walls, behind, within
from apps.vault.errors import NameRefused, NoSuchObject, SecretPending
from apps.vault.models import StoredSecret
from apps.vault.sealed_rows import SealedRows
from apps.vault.secret import Secret
from apps.vault.secret_stores import SecretStore, Stage
from tests.apps.vault.conftest import CANARY

NAME = "connectors/posthog"
STORES: dict[str, Callable[[], SecretStore]] = {"sealed rows": SealedRows}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, in_acme: Tenant, folder: object) -> SecretStore:
    return STORES[request.param]()


def stages(store: SecretStore) -> dict[Stage, bytes]:
    return {each.stage: store.read(NAME, each.stage).reveal() for each in store.versions(NAME)}


def test_a_secret_is_read_as_it_was_put(store: SecretStore) -> None:
    value = os.urandom(500)
    version = store.put(NAME, Secret(value))
    assert store.read(NAME).reveal() == value
    assert store.versions(NAME) == [version] and version.stage is Stage.CURRENT


def test_a_rotation_moves_the_stages(store: SecretStore) -> None:
    store.put(NAME, Secret(b"one"))
    pending = store.put(NAME, Secret(b"two"), Stage.PENDING)
    assert stages(store) == {Stage.PENDING: b"two", Stage.CURRENT: b"one"}
    store.promote(NAME, pending.id)
    assert stages(store) == {Stage.CURRENT: b"two", Stage.PREVIOUS: b"one"}
    store.promote(NAME, store.put(NAME, Secret(b"three"), Stage.PENDING).id)
    assert stages(store) == {Stage.CURRENT: b"three", Stage.PREVIOUS: b"two"}
    store.put(NAME, Secret(b"four"))
    assert stages(store) == {Stage.CURRENT: b"four", Stage.PREVIOUS: b"three"}


def test_a_version_that_waits_is_not_overtaken(store: SecretStore) -> None:
    store.put(NAME, Secret(b"one"))
    store.put(NAME, Secret(b"two"), Stage.PENDING)
    with pytest.raises(SecretPending, match="Promote it, or abandon it"):
        store.put(NAME, Secret(b"three"), Stage.PENDING)
    store.abandon(NAME)
    assert stages(store) == {Stage.CURRENT: b"one"}
    store.put(NAME, Secret(b"three"), Stage.PENDING)


def test_only_a_version_that_waits_is_promoted(store: SecretStore) -> None:
    current = store.put(NAME, Secret(b"one"))
    for version in (current.id, uuid.uuid4()):
        with pytest.raises(NoSuchObject):
            store.promote(NAME, version)
    with pytest.raises(NoSuchObject):
        store.abandon(NAME)
    with pytest.raises(ValueError, match="previous"):
        store.put(NAME, Secret(b"x"), Stage.PREVIOUS)


def test_a_deleted_secret_is_gone_with_its_versions(store: SecretStore) -> None:
    store.put(NAME, Secret(b"one"))
    store.put(NAME, Secret(b"two"), Stage.PENDING)
    store.put("another", Secret(b"x"))
    store.delete(NAME)
    for gone in (lambda: store.read(NAME), lambda: store.versions(NAME), lambda: store.delete(NAME)):
        with pytest.raises(NoSuchObject):
            gone()
    assert store.read("another").reveal() == b"x"


def test_versions_show_no_values(store: SecretStore) -> None:
    store.put(NAME, Secret(CANARY.encode()))
    assert CANARY not in repr(store.versions(NAME))


@pytest.mark.parametrize("name", ["", "a b", "/a", "a\n", "ä", "x" * 201, "a;b"])
def test_what_is_no_name_is_refused(store: SecretStore, name: str) -> None:
    for asked in (lambda: store.put(name, Secret(b"x")), lambda: store.read(name), lambda: store.delete(name)):
        with pytest.raises(NameRefused):
            asked()


def test_mallory_has_none_of_alices(store: SecretStore, globex: Tenant) -> None:
    store.put(NAME, Secret(b"one"))
    with within(globex):
        with pytest.raises(NoSuchObject):
            store.read(NAME)
        store.put(NAME, Secret(b"hers"))
    assert store.read(NAME).reveal() == b"one"
    with behind(Walls()), pytest.raises(NobodyProven):
        store.read(NAME)


# ---- sealed rows ----------------------------------------------------------------------------------------------------


def test_the_rows_and_the_log_hold_no_value(in_acme: Tenant, folder: object) -> None:
    SealedRows().put(NAME, Secret(CANARY.encode()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT vault_storedsecret::text FROM vault_storedsecret")
        [(row,)] = cursor.fetchall()
    entry = Entry.objects.get(object_type="vault.storedsecret")
    assert entry.changes is not None and set(entry.changes["value"][1]) == {"digest"}
    assert entry.changes["stage"] == [None, "AWSCURRENT"] and entry.object_repr == NAME
    for shown in (row, str(entry.changes)):
        assert CANARY not in shown and CANARY.encode().hex() not in shown
    assert str(StoredSecret.objects.get()) == f"{NAME} (current)"
