"""The local key service: a file for each tenant, sealed whole under the platform's master keyset.

The file is apart from the database, as a KMS would be: a backup of the database brings no destroyed key back. All of
it, the state too, is authenticated and bound to its tenant. What somebody who can write the folder could do is put an
older file back: keep its backups apart, and shorter than you want a destroyed key to stay destroyed.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from apps.vault import private_files
from apps.vault.binding import joined
from apps.vault.ciphers import Aead, cipher, new_wrapping_key, opened
from apps.vault.errors import (
    DoesNotOpen,
    KeyDestroyed,
    KeyDisabled,
    KeyMissing,
    KeyServiceFailed,
    StillInUse,
)
from apps.vault.key_services import KeyDescription, KeyState, KeyVersion, WrappedKey
from apps.vault.secret import Secret

_FILE: Final = b"specward tenant keys 1"
_WRAP: Final = b"specward data key 1"
_LARGEST: Final = 4096


@dataclass(frozen=True, slots=True, repr=False)
class _Keys:
    """A tenant's file, opened."""

    described: KeyDescription
    secrets: dict[uuid.UUID, Secret[bytes]]


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class LocalKeyService:
    """Keeps the keys in ``folder``. ``master``: the way to the cipher of the master keyset."""

    def __init__(self, folder: Path, master: Callable[[], Aead], now: Callable[[], datetime.datetime] = _now) -> None:
        self._folder = folder
        self._master = master
        self._now = now

    # ---- what a key service does ----------------------------------------------------------------------------------

    def create(self, tenant: uuid.UUID) -> KeyDescription:
        with self._changing(tenant):
            if self._file(tenant).exists():
                return self._read(tenant).described
            first = KeyVersion(uuid.uuid4(), self._now())
            made = KeyDescription(KeyState.ACTIVE, first.id, (first,))
            return self._write(tenant, _Keys(made, {first.id: new_wrapping_key()}))

    def describe(self, tenant: uuid.UUID) -> KeyDescription:
        return self._read(tenant).described

    def wrap(self, tenant: uuid.UUID, data_key: Secret[bytes], associated_data: bytes) -> WrappedKey:
        keys = self._usable(tenant)
        version = keys.described.primary
        bound = joined(_WRAP, tenant.bytes, version.bytes, associated_data)
        if len(data_key.reveal()) > _LARGEST:
            raise KeyServiceFailed(f"A data key has {_LARGEST} bytes at most.")
        return WrappedKey(version, self._cipher(keys, version).encrypt(data_key.reveal(), bound))

    def unwrap(self, tenant: uuid.UUID, wrapped: WrappedKey, associated_data: bytes) -> Secret[bytes]:
        keys = self._usable(tenant)
        version = keys.described.version(wrapped.version)
        if version is None:
            raise DoesNotOpen("This was sealed under no key of this tenant's.")
        if version.destroyed:
            raise KeyDestroyed("The version of the key that this was sealed under")
        bound = joined(_WRAP, tenant.bytes, version.id.bytes, associated_data)
        found = opened(self._cipher(keys, version.id), wrapped.ciphertext, bound)
        if found is None:
            raise DoesNotOpen("The data key of this was altered, or belongs to something else.")
        return found

    def rotate(self, tenant: uuid.UUID) -> KeyDescription:
        with self._changing(tenant):
            keys = self._usable(tenant)
            new = KeyVersion(uuid.uuid4(), self._now())
            described = replace(keys.described, primary=new.id, versions=(*keys.described.versions, new))
            return self._write(tenant, _Keys(described, {**keys.secrets, new.id: new_wrapping_key()}))

    def disable(self, tenant: uuid.UUID) -> KeyDescription:
        return self._set_state(tenant, KeyState.DISABLED)

    def enable(self, tenant: uuid.UUID) -> KeyDescription:
        return self._set_state(tenant, KeyState.ACTIVE)

    def destroy_version(self, tenant: uuid.UUID, version: uuid.UUID) -> KeyDescription:
        with self._changing(tenant):
            keys = self._read(tenant)
            if keys.described.state is KeyState.DESTROYED:
                raise KeyDestroyed
            if version == keys.described.primary:
                raise StillInUse("This version of the key is the primary one.", "Rotate the key first.")
            if keys.described.version(version) is None:
                raise KeyMissing
            return self._write(tenant, _without(keys, {version}))

    def destroy(self, tenant: uuid.UUID) -> KeyDescription:
        with self._changing(tenant):
            keys = self._read(tenant)
            ended = _without(keys, {each.id for each in keys.described.versions})
            return self._write(tenant, replace(ended, described=replace(ended.described, state=KeyState.DESTROYED)))

    # ---- the master keyset ----------------------------------------------------------------------------------------

    def seal_again(self) -> int:
        """Seals every tenant's file under the primary key of the master keyset, after that was rotated. Says how
        many; after it, the keyset's older keys are needed no more."""
        tenants = [uuid.UUID(file.stem) for file in sorted(self._folder.glob("*.keys"))]
        for tenant in tenants:
            with self._changing(tenant):
                self._write(tenant, self._read(tenant))
        return len(tenants)

    # ---- the files ------------------------------------------------------------------------------------------------

    def _file(self, tenant: uuid.UUID) -> Path:
        return self._folder / f"{tenant.hex}.keys"

    @contextmanager
    def _changing(self, tenant: uuid.UUID) -> Iterator[None]:
        with self._answering():
            private_files.make_folder(self._folder)
        with private_files.locked(self._folder / f"{tenant.hex}.lock"):
            yield

    @contextmanager
    def _answering(self) -> Iterator[None]:
        why = ""
        try:
            yield
        except FileNotFoundError:
            why = "missing"
        except (OSError, private_files.OpenToOthers) as error:
            why = f"The folder of the keys cannot be used: {error}"
        if why == "missing":
            raise KeyMissing
        if why:
            raise KeyServiceFailed(why)

    def _usable(self, tenant: uuid.UUID) -> _Keys:
        keys = self._read(tenant)
        if keys.described.state is KeyState.DESTROYED:
            raise KeyDestroyed
        if keys.described.state is KeyState.DISABLED:
            raise KeyDisabled
        return keys

    def _cipher(self, keys: _Keys, version: uuid.UUID) -> Aead:
        found = cipher(keys.secrets[version])
        if found is None:
            raise KeyServiceFailed("A version of this tenant's key is no key.")
        return found

    def _set_state(self, tenant: uuid.UUID, state: KeyState) -> KeyDescription:
        with self._changing(tenant):
            keys = self._read(tenant)
            if keys.described.state is KeyState.DESTROYED:
                raise KeyDestroyed
            return self._write(tenant, replace(keys, described=replace(keys.described, state=state)))

    def _read(self, tenant: uuid.UUID) -> _Keys:
        content = b""
        with self._answering():
            content = private_files.read(self._file(tenant))
        text = opened(self._master(), content, joined(_FILE, tenant.bytes))
        keys = None if text is None else _decoded(text)
        if keys is None:
            raise KeyServiceFailed(
                f"The keys of {tenant} do not open: they were altered, or sealed under another master keyset."
            )
        return keys

    def _write(self, tenant: uuid.UUID, keys: _Keys) -> KeyDescription:
        sealed = self._master().encrypt(_encoded(keys).reveal(), joined(_FILE, tenant.bytes))
        with self._answering():
            private_files.write(self._file(tenant), sealed)
        return keys.described


def _without(keys: _Keys, ended: set[uuid.UUID]) -> _Keys:
    versions = tuple(replace(each, destroyed=each.destroyed or each.id in ended) for each in keys.described.versions)
    left = {id_: secret for id_, secret in keys.secrets.items() if id_ not in ended}
    return _Keys(replace(keys.described, versions=versions), left)


def _encoded(keys: _Keys) -> Secret[bytes]:
    described = keys.described
    return Secret(
        json.dumps(
            {
                "state": described.state,
                "primary": str(described.primary),
                "versions": [[str(v.id), v.created.isoformat(), v.destroyed] for v in described.versions],
                "secrets": {str(i): base64.b64encode(s.reveal()).decode("ascii") for i, s in keys.secrets.items()},
            }
        ).encode()
    )


def _decoded(text: Secret[bytes]) -> _Keys | None:
    try:
        told = Secret(json.loads(text.reveal()))
        versions = tuple(
            KeyVersion(uuid.UUID(id_), datetime.datetime.fromisoformat(created), bool(destroyed))
            for id_, created, destroyed in told.reveal()["versions"]
        )
        described = KeyDescription(KeyState(told.reveal()["state"]), uuid.UUID(told.reveal()["primary"]), versions)
        return _Keys(
            described,
            {uuid.UUID(i): Secret(base64.b64decode(s, validate=True)) for i, s in told.reveal()["secrets"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        return None
