"""How often the key service is asked, and when what is kept is let go."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path

import pytest

from apps.vault.data_keys import DataKeys, Limits
from apps.vault.errors import KeyDisabled
from apps.vault.key_services import KeyService, WrappedKey
from apps.vault.local_keys import LocalKeyService
from apps.vault.secret import Secret
from tests.apps.vault.conftest import Clock, local_service
from tests.cast import ACME, GLOBEX


class Counted:
    """A key service that counts how often it wraps and unwraps."""

    def __init__(self, service: LocalKeyService) -> None:
        self._service = service
        self.wraps = self.unwraps = 0
        self.meanwhile = lambda: None

    def wrap(self, tenant: uuid.UUID, data_key: Secret[bytes], associated_data: bytes) -> WrappedKey:
        self.wraps += 1
        wrapped = self._service.wrap(tenant, data_key, associated_data)
        self.meanwhile()
        return wrapped

    def unwrap(self, tenant: uuid.UUID, wrapped: WrappedKey, associated_data: bytes) -> Secret[bytes]:
        self.unwraps += 1
        unwrapped = self._service.unwrap(tenant, wrapped, associated_data)
        self.meanwhile()
        return unwrapped

    def __getattr__(self, name: str):
        return getattr(self._service, name)


@pytest.fixture
def service(tmp_path: Path, clock: Clock) -> Counted:
    made = Counted(local_service(tmp_path, clock))
    made.create(ACME.id)
    made.create(GLOBEX.id)
    return made


def kept_by(service: Counted, clock: Clock, limits: Limits, refuse=lambda tenant: None) -> DataKeys:
    as_service: KeyService = service
    return DataKeys(as_service, refuse, limits, clock)


def test_a_key_seals_for_a_while_and_then_another_one_does(service: Counted, clock: Clock) -> None:
    keys = kept_by(service, clock, Limits(seconds=60))
    first = keys.to_seal(ACME.id)
    clock.seconds += 59.9
    assert keys.to_seal(ACME.id) is first and service.wraps == 1
    clock.seconds += 0.2
    assert keys.to_seal(ACME.id).wrapped != first.wrapped and service.wraps == 2


def test_a_key_seals_so_often_and_then_another_one_does(service: Counted, clock: Clock) -> None:
    keys = kept_by(service, clock, Limits(uses=3))
    assert len({keys.to_seal(ACME.id).wrapped.ciphertext for _ in range(9)}) == 3
    assert service.wraps == 3


def test_one_tenants_key_never_seals_for_another(service: Counted, clock: Clock) -> None:
    keys = kept_by(service, clock, Limits())
    acme, globex = keys.to_seal(ACME.id), keys.to_seal(GLOBEX.id)
    assert acme.wrapped.version != globex.wrapped.version and service.wraps == 2


def test_what_opens_is_kept_for_a_while_and_not_without_end(service: Counted, clock: Clock) -> None:
    keys = kept_by(service, clock, Limits(seconds=60, uses=1, kept=3))
    wrapped = [keys.to_seal(ACME.id).wrapped for _ in range(4)]
    for each in wrapped[:3] * 2:
        keys.to_open(ACME.id, each)
    assert service.unwraps == 3
    keys.to_open(ACME.id, wrapped[3])
    keys.to_open(ACME.id, wrapped[0])
    assert service.unwraps == 5
    clock.seconds += 60
    keys.to_open(ACME.id, wrapped[0])
    assert service.unwraps == 6


def test_what_is_forgotten_is_asked_for_again(service: Counted, clock: Clock) -> None:
    keys = kept_by(service, clock, Limits())
    key = keys.to_seal(ACME.id)
    keys.to_open(ACME.id, key.wrapped)
    other = keys.to_seal(GLOBEX.id)
    keys.forget(ACME.id)
    service.disable(ACME.id)
    with pytest.raises(KeyDisabled):
        keys.to_seal(ACME.id)
    with pytest.raises(KeyDisabled):
        keys.to_open(ACME.id, key.wrapped)
    assert keys.to_seal(GLOBEX.id) is other


def test_what_was_asked_for_before_a_disabling_is_not_kept_after_it(service: Counted, clock: Clock) -> None:
    """The key service answers, the key is disabled and forgotten, and only then the answer arrives."""
    keys = kept_by(service, clock, Limits())
    wrapped = keys.to_seal(ACME.id).wrapped
    keys.forget(ACME.id)

    def disable() -> None:
        service.meanwhile = lambda: None
        service.disable(ACME.id)
        keys.forget(ACME.id)

    for ask in (lambda: keys.to_seal(ACME.id), lambda: keys.to_open(ACME.id, wrapped)):
        service.meanwhile = disable
        ask()
        with pytest.raises(KeyDisabled):
            ask()
        service.enable(ACME.id)


def test_what_we_were_told_is_asked_before_the_key_service(service: Counted, clock: Clock) -> None:
    def refuse(tenant: uuid.UUID) -> None:
        raise KeyDisabled

    with pytest.raises(KeyDisabled):
        kept_by(service, clock, Limits(), refuse).to_seal(ACME.id)
    assert service.wraps == 0


def test_threads_share_a_key_and_count_its_uses_together(service: Counted, clock: Clock) -> None:
    keys = kept_by(service, clock, Limits(uses=100))
    found: list[WrappedKey] = []

    def seal() -> None:
        found.extend(keys.to_seal(ACME.id).wrapped for _ in range(100))

    keys.to_seal(ACME.id)
    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    by_key = {each.ciphertext: 0 for each in found}
    for each in found:
        by_key[each.ciphertext] += 1
    assert max(by_key.values()) <= 100 and len(found) == 400
