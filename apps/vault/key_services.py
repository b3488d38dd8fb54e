"""What a key-encryption service is to the vault: a key for each tenant that never leaves it, and wraps data keys.

Two are meant: the local one (``local_keys``), and AWS KMS. Both pass ``tests/apps/vault/test_key_services.py``.

A *version* is what a rotation makes, and what can be destroyed alone. In KMS that is a key of its own behind the
tenant's alias: KMS's own rotation keeps its old material for ever.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from apps.vault.secret import Secret


class KeyState(StrEnum):
    """Of a tenant's key. ``destroyed`` is for ever; in KMS it includes *pending deletion*."""

    ACTIVE = "active"
    DISABLED = "disabled"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class KeyVersion:
    """One version of a tenant's key."""

    id: uuid.UUID
    created: datetime.datetime
    destroyed: bool = False


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """A tenant's key, without the key. ``versions``: oldest first, destroyed ones too."""

    state: KeyState
    primary: uuid.UUID
    versions: tuple[KeyVersion, ...]

    @property
    def standing(self) -> tuple[KeyVersion, ...]:
        """The versions that are not destroyed."""
        return tuple(version for version in self.versions if not version.destroyed)

    def version(self, id_: uuid.UUID) -> KeyVersion | None:
        return next((version for version in self.versions if version.id == id_), None)


@dataclass(frozen=True, slots=True, repr=False)
class WrappedKey:
    """A data key under a version of a tenant's key, as it stands in front of what it seals."""

    version: uuid.UUID
    ciphertext: bytes

    def __repr__(self) -> str:
        return f"WrappedKey(version={self.version})"


class KeyService(Protocol):
    """Each method asks for the tenant by its id; which tenant that is, the walls have decided before.

    All raise :class:`~apps.vault.errors.KeyMissing` where there is no key, and
    :class:`~apps.vault.errors.KeyServiceFailed` where the service cannot do it now.
    """

    def create(self, tenant: uuid.UUID) -> KeyDescription:
        """Makes the tenant's key. Where there is one it is left as it is, whatever its state."""
        ...

    def describe(self, tenant: uuid.UUID) -> KeyDescription:
        """The state of the key, now."""
        ...

    def wrap(self, tenant: uuid.UUID, data_key: Secret[bytes], associated_data: bytes) -> WrappedKey:
        """Seals a data key (4 KiB at most) under the primary version.

        Raises :class:`~apps.vault.errors.KeyDisabled` or :class:`~apps.vault.errors.KeyDestroyed`.
        """
        ...

    def unwrap(self, tenant: uuid.UUID, wrapped: WrappedKey, associated_data: bytes) -> Secret[bytes]:
        """Opens a data key that any version of this tenant's key has sealed with the same associated data.

        Raises :class:`~apps.vault.errors.DoesNotOpen`, :class:`~apps.vault.errors.KeyDisabled` or
        :class:`~apps.vault.errors.KeyDestroyed` (of the key, or of that version).
        """
        ...

    def rotate(self, tenant: uuid.UUID) -> KeyDescription:
        """Makes a new primary version; the others still unwrap. Raises as :meth:`wrap` does."""
        ...

    def disable(self, tenant: uuid.UUID) -> KeyDescription:
        """Wraps and unwraps nothing until it is enabled. Of a disabled one: nothing. Raises KeyDestroyed."""
        ...

    def enable(self, tenant: uuid.UUID) -> KeyDescription:
        """Takes :meth:`disable` back. Raises KeyDestroyed."""
        ...

    def destroy_version(self, tenant: uuid.UUID, version: uuid.UUID) -> KeyDescription:
        """Ends a version for ever. Raises :class:`~apps.vault.errors.StillInUse` for the primary one."""
        ...

    def destroy(self, tenant: uuid.UUID) -> KeyDescription:
        """Ends all versions for ever: nothing that the tenant has sealed opens again. Of a destroyed one: nothing."""
        ...
