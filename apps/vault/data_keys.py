"""Data keys, kept for a while: a key service is asked once a minute for a tenant, and not once for each row.

A data key is used at most 65,536 times and for at most a minute. AES-GCM with random nonces allows 2**32 uses of a key
(NIST SP 800-38D, 8.3): a stream of 1 GiB is 16,384 of them, so that this many streams stay below.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from apps.vault.ciphers import Aead, cipher, new_data_key
from apps.vault.errors import DoesNotOpen
from apps.vault.key_services import KeyService, WrappedKey
from apps.vault.secret import Secret

PURPOSE: Final = b"specward sealing"
"""What every data key is bound to, beside its tenant."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long (seconds) and how often a data key is used, and how many that open are kept in a process."""

    seconds: float = 60.0
    uses: int = 65_536
    kept: int = 4_096


KEPT: Final = Limits()
NOT_KEPT: Final = Limits(seconds=0.0, uses=1, kept=0)


@dataclass(slots=True, repr=False)
class DataKey:
    """A key that seals, and itself as it is wrapped."""

    wrapped: WrappedKey
    cipher: Aead
    born: float
    uses: int = 0


@dataclass(slots=True, repr=False)
class _OfTenant:
    sealing: DataKey | None = None
    opening: OrderedDict[bytes, tuple[float, Aead]] = field(default_factory=OrderedDict)
    forgotten: int = 0
    """How often: what was fetched before is not kept after."""


class DataKeys:
    """The data keys of this process. ``refuse_unusable`` is asked before the key service is: it raises for a tenant
    whose key this service was told to use no more."""

    def __init__(
        self,
        service: KeyService,
        refuse_unusable: Callable[[uuid.UUID], None],
        limits: Limits = KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.service = service
        self._refuse_unusable = refuse_unusable
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._tenants: dict[uuid.UUID, _OfTenant] = {}

    def to_seal(self, tenant: uuid.UUID) -> DataKey:
        """A data key under the primary version, the same one for a while. Raises what the key service raises."""
        with self._lock:
            kept = self._tenants.setdefault(tenant, _OfTenant())
            key, forgotten = kept.sealing, kept.forgotten
            if key is not None and key.uses < self._limits.uses and self._is_young(key.born):
                key.uses += 1
                return key
        self._refuse_unusable(tenant)
        secret = new_data_key()
        key = DataKey(self.service.wrap(tenant, secret, PURPOSE), _cipher(secret), self._clock(), uses=1)
        with self._lock:
            if kept.forgotten == forgotten:
                kept.sealing = key
        return key

    def to_open(self, tenant: uuid.UUID, wrapped: WrappedKey) -> Aead:
        """The cipher of a data key that somebody wrapped. Raises what the key service raises."""
        place = hashlib.sha256(wrapped.version.bytes + wrapped.ciphertext).digest()
        with self._lock:
            kept = self._tenants.setdefault(tenant, _OfTenant())
            forgotten = kept.forgotten
            found = kept.opening.get(place)
            if found is not None and self._is_young(found[0]):
                kept.opening.move_to_end(place)
                return found[1]
        self._refuse_unusable(tenant)
        opened = _cipher(self.service.unwrap(tenant, wrapped, PURPOSE))
        with self._lock:
            if kept.forgotten == forgotten:
                kept.opening[place] = (self._clock(), opened)
                while len(kept.opening) > self._limits.kept:
                    kept.opening.popitem(last=False)
        return opened

    def forget(self, tenant: uuid.UUID) -> None:
        """Asks the key service again from now on, in this process; others follow within ``Limits.seconds``."""
        with self._lock:
            kept = self._tenants.setdefault(tenant, _OfTenant())
            kept.sealing = None
            kept.opening.clear()
            kept.forgotten += 1

    def _is_young(self, born: float) -> bool:
        return self._clock() - born < self._limits.seconds


def _cipher(secret: Secret[bytes]) -> Aead:
    found = cipher(secret)
    if found is None:
        raise DoesNotOpen("What was unwrapped is no data key.")
    return found
