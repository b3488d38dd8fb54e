"""Compact ranges: what must be kept of leaves ``begin`` to ``end`` to go on hashing, O(log n) hashes.

A range falls apart into perfect subtrees, each as large as its place and the range allow: first growing ones, then
shrinking ones. Two ranges that touch merge into one; a range from 0 has the root of its tree. A log that keeps the
range of all its leaves can append without reading any of them again.
"""

from __future__ import annotations

from collections.abc import Sequence

from specward.tlog.hashing import EMPTY_ROOT, hash_32, node_hash, perfect_root, whole
from specward.tlog.refusals import ProofRefused


def subtree_heights(begin: int, end: int) -> list[int]:
    """The heights of the perfect subtrees that ``[begin, end)`` falls apart into, from the left."""
    heights: list[int] = []
    while begin < end:
        fits = (end - begin).bit_length() - 1
        height = min(fits, (begin & -begin).bit_length() - 1) if begin else fits
        heights.append(height)
        begin += 1 << height
    return heights


class CompactRange:
    """The range ``[begin, end)``, as :attr:`hashes` of its perfect subtrees from the left.

    With ``end`` and ``hashes`` it is a kept one that goes on. Raises :class:`ProofRefused` where their count or form
    cannot be that of the range.
    """

    __slots__ = ("_heights", "begin", "end", "hashes")

    def __init__(self, begin: int = 0, end: int | None = None, hashes: Sequence[bytes] = ()) -> None:
        self.begin = whole(begin, "begin of the range")
        self.end = begin if end is None else whole(end, "end of the range")
        if self.end < self.begin:
            raise ProofRefused("The range ends before it begins.")
        self._heights = subtree_heights(self.begin, self.end)
        if len(hashes) != len(self._heights):
            raise ProofRefused(f"The range has {len(hashes)} hashes; it needs {len(self._heights)}.")
        self.hashes = [hash_32(each, "hash in the range") for each in hashes]

    def copy(self) -> CompactRange:
        return CompactRange(self.begin, self.end, self.hashes)

    def append(self, leaf: bytes) -> None:
        """One more leaf hash at the end; O(log n), on average one hash."""
        self._push(hash_32(leaf, "leaf hash"), 0)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """More leaf hashes at the end. The same as appending each, and several times as fast."""
        for leaf in leaves:
            hash_32(leaf, "leaf hash")
        done = 0
        while done < len(leaves):
            fits = (len(leaves) - done).bit_length() - 1
            height = min(fits, (self.end & -self.end).bit_length() - 1) if self.end else fits
            self._push(perfect_root(leaves[done : done + (1 << height)]), height)
            done += 1 << height

    def merge(self, right: CompactRange) -> None:
        """Take over the range that begins where this one ends. Raises :class:`ProofRefused` if it begins elsewhere."""
        if right.begin != self.end:
            raise ProofRefused(f"A range from {right.begin} does not follow one that ends at {self.end}.")
        for each, height in zip(tuple(right.hashes), tuple(right._heights), strict=True):
            self._push(each, height)

    def root(self) -> bytes:
        """The root of the tree of the first :attr:`end` leaves (RFC 9162, section 2.1.1). The range must begin at 0."""
        if self.begin:
            raise ProofRefused("Only a range that begins at 0 has a root.")
        return fold(self.hashes) if self.hashes else EMPTY_ROOT

    def _push(self, node: bytes, height: int) -> None:
        """A perfect subtree at the end; with its left sibling, where that is here, it becomes their parent."""
        start = self.end
        self.end = whole(start + (1 << height), "end of the range")
        while self._heights and self._heights[-1] == height and start >> height & 1:
            node = node_hash(self.hashes.pop(), node)
            self._heights.pop()
            start -= 1 << height
            height += 1
        self.hashes.append(node)
        self._heights.append(height)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over shrinking perfect subtrees from the left (at least one): the last two become one, and so on."""
    folded = hashes[-1]
    for left in reversed(hashes[:-1]):
        folded = node_hash(left, folded)
    return folded


def tree_head(leaves: Sequence[bytes]) -> bytes:
    """``MTH`` of RFC 9162, section 2.1.1, over leaf hashes."""
    everything = CompactRange()
    everything.extend(leaves)
    return everything.root()
