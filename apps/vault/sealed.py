"""What stands in front of every ciphertext, and a ciphertext as a value.

::

    2 bytes   b"\\xb5S"
    1 byte    the format: 1 a value, 2 a stream of chunks
    16 bytes  the version of the tenant's key that the data key is under
    16 bytes  the digest of what it is bound to (``Binding.digest``)
    2 bytes   the length of the wrapped data key (big endian)
    ...       the wrapped data key

The whole of it is authenticated with what follows. The version stands at a fixed place, so that what is under an old
one is found by a query, without opening anything.
"""

from __future__ import annotations

import functools
import hmac
import uuid
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from apps.vault.binding import Binding, joined
from apps.vault.errors import DoesNotOpen
from apps.vault.key_services import WrappedKey

_MAGIC: Final = b"\xb5S"
VERSION_AT: Final = 3
VERSION_BYTES: Final = 16
FIXED: Final = 37
"""Bytes in front of the wrapped data key."""
_PAYLOAD: Final = b"specward sealed 1"


class Format(IntEnum):
    """What follows the header."""

    VALUE = 1
    STREAM = 2


_FORMATS: Final = frozenset(int(each) for each in Format)


@dataclass(frozen=True, repr=False)
class Header:
    """The part in front of what is sealed."""

    format: Format
    key: WrappedKey
    binding_digest: bytes

    @functools.cached_property
    def encoded(self) -> bytes:
        wrapped = self.key.ciphertext
        fixed = _MAGIC + bytes([self.format]) + self.key.version.bytes + self.binding_digest
        return fixed + len(wrapped).to_bytes(2, "big") + wrapped

    @classmethod
    def wrapped_length(cls, fixed: bytes) -> int:
        """How many bytes follow the first 37. Raises :class:`DoesNotOpen` where these are not ours."""
        if len(fixed) < FIXED or not fixed.startswith(_MAGIC) or fixed[2] not in _FORMATS:
            raise DoesNotOpen("This is nothing that was sealed here.")
        return int.from_bytes(fixed[FIXED - 2 : FIXED], "big")

    @classmethod
    def decoded(cls, data: bytes) -> Self:
        """The header at the beginning of ``data``. Raises :class:`DoesNotOpen`."""
        end = FIXED + cls.wrapped_length(data)
        if len(data) < end:
            raise DoesNotOpen("This was cut short.")
        version = uuid.UUID(bytes=data[VERSION_AT : VERSION_AT + VERSION_BYTES])
        return cls(Format(data[2]), WrappedKey(version, data[FIXED:end]), data[19:35])

    def is_for(self, binding: Binding) -> bool:
        """Whether it says that it was sealed for this. The cipher is asked to prove it."""
        return hmac.compare_digest(self.binding_digest, binding.digest)

    def refuse_unless_for(self, binding: Binding, format_: Format) -> None:
        """Raises :class:`DoesNotOpen` for what was sealed for something else, before a key is asked for."""
        if self.format is not format_:
            raise DoesNotOpen("This was sealed in another form than it is opened in.")
        if not self.is_for(binding):
            raise DoesNotOpen("This was sealed for another tenant, another kind of thing, or another one of them.")

    def associated_data(self, binding: Binding) -> bytes:
        """What the cipher authenticates: what it is bound to, and this header. A part of a whole has its place behind
        it (:func:`~apps.vault.binding.joined`)."""
        return joined(_PAYLOAD, binding.associated_data, self.encoded)


class Sealed:
    """A ciphertext with its header. Says how long it is, and shows nothing of it."""

    __slots__ = ("_data", "header")

    def __init__(self, data: bytes) -> None:
        """Raises :class:`DoesNotOpen` for bytes that are no value sealed here."""
        self._data = bytes(data)
        self.header = Header.decoded(self._data)
        if self.header.format is not Format.VALUE:
            raise DoesNotOpen("This was sealed in another form than it is opened in.")

    @classmethod
    def made(cls, header: Header, payload: bytes) -> Self:
        """One that was sealed a moment ago."""
        sealed = cls.__new__(cls)
        sealed.header = header
        sealed._data = header.encoded + payload
        return sealed

    def to_bytes(self) -> bytes:
        """The ciphertext, to be stored."""
        return self._data

    @property
    def payload(self) -> bytes:
        """What follows the header."""
        return self._data[FIXED + len(self.header.key.ciphertext) :]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and hmac.compare_digest(self._data, other._data)

    def __hash__(self) -> int:
        return hash(self._data)

    def __repr__(self) -> str:
        return f"Sealed({len(self._data)} bytes)"

    def __reduce__(self) -> tuple[type[Sealed], tuple[bytes]]:
        return Sealed, (self._data,)
