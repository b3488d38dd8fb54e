"""Inclusion and consistency proofs: RFC 9162, sections 2.1.3 and 2.1.4.

They are made from a function that hashes a stretch of leaves (over a list, or over tiles), and verified by the
RFC's iterative algorithms, which need no more than the proof itself.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Final

from specward.tlog.hashing import hash_32, node_hash, whole
from specward.tlog.ranges import tree_head
from specward.tlog.refusals import ProofRefused

MAX_PATH: Final = 64
"""Hashes in a proof. A tree of 2^63 leaves needs 63, a consistency proof one more."""

HashOf = Callable[[int, int], bytes]
"""``MTH(D[start:end])`` for the stretches that sections 2.1.3.1 and 2.1.4.1 ask for."""


def hashes_of(leaves: Sequence[bytes]) -> HashOf:
    """Hashes over a list of leaf hashes."""
    return lambda start, end: tree_head(leaves[start:end])


def _split(count: int) -> int:
    """The largest power of two below ``count`` (at least 2): where section 2.1.1 cuts a list."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, hash_of: HashOf) -> list[bytes]:
    """``PATH(index, D[size])`` of section 2.1.3.1: from the leaf's sibling to the child of the root."""
    whole(size, "tree size")
    whole(index, "leaf index", limit=max(size - 1, 0))
    if not size:
        raise ProofRefused("An empty tree includes nothing.")
    start, end = 0, size
    path: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(hash_of(middle, end))
            end = middle
        else:
            path.append(hash_of(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(first: int, second: int, hash_of: HashOf) -> list[bytes]:
    """``PROOF(first, D[second])`` of section 2.1.4.1, ``0 < first <= second``; of a tree with itself it is empty."""
    whole(second, "second tree size")
    whole(first, "first tree size", limit=second)
    if not first:
        raise ProofRefused("Nothing is proven of an empty tree: every tree extends it.")
    start, end, wanted = 0, second, first
    path: list[bytes] = []
    known = True  # the stretch is the whole first tree, whose hash the verifier has
    while wanted != end:
        middle = start + _split(end - start)
        if wanted <= middle:
            path.append(hash_of(middle, end))
            end = middle
        else:
            path.append(hash_of(start, middle))
            start, known = middle, False
    if not known:
        path.append(hash_of(start, end))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Section 2.1.3.2: that the leaf hash stands at ``index`` in the tree of ``size`` leaves with this root.

    Raises :class:`ProofRefused` where it is not proven.
    """
    whole(index, "leaf index")
    whole(size, "tree size")
    computed = hash_32(leaf, "leaf hash")
    hash_32(root, "root")
    _checked(path)
    if index >= size:
        raise ProofRefused(f"Leaf {index} cannot be in a tree of {size}.")
    at, last = index, size - 1
    for sibling in path:
        if not last:
            raise ProofRefused("The inclusion proof is too long.")
        if at & 1 or at == last:
            computed = node_hash(sibling, computed)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise ProofRefused("The inclusion proof is too short.")
    if not hmac.compare_digest(computed, root):
        raise ProofRefused("The inclusion proof leads to another root.")


def verify_consistency(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> None:
    """Section 2.1.4.2: that the tree of ``first`` leaves is the beginning of the tree of ``second``.

    Raises :class:`ProofRefused` where it is not proven. Of ``first`` = 0 nothing can be proven, and that is refused.
    """
    whole(first, "first tree size")
    whole(second, "second tree size")
    _checked(path)
    if not 0 < first <= second:
        raise ProofRefused(f"A tree of {second} cannot be proven to extend one of {first}.")
    if first == second:
        if path:
            raise ProofRefused("A tree is consistent with itself by an empty proof.")
        if not hmac.compare_digest(first_root, second_root):
            raise ProofRefused("Two trees of one size have different roots.")
        return
    hash_32(first_root, "first root")
    hash_32(second_root, "second root")
    if not path:
        raise ProofRefused("The consistency proof is empty.")
    steps = [first_root, *path] if first & first - 1 == 0 else list(path)
    at, last = first - 1, second - 1
    while at & 1:
        at >>= 1
        last >>= 1
    old = new = steps[0]
    for sibling in steps[1:]:
        if not last:
            raise ProofRefused("The consistency proof is too long.")
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise ProofRefused("The consistency proof is too short.")
    if not hmac.compare_digest(old, first_root):
        raise ProofRefused("The consistency proof leads to another first root.")
    if not hmac.compare_digest(new, second_root):
        raise ProofRefused("The consistency proof leads to another second root.")


def _checked(path: Sequence[bytes]) -> None:
    if len(path) > MAX_PATH:
        raise ProofRefused(f"A proof has at most {MAX_PATH} hashes.")
    for each in path:
        hash_32(each, "hash in the proof")
