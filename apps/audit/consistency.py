"""Whether the tables of a log still say what was signed: for whoever looks, in the log of the tenant whose walls stand.

What is found is told in words of ours and places of the log. Who owns the database could put all of it right again but
for what has left the house: a head that somebody else keeps (:func:`contradicts`).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Final

from django.db import connection

from apps.audit.log_keys import reigns
from apps.audit.placed import Placed, announced, read
from apps.audit.placing import hashes_in
from apps.audit.tiles import hashes_over
from apps.audit.tree import Checkpoint, Head
from specward.tlog import (
    CompactRange,
    NoteRefused,
    ProofRefused,
    TileRefused,
    consistency_proof,
    open_checkpoint,
    verify_consistency,
)


def head_disagrees() -> str:
    """Why head, newest checkpoint, its signature and the tiles do not agree; empty where they do, and where nothing
    was signed yet."""
    # In this order: the head only moves on, so that it covers whatever checkpoint was read before it.
    newest = Checkpoint.objects.first()
    head = Head.objects.filter(id=1).first()
    keys = [reign for reign in reigns() if reign.since is not None]
    if newest is None:
        return "It has a key that has signed nothing." if keys else ""
    if head is None or head.size < newest.size:
        return f"{newest.size} entries were signed, and it has fewer."
    root = bytes(newest.root)
    reigned = [reign.key for reign in keys if reign.since == 0 or (reign.since or 0) < newest.size]
    try:
        signed = open_checkpoint(newest.note.encode(), reigned[-1:])
        if signed.size != newest.size or not hmac.compare_digest(signed.root, root):
            return "What was signed is another head than the row of the checkpoint says."
        hash_of = hashes_over(head.size)
        frontier = CompactRange(0, head.size, hashes_in(bytes(head.frontier))).root()
        if not hmac.compare_digest(hash_of(0, head.size), frontier):
            return "Its rows do not hash to its head."
        path = consistency_proof(newest.size, head.size, hash_of)
        verify_consistency(newest.size, head.size, path, root, frontier)
    except NoteRefused:
        return "The newest checkpoint is not signed by the log's key."
    except (ProofRefused, TileRefused):
        return f"Its first {newest.size} leaves are not those that were signed."
    return ""


def contradicts(size: int, root: bytes, note: str) -> str:
    """Why the log as it is now is no continuation of a head that was kept elsewhere; empty where it is one.

    ``note`` is the whole of it, signed; ``size`` and ``root`` are what it is said to say.
    """
    newest = Checkpoint.objects.first()
    if newest is None or newest.size < size:
        return f"{size} entries were signed then, and now it has {0 if newest is None else newest.size}."
    try:
        signed = open_checkpoint(note.encode(), [reign.key for reign in reigns()])
    except NoteRefused:
        return "What is kept is not signed by the log's key."
    if signed.size != size or not hmac.compare_digest(signed.root, root):
        return "What is kept says something else than its signed note."
    try:
        path = consistency_proof(size, newest.size, hashes_over(newest.size))
        verify_consistency(size, newest.size, path, root, bytes(newest.root))
    except (ProofRefused, TileRefused):
        return f"Its first {size} entries are others than those that were signed then."
    return ""


def not_as_logged(first: int, last: int) -> Iterator[int]:
    """The places from ``first`` to ``last``, both included, whose entry does not hash to its leaf. Memory: a thousand
    entries; no transaction stays open."""
    for place in read(first, last):
        if isinstance(place, Placed) and not place.is_as_logged:
            yield place.index


_ABSENT: Final = """
    SELECT l.index FROM audit_leaf l LEFT JOIN audit_entry e ON e.id = l.entry_id
    WHERE l.index >= %s AND l.index < %s AND (e.id IS NULL OR l.salt IS NULL) ORDER BY l.index LIMIT %s
"""


def absent(most: int) -> list[int]:
    """The places, ``most`` at most, whose entry or salt is gone though no entry announced that, and those that have no
    leaf."""
    size = Head.objects.values_list("size", flat=True).first() or 0
    found: list[int] = []
    with connection.cursor() as cursor:
        for begin, end in _unannounced(size):
            cursor.execute(_ABSENT, [begin, end, most - len(found)])
            found += [index for (index,) in cursor.fetchall()]
    return found


def _unannounced(size: int) -> Iterator[tuple[int, int]]:
    """The stretches below ``size`` of which nothing was announced as pruned: first, and the one after the last."""
    begin = 0
    for first, last, _ in sorted(announced()):
        if begin < first:
            yield begin, min(first, size)
        begin = max(begin, last + 1)
    if begin < size:
        yield begin, size
