"""PNGs for tests, good and bad."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width: int, height: int, depth: int = 8, colour: int = 6, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def png(width: int, height: int, *, more: bytes = b"", pixels: bytes | None = None, after: bytes = b"") -> bytes:
    """Blue, with an alpha channel. ``more`` stands before its pixels, ``after`` behind its end."""
    line = b"\0" + b"\x28\x56\xc3\xff" * width
    packed = zlib.compress(line * height) if pixels is None else pixels
    return SIGNATURE + header(width, height) + more + chunk(b"IDAT", packed) + chunk(b"IEND", b"") + after
