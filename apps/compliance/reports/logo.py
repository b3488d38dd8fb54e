"""The tenant's picture on its reports: a PNG, read to the last byte and written anew, or refused.

What stands in a mail and in a PDF is read by programs of other people. So of the file that somebody brings nothing is
kept but its pixels, packed by us: no text, no profile, no animation, nothing behind its end (PNG, third edition, W3C).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from apps.audit.acting import narrating
from apps.compliance.reports.errors import LogoRefused
from apps.compliance.reports.models import Letterhead

LARGEST: Final = 256 * 1024
"""Bytes of the file."""
MOST_PIXELS: Final = 2_000
"""On each side."""
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of a pixel, by the type of colour."""
_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_KEPT: Final = (b"PLTE", b"tRNS")
_FILTERS: Final = 5


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG as we write it."""

    png: bytes
    width: int
    height: int


def keep(brought: bytes) -> Letterhead:
    """Puts a picture on all reports that are mailed from now on. Raises :class:`LogoRefused`."""
    made = read(brought)
    with transaction.atomic(), narrating("The picture on reports was changed"):
        found, _ = Letterhead.objects.update_or_create(
            id=1, defaults={"png": made.png, "width": made.width, "height": made.height, "since": timezone.now()}
        )
    return found


def drop() -> None:
    """Reports have no picture any more."""
    with transaction.atomic(), narrating("The picture on reports was taken away"):
        Letterhead.objects.all().delete()


def read(brought: bytes) -> Picture:
    """The picture in a file. Raises :class:`LogoRefused`: for what is too large, no PNG, damaged, or interlaced."""
    if len(brought) > LARGEST:
        raise LogoRefused(f"it has {len(brought):,} bytes, and may have {LARGEST:,}. Make it smaller")
    if not brought.startswith(_SIGNATURE):
        raise LogoRefused("it is no PNG. Save it as one")
    chunks = list(_chunks(brought))
    if chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1] != (b"IEND", b""):
        raise LogoRefused("it is a damaged PNG: it does not begin or end as one")
    width, height, depth, colour, packing, filtering, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if not 1 <= width <= MOST_PIXELS or not 1 <= height <= MOST_PIXELS:
        raise LogoRefused(f"it has {width:,} by {height:,} pixels, and may have {MOST_PIXELS:,} on each side")
    if colour not in _DEPTHS or depth not in _DEPTHS[colour] or packing or filtering:
        raise LogoRefused("it is a damaged PNG: there are no such colours")
    if interlaced:
        raise LogoRefused("it is interlaced. Save it without")
    in_a_line = 1 + (width * _SAMPLES[colour] * depth + 7) // 8
    pixels = _pixels([data for name, data in chunks if name == b"IDAT"], in_a_line, height)
    whole = [(b"IHDR", chunks[0][1]), *_colours(chunks, colour), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")]
    return Picture(_SIGNATURE + b"".join(_chunk(name, data) for name, data in whole), width, height)


def _chunks(brought: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(brought):
        if at + 12 > len(brought):
            raise LogoRefused("it is a damaged PNG: it is cut off")
        (length,) = struct.unpack_from(">I", brought, at)
        name, end = brought[at + 4 : at + 8], at + 12 + length
        if end > len(brought):
            raise LogoRefused("it is a damaged PNG: it is cut off")
        data = brought[at + 8 : end - 4]
        if struct.unpack_from(">I", brought, end - 4)[0] != zlib.crc32(name + data):
            raise LogoRefused("it is a damaged PNG: a checksum is wrong")
        yield name, data
        if name == b"IEND":
            if end != len(brought):
                raise LogoRefused("something stands behind its end")
            return
        at = end
    raise LogoRefused("it is a damaged PNG: it has no end")


def _pixels(packed: list[bytes], in_a_line: int, height: int) -> bytes:
    """Unpacked to exactly as much as its size asks for, and never more."""
    wanted = in_a_line * height
    unpacking = zlib.decompressobj()
    try:
        pixels = unpacking.decompress(b"".join(packed), wanted + 1)
    except zlib.error:
        raise LogoRefused("it is a damaged PNG: its pixels cannot be unpacked") from None
    if len(pixels) != wanted or not unpacking.eof or unpacking.unused_data:
        raise LogoRefused("it is a damaged PNG: it has more or fewer pixels than it says")
    if any(pixels[line] >= _FILTERS for line in range(0, wanted, in_a_line)):
        raise LogoRefused("it is a damaged PNG: a line is filtered in no known way")
    return pixels


def _colours(chunks: list[tuple[bytes, bytes]], colour: int) -> Iterator[tuple[bytes, bytes]]:
    """Palette and transparency, where they fit."""
    found = {name: data for name, data in chunks if name in _KEPT}
    palette, clear = found.get(b"PLTE"), found.get(b"tRNS")
    if colour == 3 and (palette is None or len(palette) % 3 or not 3 <= len(palette) <= 768):
        raise LogoRefused("it is a damaged PNG: its colours are not listed")
    if colour == 3 and palette is not None:
        yield b"PLTE", palette
    fits = {0: 2, 2: 6, 3: len(palette or b"") // 3}.get(colour)
    if clear is not None and fits is not None and (len(clear) == fits or (colour == 3 and 1 <= len(clear) < fits)):
        yield b"tRNS", clear


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
