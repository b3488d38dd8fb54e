"""What every key service holds to: the local one now, and whichever is added to ``SERVICES``."""

from __future__ import annotations

import datetime
import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.vault.errors import DoesNotOpen, KeyDestroyed, KeyDisabled, KeyMissing, StillInUse
from apps.vault.key_services import KeyService, KeyState, WrappedKey
from apps.vault.secret import Secret
from tests.apps.vault.conftest import Clock, local_service
from tests.cast import ACME, GLOBEX

DATA_KEY = os.urandom(108)
SERVICES: dict[str, Callable[[Path, Clock], KeyService]] = {"local": local_service}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> KeyService:
    made = SERVICES[request.param](tmp_path, clock)
    made.create(ACME.id)
    made.create(GLOBEX.id)
    return made


def wrapped(service: KeyService, associated_data: bytes = b"rows") -> WrappedKey:
    return service.wrap(ACME.id, Secret(DATA_KEY), associated_data)


def unwrapped(service: KeyService, key: WrappedKey, tenant: uuid.UUID = ACME.id, bound: bytes = b"rows") -> bytes:
    return service.unwrap(tenant, key, bound).reveal()


def test_a_data_key_comes_back_as_it_was(service: KeyService) -> None:
    key = wrapped(service)
    assert key.version == service.describe(ACME.id).primary
    assert DATA_KEY not in key.ciphertext and DATA_KEY[-32:] not in key.ciphertext
    assert unwrapped(service, key) == DATA_KEY


def test_it_comes_back_to_the_same_tenant_for_the_same_purpose_only(service: KeyService) -> None:
    key = wrapped(service)
    with pytest.raises(DoesNotOpen):
        unwrapped(service, key, GLOBEX.id)
    with pytest.raises(DoesNotOpen):
        unwrapped(service, WrappedKey(service.describe(GLOBEX.id).primary, key.ciphertext), GLOBEX.id)
    with pytest.raises(DoesNotOpen):
        unwrapped(service, key, bound=b"objects")
    with pytest.raises(DoesNotOpen):
        unwrapped(service, WrappedKey(uuid.uuid4(), key.ciphertext))
    with pytest.raises(DoesNotOpen):
        unwrapped(service, WrappedKey(key.version, key.ciphertext[:-1] + bytes([key.ciphertext[-1] ^ 1])))


def test_making_it_again_changes_nothing(service: KeyService) -> None:
    key = wrapped(service)
    before = service.describe(ACME.id)
    assert service.create(ACME.id) == before
    assert unwrapped(service, key) == DATA_KEY
    service.disable(ACME.id)
    assert service.create(ACME.id).state is KeyState.DISABLED


def test_after_a_rotation_a_new_version_wraps_and_the_old_one_unwraps(service: KeyService, clock: Clock) -> None:
    old = wrapped(service)
    clock.seconds += 60
    described = service.rotate(ACME.id)
    new = wrapped(service)
    assert [each.id for each in described.versions] == [old.version, new.version]
    assert described.primary == new.version != old.version
    first, second = described.versions
    assert second.created - first.created >= datetime.timedelta(0)
    assert unwrapped(service, old) == unwrapped(service, new) == DATA_KEY
    assert service.describe(GLOBEX.id).versions[1:] == ()


def test_a_disabled_key_is_refused_and_enabled_again_it_is_as_before(service: KeyService) -> None:
    key = wrapped(service)
    assert service.disable(ACME.id).state is KeyState.DISABLED
    for refused in (lambda: wrapped(service), lambda: unwrapped(service, key), lambda: service.rotate(ACME.id)):
        with pytest.raises(KeyDisabled) as raised:
            refused()
        assert raised.value.code == "vault.key_disabled" and "enables it again" in str(raised.value)
    assert service.disable(ACME.id).state is KeyState.DISABLED
    assert service.wrap(GLOBEX.id, Secret(DATA_KEY), b"rows").ciphertext
    assert service.enable(ACME.id).state is KeyState.ACTIVE
    assert unwrapped(service, key) == DATA_KEY


def test_a_destroyed_key_is_gone_for_ever(service: KeyService) -> None:
    key = wrapped(service)
    service.disable(ACME.id)
    assert service.destroy(ACME.id).state is KeyState.DESTROYED
    assert all(each.destroyed for each in service.describe(ACME.id).versions)
    for refused in (
        lambda: wrapped(service),
        lambda: unwrapped(service, key),
        lambda: service.rotate(ACME.id),
        lambda: service.enable(ACME.id),
        lambda: service.disable(ACME.id),
        lambda: service.destroy_version(ACME.id, key.version),
    ):
        with pytest.raises(KeyDestroyed):
            refused()
    assert service.create(ACME.id).state is KeyState.DESTROYED
    assert service.destroy(ACME.id).state is KeyState.DESTROYED


def test_an_old_version_can_be_destroyed_and_the_primary_one_cannot(service: KeyService) -> None:
    old = wrapped(service)
    with pytest.raises(StillInUse):
        service.destroy_version(ACME.id, old.version)
    service.rotate(ACME.id)
    new = wrapped(service)
    described = service.destroy_version(ACME.id, old.version)
    assert [each.id for each in described.standing] == [new.version]
    with pytest.raises(KeyDestroyed):
        unwrapped(service, old)
    assert unwrapped(service, new) == DATA_KEY
    with pytest.raises(KeyMissing):
        service.destroy_version(ACME.id, uuid.uuid4())


def test_a_tenant_without_a_key_is_told_so(service: KeyService) -> None:
    nobody = uuid.uuid4()
    for refused in (
        lambda: service.describe(nobody),
        lambda: service.wrap(nobody, Secret(DATA_KEY), b""),
        lambda: service.unwrap(nobody, wrapped(service), b""),
        lambda: service.rotate(nobody),
        lambda: service.disable(nobody),
        lambda: service.destroy(nobody),
    ):
        with pytest.raises(KeyMissing):
            refused()
