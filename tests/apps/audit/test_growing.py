"""Tiles become full as leaves come, in whatever pieces they come: each holds the hash over its leaves."""

from __future__ import annotations

import random
from hashlib import sha256

import pytest

from apps.audit.growing import FullTile, grown
from specward.tlog import CompactRange, tree_head

LEAVES = [sha256(number.to_bytes(4, "big")).digest() for number in range(66_000)]


@pytest.mark.parametrize("seed", range(3))
def test_every_full_tile_is_given_once_with_the_hash_over_its_leaves(seed: int) -> None:
    dice = random.Random(seed)
    tree = CompactRange()
    tiles: list[FullTile] = []
    done = 0
    while done < len(LEAVES):
        piece = LEAVES[done : done + dice.choice((1, 3, 255, 256, 257, 1_000, 9_999))]
        tree, new = grown(tree, piece)
        tiles += new
        done += len(piece)
    assert tree.root() == tree_head(LEAVES)
    widths = {1: 256, 2: 65_536}
    wanted = {(level, index) for level, width in widths.items() for index in range(len(LEAVES) // width)}
    assert len(tiles) == len(wanted) and {(tile.level, tile.index) for tile in tiles} == wanted
    for tile in tiles:
        width = widths[tile.level]
        assert tile.hash == tree_head(LEAVES[tile.index * width : (tile.index + 1) * width])
