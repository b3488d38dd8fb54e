"""Checkpoints: the head of a tenant's log, signed when there is something new.

What does not continue what was signed before is not signed: where somebody has written into the tree past the
sequencer, the log stands still and says so, rather than vouch for it.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from apps.audit.errors import TreeDoesNotContinue
from apps.audit.log_keys import Reign, ensure_key, reigns, signing_key
from apps.audit.placing import hashes_in
from apps.audit.tiles import hashes_over, root_of
from apps.audit.tree import Checkpoint, Head
from specward.tlog import Checkpoint as Signed
from specward.tlog import (
    CompactRange,
    NoteRefused,
    ProofRefused,
    SigningKey,
    TileRefused,
    open_checkpoint,
    sign_checkpoint,
)

_MILLISECOND: Final = datetime.timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What is to be signed: the size, the newest checkpoint before it, and by which keys."""

    size: int
    before: Checkpoint | None
    signers: tuple[Reign, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The last checkpoint that this process knows of a log, apart from the database: whoever owns that could take
    checkpoints away, write the log anew, and have it signed."""

    size: int
    root: bytes

    @staticmethod
    def newest() -> Known:
        """As the database says now."""
        found = Checkpoint.objects.first()
        return Known(0, b"") if found is None else Known(found.size, bytes(found.root))


def sign(known: Known | None = None) -> Checkpoint | None:
    """Signs the head of the log of the tenant whose walls stand; None where it is signed already.

    What does not continue ``known`` either is not signed. Raises :class:`TreeDoesNotContinue`, and what the key service
    raises. No transaction is open while keys are fetched.
    """
    ensure_key()
    while True:
        if known is not None and known.size:
            _refuse_unless_known(known)
        waiting = _waiting()
        if waiting is None:
            return None
        keys = {reign.id: signing_key(reign) for reign in waiting.signers}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT FROM audit_head FOR UPDATE")
            again = _waiting()
            if again is None:
                return None
            if all(reign.id in keys for reign in again.signers):
                return _sign(again, [keys[reign.id] for reign in again.signers])


def _waiting() -> _Waiting | None:
    head = Head.objects.filter(id=1).first()
    before = Checkpoint.objects.first()
    covered = 0 if before is None else before.size
    if head is None or head.size <= covered:
        return None
    placed = [reign for reign in reigns() if reign.since is not None]
    ruled = [reign for reign in placed if reign.since == 0 or (reign.since or 0) < covered]
    new = [reign for reign in placed if reign not in ruled and (reign.since or 0) < head.size]
    return _Waiting(head.size, before, (ruled[-1], *new))


def _sign(waiting: _Waiting, keys: list[SigningKey]) -> Checkpoint:
    head = Head.objects.get(id=1)
    root = CompactRange(0, head.size, hashes_in(bytes(head.frontier))).root()
    _refuse_unless_continued(waiting, root)
    note = sign_checkpoint(Signed(keys[0].name, head.size, root), *keys)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    waited = now - (head.waiting_since or now)
    made = Checkpoint.objects.create(
        size=head.size,
        root=root,
        note=note.decode(),
        signed=now,
        entries=head.size - (0 if waiting.before is None else waiting.before.size),
        waited=max(waited, datetime.timedelta()) // _MILLISECOND,
    )
    Head.objects.filter(id=1).update(waiting_since=None)
    return made


def _refuse_unless_known(known: Known) -> None:
    newest = Checkpoint.objects.first()
    try:
        if newest is None or newest.size < known.size or root_of(known.size) != known.root:
            raise TreeDoesNotContinue(f"{known.size} entries were signed, and it is not their continuation")
    except TileRefused as refused:
        raise TreeDoesNotContinue(f"{refused}") from refused


def _refuse_unless_continued(waiting: _Waiting, root: bytes) -> None:
    """The tiles say the same as the head, and the last checkpoint is of their beginning, by the key that reigned."""
    hash_of = hashes_over(waiting.size)
    try:
        if hash_of(0, waiting.size) != root:
            raise TreeDoesNotContinue("its rows do not hash to its head")
        if waiting.before is not None:
            signed = open_checkpoint(waiting.before.note.encode(), [waiting.signers[0].key])
            if signed.size != waiting.before.size or hash_of(0, signed.size) != signed.root:
                raise TreeDoesNotContinue(f"its first {signed.size} leaves are not those that were signed")
    except (NoteRefused, ProofRefused, TileRefused) as refused:
        raise TreeDoesNotContinue(f"{refused}") from refused
