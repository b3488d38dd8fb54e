"""Sealing things that are larger than memory, in chunks whose order and end are authenticated.

::

    header, 16 random bytes, chunk 0, chunk 1, ..., the summary

Each chunk holds 64 KiB, the last one what is left, as AES-256-GCM with a random nonce. Its associated data holds what
the whole is bound to, the header, the random bytes and its number: a chunk of another place, or of another stream of
the same object, does not open. The summary is sealed with the number of chunks, and holds the size and SHA-256 of all:
a stream without its end is refused before the first byte of it is given out. This is STREAM (Hoang, Reyhanitabar,
Rogaway, Vizár, 2015) with the end marker as a part of its own.

Tink's own streaming AEAD was measured at a quarter of AES-256-GCM's speed from Python, in which each write crosses into
C++ and back; ``python -m bench`` has this one's. It also tells the end by reaching it only.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from apps.vault.binding import Binding, joined
from apps.vault.ciphers import OVERHEAD, Aead, opened
from apps.vault.data_keys import DataKeys
from apps.vault.errors import DoesNotOpen
from apps.vault.sealed import FIXED, Format, Header
from apps.vault.secret import Secret

CHUNK: Final = 65_536
"""Bytes of content in a chunk."""
_SALT: Final = 16
_SUMMARY: Final = 8 + 32 + OVERHEAD
_PART: Final = b"part"
_END: Final = b"end"


class Writable(Protocol):
    """What ciphertext is written to."""

    def write(self, data: bytes, /) -> Any: ...


class Readable(Protocol):
    """What ciphertext is read from: of a known size, from any place."""

    @property
    def size(self) -> int: ...

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Summary:
    """Of the content: its size in bytes, and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


class SealingStream:
    """Seals what is written to it into ``destination``. Nothing of it opens until :meth:`finish` was called."""

    def __init__(self, binding: Binding, destination: Writable, keys: DataKeys) -> None:
        """Raises what the key service raises."""
        key = keys.to_seal(binding.tenant)
        self.header = Header(Format.STREAM, key.wrapped, binding.digest)
        self._associated_data = self.header.associated_data(binding)
        self._cipher = key.cipher
        self._destination = destination
        self._salt = os.urandom(_SALT)
        self._waiting = bytearray()
        self._chunks = 0
        self._size = 0
        self._digest = hashlib.sha256()
        destination.write(self.header.encoded + self._salt)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Takes any number of bytes, and keeps less than a chunk of them."""
        self._size += len(data)
        with memoryview(data) as given:
            at = 0
            if self._waiting:
                at = CHUNK - len(self._waiting)
                self._waiting += given[:at]
                if len(self._waiting) < CHUNK:
                    return len(data)
                self._seal(Secret(bytes(self._waiting)))
                self._waiting.clear()
            while at + CHUNK <= len(given):
                self._seal(Secret(bytes(given[at : at + CHUNK])))
                at += CHUNK
            self._waiting += given[at:]
        return len(data)

    def finish(self) -> Summary:
        """Writes the last chunk and the summary, without which nothing opens."""
        if self._waiting:
            self._seal(Secret(bytes(self._waiting)))
            self._waiting.clear()
        digest = self._digest.digest()
        self._write(Secret(self._size.to_bytes(8, "big") + digest), _END)
        return Summary(self._size, digest.hex())

    def _seal(self, chunk: Secret[bytes]) -> None:
        self._digest.update(chunk.reveal())
        self._write(chunk, _PART)
        self._chunks += 1

    def _write(self, part: Secret[bytes], what: bytes) -> None:
        bound = self._associated_data + _place(self._salt, self._chunks, what)
        self._destination.write(self._cipher.encrypt(part.reveal(), bound))


class OpeningStream(io.BufferedIOBase):
    """Reads the content of a sealed stream, chunk by chunk. ``summary`` is proven before anything is read.

    What ``read`` gives out is authenticated, and at its place. Raises :class:`DoesNotOpen` at opening for what was cut
    short, lengthened, or sealed for something else, and at a chunk that was altered or moved.
    """

    def __init__(self, binding: Binding, source: Readable, keys: DataKeys) -> None:
        self._source = source
        self._header = read_header(source)
        self._header.refuse_unless_for(binding, Format.STREAM)
        self._associated_data = self._header.associated_data(binding)
        self._salt = source.read(_SALT)
        body = len(self._header.encoded) + _SALT
        left = source.size - body - _SUMMARY
        if left < 0 or 0 < left % (CHUNK + OVERHEAD) <= OVERHEAD:
            raise DoesNotOpen("This was cut short.")
        self._chunks = -(-left // (CHUNK + OVERHEAD))
        self._next = 0
        self._opened: bytes = b""
        self._at = 0
        self._cipher: Aead = keys.to_open(binding.tenant, self._header.key)
        source.seek(source.size - _SUMMARY)
        told = self._open(source.read(_SUMMARY), self._chunks, _END)
        self.summary = Summary(int.from_bytes(told.reveal()[:8], "big"), told.reveal()[8:].hex())
        if self.summary.size != left - self._chunks * OVERHEAD:
            raise DoesNotOpen("This is not as long as it was when it was sealed.")
        source.seek(body)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """As many bytes as asked for, fewer only at the end; all that are left where no number is given."""
        wanted = self.summary.size if size is None or size < 0 else size
        kept = _Pieces()
        while wanted > 0 and (got := kept.add(self._take(wanted))):
            wanted -= got
        return kept.joined()

    def read1(self, size: int = -1, /) -> bytes:
        """What is left of one chunk, or ``size`` bytes of it."""
        return self._take(CHUNK if size < 0 else size)

    def chunks(self) -> Iterator[bytes]:
        """The content, up to 64 KiB at a time."""
        while piece := self._take(CHUNK):
            yield piece

    def close(self) -> None:
        self._opened = b""
        super().close()

    def _take(self, size: int) -> bytes:
        if self.closed:
            raise ValueError("This stream is closed.")
        if self._at == len(self._opened) and self._next < self._chunks:
            self._opened = b""
            sealed = CHUNK + OVERHEAD if self._next < self._chunks - 1 else self._last
            self._opened = self._open(self._source.read(sealed), self._next, _PART).reveal()
            self._next += 1
            self._at = 0
        start, self._at = self._at, min(self._at + size, len(self._opened))
        return self._opened if start == 0 and self._at == len(self._opened) else self._opened[start : self._at]

    @property
    def _last(self) -> int:
        return self.summary.size - (self._chunks - 1) * CHUNK + OVERHEAD

    def _open(self, ciphertext: bytes, number: int, what: bytes) -> Secret[bytes]:
        bound = self._associated_data + _place(self._salt, number, what)
        found = opened(self._cipher, ciphertext, bound)
        if found is None:
            raise DoesNotOpen(
                "This was altered, cut short or lengthened since it was sealed."
                if what == _END
                else f"Chunk {number} of this was altered, or belongs to another place."
            )
        return found


class _Pieces:
    """What was read so far. Not a variable of whoever reads: the next chunk may not open, and a reporter would show
    what the ones before it held."""

    __slots__ = ("_all",)

    def __init__(self) -> None:
        self._all: list[bytes] = []

    def add(self, piece: bytes) -> int:
        self._all.append(piece)
        return len(piece)

    def joined(self) -> bytes:
        return b"".join(self._all)


def read_header(source: Readable) -> Header:
    """The header of a stream, which opens nothing. Raises :class:`DoesNotOpen`. The salt is read next."""
    source.seek(0)
    fixed = source.read(FIXED)
    return Header.decoded(fixed + source.read(Header.wrapped_length(fixed)))


def _place(salt: bytes, number: int, what: bytes) -> bytes:
    return joined(salt, number.to_bytes(8, "big"), what)
