"""The hash of a Merkle tree: RFC 9162, section 2.1.1, with SHA-256.

A leaf is hashed behind the byte 0x00, a node behind 0x01, so that neither can be passed off as the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from specward.tlog.refusals import ProofRefused

HASH_BYTES: Final = 32
MAX_SIZE: Final = 2**63 - 1
"""Leaves in a tree. Tree sizes of C2SP and of databases are signed 64-bit numbers."""

EMPTY_ROOT: Final = sha256(b"").digest()
"""The hash of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """``SHA-256(0x00 || data)``, 32 bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """``SHA-256(0x01 || left || right)``, 32 bytes, of two hashes of 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of hashes (at least one), level by level."""
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return hashes[0]


def whole(number: object, what: str, *, limit: int = MAX_SIZE) -> int:
    """The number, if it is exactly an ``int`` (no bool, no float) from 0 to ``limit``. Raises :class:`ProofRefused`."""
    if type(number) is not int:
        raise ProofRefused(f"The {what} is not a whole number.")
    if not 0 <= number <= limit:
        raise ProofRefused(f"The {what} is not between 0 and {limit}.")
    return number


def hash_32(value: object, what: str) -> bytes:
    """The hash, if it is exactly 32 bytes. Raises :class:`ProofRefused`."""
    if type(value) is not bytes:
        raise ProofRefused(f"The {what} is not bytes.")
    if len(value) != HASH_BYTES:
        raise ProofRefused(f"The {what} has {len(value)} bytes; a hash has {HASH_BYTES}.")
    return value
