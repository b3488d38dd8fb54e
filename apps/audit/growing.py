"""Leaves at the end of a tree, and the hashes over full tiles that become complete by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specward.tlog import CompactRange
from specward.tlog.tiles import WIDTH


@dataclass(frozen=True, slots=True)
class FullTile:
    """The hash over a full tile: over ``256 ** level`` leaves, of which this is the ``index``-th such stretch."""

    level: int
    index: int
    hash: bytes


def grown(tree: CompactRange, leaves: Sequence[bytes]) -> tuple[CompactRange, list[FullTile]]:
    """The range of a whole tree with more leaf hashes at its end, and the tiles that became full."""
    done = 0
    tiles: list[FullTile] = []
    while done < len(leaves):
        whole, tile = _cut(tree, WIDTH)
        piece = leaves[done : done + WIDTH - (tile.end - tile.begin)]
        done += len(piece)
        tile.extend(piece)
        tree = _joined(whole, tile, 1, tiles)
    return tree, tiles


def _joined(tree: CompactRange, stretch: CompactRange, level: int, tiles: list[FullTile]) -> CompactRange:
    """A stretch behind the tree. Where that is a full tile of its level it is noted, and so are those above it."""
    width = WIDTH**level
    if stretch.end - stretch.begin < width:
        tree.merge(stretch)
        return tree
    tiles.append(FullTile(level, stretch.begin // width, stretch.hashes[0]))
    whole, above = _cut(tree, width * WIDTH)
    above.merge(stretch)
    return _joined(whole, above, level + 1, tiles)


def _cut(tree: CompactRange, width: int) -> tuple[CompactRange, CompactRange]:
    """The full stretches of ``width`` leaves, and the rest. Each has a hash for every bit of its size."""
    begin = tree.end - tree.end % width
    kept = len(tree.hashes) - (tree.end % width).bit_count()
    return CompactRange(0, begin, tree.hashes[:kept]), CompactRange(begin, tree.end, tree.hashes[kept:])
