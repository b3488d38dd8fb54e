"""The tree of the tenant whose walls stand, read by tiles: for proofs, and to see that it still is what was signed."""

from __future__ import annotations

from apps.audit.tree import Leaf, Node
from specward.tlog import ProofRefused, Tile, TiledTree
from specward.tlog.proofs import HashOf
from specward.tlog.tiles import WIDTH


def read_tile(tile: Tile) -> bytes:
    """The hashes of a tile, behind each other; fewer than its width where rows are missing."""
    first = tile.index * WIDTH
    found = (
        Leaf.objects.filter(index__gte=first, index__lt=first + tile.width).order_by("index")
        if not tile.level
        else Node.objects.filter(level=tile.level, index__gte=first, index__lt=first + tile.width).order_by("index")
    )
    return b"".join(bytes(each) for each in found.values_list("hash", flat=True))


def hashes_over(size: int) -> HashOf:
    """``MTH(D[start:end])`` within the first ``size`` leaves. Raises ``TileRefused`` where rows are missing."""
    kept: dict[Tile, bytes] = {}

    def read(tile: Tile) -> bytes:
        if tile not in kept:
            kept[tile] = read_tile(tile)
        return kept[tile]

    return TiledTree(size, read).hash_of


def root_of(size: int) -> bytes:
    """The root of the tree of the first ``size`` leaves, at least one, as its tiles say."""
    if not size:
        raise ProofRefused("An empty tree has no tiles.")
    return hashes_over(size)(0, size)
