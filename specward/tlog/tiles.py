"""Tiles: c2sp.org/tlog-tiles, a Merkle tree as files of up to 256 hashes that never change.

The tile ``index`` of ``level`` holds the hashes of subtrees of ``256**level`` leaves. A proof needs a handful of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from specward.tlog.hashing import HASH_BYTES, MAX_SIZE, perfect_root, whole
from specward.tlog.ranges import fold, subtree_heights
from specward.tlog.refusals import TileRefused

WIDTH: Final = 256
"""Hashes in a full tile."""

MAX_LEVEL: Final = 63
MAX_ENTRY_BYTES: Final = 65_535
"""Of one entry in an entry bundle: its length is two bytes."""

_PATH: Final = re.compile(
    r"tile/(?:(?P<level>0|[1-9][0-9]?)|entries)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: ``level`` is ``None`` for an entry bundle. ``width`` is 1 to 256; below 256 it is a partial one."""

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if self.level is not None:
            whole(self.level, "level of a tile", limit=MAX_LEVEL)
        whole(self.index, "index of a tile")
        if not whole(self.width, "width of a tile", limit=WIDTH) >= 1:
            raise TileRefused("An empty tile is not served.")

    @property
    def path(self) -> str:
        """Where it is served below the log's prefix: the index 1234067 is ``x001/x234/067``."""
        rest, last = divmod(self.index, 1000)
        parts = [f"{last:03d}"]
        while rest:
            rest, part = divmod(rest, 1000)
            parts.append(f"x{part:03d}")
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{'entries' if self.level is None else self.level}/{'/'.join(reversed(parts))}{partial}"

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile at a path. Raises :class:`TileRefused` where it is not written in the one way."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise TileRefused("This is no path of a tile.")
        digits = found["index"].replace("/", "").replace("x", "")
        index, width = int(digits[:24]), int(found["width"] or WIDTH)
        level = None if found["level"] is None else int(found["level"])
        if len(digits) > 21 or index > MAX_SIZE or width > WIDTH or (level or 0) > MAX_LEVEL:
            raise TileRefused("The path of a tile has a number over its limit.")
        tile = cls(level, index, width)
        if tile.path != path:
            raise TileRefused("The path of a tile is written in another way.")
        return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """All tiles of a tree of this size, entry bundles left out: level by level, the partial one last."""
    whole(size, "tree size")
    level = 0
    while count := size >> 8 * level:
        for index in range(count // WIDTH):
            yield Tile(level, index)
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)
        level += 1


def entry_tile(index: int, size: int) -> Tile:
    """The entry bundle with this entry, as wide as it is in a tree of this size."""
    whole(size, "tree size")
    whole(index, "entry index", limit=max(size - 1, 0))
    return Tile(None, index // WIDTH, min(WIDTH, size - index // WIDTH * WIDTH))


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry behind its length, two bytes, big-endian. Raises :class:`TileRefused`."""
    if not 1 <= len(entries) <= WIDTH:
        raise TileRefused(f"An entry bundle has 1 to {WIDTH} entries.")
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TileRefused(f"An entry in a bundle is at most {MAX_ENTRY_BYTES:,} bytes.")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_entries(bundle: bytes, width: int) -> list[bytes]:
    """The ``width`` entries of an entry bundle, and nothing behind them. Raises :class:`TileRefused`."""
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > len(bundle) or at > len(bundle):
            raise TileRefused(f"The entry bundle ends within entry {len(entries)} of {width}.")
        entries.append(bundle[start:at])
    if at != len(bundle):
        raise TileRefused(f"The entry bundle goes on after {width} entries.")
    return entries


def decode_tile(tile: bytes, width: int) -> list[bytes]:
    """The ``width`` hashes of a tile. Raises :class:`TileRefused` for any other length."""
    if len(tile) != width * HASH_BYTES:
        raise TileRefused(f"A tile of {width} hashes has {width * HASH_BYTES} bytes, not {len(tile)}.")
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


class TiledTree:
    """Hashes of a tree of ``size`` leaves from its tiles, for proofs. ``read`` brings the bytes of a tile.

    What tiles say is believed: whoever made the proof is not who verifies it.
    """

    def __init__(self, size: int, read: Callable[[Tile], bytes]) -> None:
        self.size = whole(size, "tree size")
        self._read = read

    def hash_of(self, start: int, end: int) -> bytes:
        """``MTH(D[start:end])``, the stretch as sections 2.1.3.1 and 2.1.4.1 of RFC 9162 cut it."""
        folded: list[bytes] = []
        for height in subtree_heights(start, end):
            folded.append(self._perfect(start, height))
            start += 1 << height
        return fold(folded)

    def _perfect(self, start: int, height: int) -> bytes:
        """The root of the perfect subtree of ``2**height`` leaves from ``start``: over up to 128 hashes of one tile."""
        level, above = divmod(height, 8)
        index, first = divmod(start >> 8 * level, WIDTH)
        width = min(WIDTH, (self.size >> 8 * level) - index * WIDTH)
        hashes = decode_tile(self._read(Tile(level, index, width)), width)
        return perfect_root(hashes[first : first + (1 << above)])
