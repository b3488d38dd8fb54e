"""The little of HTTP/1.1 that a proxy needs: heads, and where a body ends (RFC 9112)."""

from __future__ import annotations

import re
from asyncio import IncompleteReadError, LimitOverrunError, StreamReader
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

HEAD_LIMIT: Final = 256 * 1024
CHUNK: Final = 64 * 1024
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"te", b"trailer", b"upgrade", b"proxy-connection", b"proxy-authorization"}
)
"""Headers that are for one connection only (RFC 9110, section 7.6.1)."""


class Malformed(Exception):
    """A head or a body that is not HTTP/1.1, or that two readers could read differently."""


class Body(Enum):
    """How a body ends, where not after a number of bytes."""

    CHUNKED = "chunked"
    TO_THE_END = "to the end of the connection"


@dataclass(frozen=True, slots=True)
class Head:
    """The first line, and the headers without those of the connection itself."""

    first: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    def values(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.headers if key.lower() == name]

    def without(self, *names: bytes) -> Head:
        return Head(self.first, tuple((key, value) for key, value in self.headers if key.lower() not in names))

    def encode(self, *more: tuple[bytes, bytes]) -> bytes:
        lines = [self.first, *(key + b": " + value for key, value in (*self.headers, *more)), b"", b""]
        return b"\r\n".join(lines)


async def read_head(reader: StreamReader) -> Head | None:
    """The next head, or ``None`` where the connection has ended before one. Raises :class:`Malformed`."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except IncompleteReadError as ended:
        if not ended.partial.strip():
            return None
        raise Malformed("the head is cut off") from ended
    except LimitOverrunError as over:
        raise Malformed("the head is too long") from over
    first, *lines = raw[:-4].split(b"\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(b":")
        # No folded lines, no blank before the colon, no bare CR or LF: what two readers could take differently.
        if not colon or not _NAME.fullmatch(name) or b"\r" in value or b"\n" in value or b"\0" in value:
            raise Malformed("a header is malformed")
        if name.lower() not in _HOP:
            headers.append((name, value.strip(b" \t")))
    if b"\n" in first or b"\r" in first:
        raise Malformed("the first line is malformed")
    return Head(first, tuple(headers))


def body_length(head: Head, *, default: int | Body) -> int | Body:
    """Where the body of ``head`` ends; ``default`` where the head does not say. Raises :class:`Malformed`."""
    codings = b",".join(head.values(b"transfer-encoding")).lower().strip()
    lengths = {value for given in head.values(b"content-length") for value in given.split(b",")}
    if codings:
        if codings != b"chunked" or lengths:
            raise Malformed("the body has two lengths, or an unknown coding")
        return Body.CHUNKED
    if not lengths:
        return default
    length = {value.strip() for value in lengths}.pop()
    if len(lengths) > 1 or not length.isdigit() or len(length) > 15:
        raise Malformed("the length of the body is malformed")
    return int(length)


async def read_body(reader: StreamReader, length: int | Body) -> AsyncIterator[bytes]:
    """The body in pieces, exactly as it came. Raises :class:`Malformed` where it is cut off."""
    if length is Body.TO_THE_END:
        while piece := await reader.read(CHUNK):
            yield piece
    elif length is Body.CHUNKED:
        async for piece in _read_chunks(reader):
            yield piece
    elif isinstance(length, int):
        left = length
        while left:
            piece = await reader.read(min(left, CHUNK))
            if not piece:
                raise Malformed("the body is cut off")
            left -= len(piece)
            yield piece


async def _read_chunks(reader: StreamReader) -> AsyncIterator[bytes]:
    while True:
        line = await _line(reader)
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None:
            raise Malformed("a chunk has no size")
        yield line
        count = int(size.group(1), 16)
        if count == 0:
            break
        async for piece in read_body(reader, count):
            yield piece
        end = await _line(reader)
        if end != b"\r\n":
            raise Malformed("a chunk is longer than it says")
        yield end
    while True:
        line = await _line(reader)  # trailers, up to the empty line
        yield line
        if line == b"\r\n":
            return


async def _line(reader: StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n")
    except (IncompleteReadError, LimitOverrunError) as failed:
        raise Malformed("the body is cut off") from failed
