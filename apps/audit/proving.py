"""Proofs of single entries, and looking whether they hold: "verify now"."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from apps.audit.log_keys import Reign, reigns
from apps.audit.models import Entry
from apps.audit.placed import Placed, is_stray, read, signed_size
from apps.audit.tiles import hashes_over
from apps.audit.tree import Checkpoint, Leaf
from specward.tlog import (
    NoteRefused,
    ProofRefused,
    TileRefused,
    TlogProof,
    inclusion_proof,
    open_checkpoint,
    verify_inclusion,
)


class Standing(StrEnum):
    """How far an entry is on its way into the signed log."""

    WAITING = "waiting"
    """Committed, without a place yet: the next pass of the sequencer gives it one."""
    PLACED = "placed"
    """It has its place, which no checkpoint covers yet."""
    SIGNED = "signed"
    """A signed checkpoint covers it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: ``checkpoint`` is the size of the newest one, where that covers it."""

    standing: Standing
    index: int | None = None
    checkpoint: int | None = None


def place_of(entry_id: int) -> Place:
    """Where an entry of the tenant whose walls stand is in the log. Proves nothing."""
    index = Leaf.objects.filter(entry_id=entry_id).values_list("index", flat=True).first()
    if index is None:
        return Place(Standing.WAITING)
    size = signed_size()
    return Place(Standing.SIGNED, index, size) if index < size else Place(Standing.PLACED, index)


@dataclass(frozen=True, slots=True)
class Proven:
    """An entry with all that proves it: what was hashed, its salt, and the proof against the newest checkpoint."""

    placed: Placed
    proof: TlogProof
    size: int
    reign: Reign


def prove(entry_id: int) -> Proven | None:
    """The proof of an entry; None while no checkpoint covers it, or where its place holds nothing any more.

    The proof is made from the tiles as they are, and promises nothing: who reads it verifies it. Raises
    ``TileRefused`` where rows of the tree are missing.
    """
    place = place_of(entry_id)
    if place.index is None or place.checkpoint is None:
        return None
    found = next(read(place.index, place.index))
    checkpoint = Checkpoint.objects.get(size=place.checkpoint)
    if not isinstance(found, Placed):
        return None
    path = inclusion_proof(found.index, checkpoint.size, hashes_over(checkpoint.size))
    proof = TlogProof(found.index, tuple(path), checkpoint.note.encode())
    return Proven(found, proof, checkpoint.size, reign_at(checkpoint.size))


def reign_at(size: int) -> Reign:
    """Which key alone, or as the newest of several, signs a checkpoint of this size."""
    ruled = [reign for reign in reigns() if reign.since is not None and (reign.since == 0 or reign.since < size)]
    return ruled[-1]


class Step(StrEnum):
    """What is looked at, in this order."""

    SETTLED = "settled"
    CONTENT = "content"
    INCLUSION = "inclusion"
    SIGNATURE = "signature"


WORDS: Final = {
    Step.SETTLED: (
        "It has its place in the log",
        "It has no place in the log though it is older than others that have",
    ),
    Step.CONTENT: ("It hashes to its leaf", "It is not what was logged: its content or its salt was changed"),
    Step.INCLUSION: (
        "Its leaf leads to the root of the newest checkpoint",
        "Its leaf does not lead to the signed root",
    ),
    Step.SIGNATURE: ("The log's key signed that checkpoint", "The checkpoint is not signed by the log's key"),
}


@dataclass(frozen=True, slots=True)
class Looked:
    """One step and how it went. ``detail`` is for who wants to see it: hashes, sizes, keys."""

    step: Step
    holds: bool
    detail: str = ""

    @property
    def words(self) -> str:
        return WORDS[self.step][0 if self.holds else 1]


def verify_now(entry: Entry) -> list[Looked]:
    """Looks at an entry anew, from its row to the signature. The first step that does not hold is the last.

    An entry that waits for its place or its signature gives what holds so far: an empty list says that there is
    nothing to look at yet.
    """
    return list(_steps(entry))


def _steps(entry: Entry) -> Iterator[Looked]:
    place = place_of(entry.id)
    if place.index is None:
        if is_stray(entry.id):
            yield Looked(Step.SETTLED, False)
        return
    yield Looked(Step.SETTLED, True, f"index {place.index}")
    found = next(read(place.index, place.index))
    if not isinstance(found, Placed):
        yield Looked(Step.CONTENT, False, "its salt is gone")
        return
    yield Looked(Step.CONTENT, found.is_as_logged, f"leaf {found.hash.hex()}")
    if not found.is_as_logged or place.checkpoint is None:
        return
    checkpoint = Checkpoint.objects.get(size=place.checkpoint)
    try:
        path = inclusion_proof(found.index, checkpoint.size, hashes_over(checkpoint.size))
        verify_inclusion(found.index, checkpoint.size, found.hash, path, bytes(checkpoint.root))
    except (ProofRefused, TileRefused) as refused:
        yield Looked(Step.INCLUSION, False, str(refused))
        return
    yield Looked(Step.INCLUSION, True, f"{len(path)} hashes to root {bytes(checkpoint.root).hex()}")
    key = reign_at(checkpoint.size).key
    try:
        signed = open_checkpoint(checkpoint.note.encode(), [key])
        holds = signed.size == checkpoint.size and hmac.compare_digest(signed.root, bytes(checkpoint.root))
    except NoteRefused as refused:
        yield Looked(Step.SIGNATURE, False, str(refused))
        return
    yield Looked(Step.SIGNATURE, holds, str(key))
