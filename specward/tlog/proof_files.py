"""Proofs to keep: c2sp.org/tlog-proof, one small text that proves an entry with nothing but the log's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from specward.tlog.checkpoints import Checkpoint, open_checkpoint
from specward.tlog.encoding import from_base64, from_decimal, to_base64
from specward.tlog.hashing import HASH_BYTES, hash_32, whole
from specward.tlog.notes import MAX_NOTE_BYTES, VerifierKey
from specward.tlog.proofs import MAX_PATH, verify_inclusion
from specward.tlog.refusals import ProofRefused

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_PROOF_BYTES: Final = 2 * MAX_NOTE_BYTES
MAX_EXTRA_BYTES: Final = 16_384


@dataclass(frozen=True, slots=True)
class TlogProof:
    """``checkpoint`` is the note as it is; ``extra`` is opaque, and nobody vouches for it."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __post_init__(self) -> None:
        whole(self.index, "leaf index")
        if len(self.path) > MAX_PATH:
            raise ProofRefused(f"A proof has at most {MAX_PATH} hashes.")
        for each in self.path:
            hash_32(each, "hash in the proof")

    def __bytes__(self) -> bytes:
        extra = [] if self.extra is None else [f"extra {to_base64(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(to_base64, self.path), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> TlogProof:
        """Read a proof. The checkpoint in it is not looked at yet. Raises :class:`ProofRefused`."""
        if len(data) > MAX_PROOF_BYTES:
            raise ProofRefused(f"A proof is at most {MAX_PROOF_BYTES:,} bytes.")
        head, blank, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as failed:
            raise ProofRefused("A proof is ASCII above its checkpoint.") from failed
        if not blank or not checkpoint:
            raise ProofRefused("A proof has an empty line, and a checkpoint below it.")
        if lines.pop(0) != HEADER:
            raise ProofRefused(f"A proof begins with the line {HEADER}.")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0)[len("extra ") :])
            if extra is None or len(extra) > MAX_EXTRA_BYTES:
                raise ProofRefused(f"The extra data of a proof is base64 of at most {MAX_EXTRA_BYTES:,} bytes.")
        if not lines or not lines[0].startswith("index "):
            raise ProofRefused("A proof says the index of its entry.")
        index = from_decimal(lines.pop(0)[len("index ") :])
        if index is None:
            raise ProofRefused("The index is digits without leading zeroes, at most 2^63 - 1.")
        if len(lines) > MAX_PATH:
            raise ProofRefused(f"A proof has at most {MAX_PATH} hashes.")
        path: list[bytes] = []
        for line in lines:
            each = from_base64(line)
            if each is None or len(each) != HASH_BYTES:
                raise ProofRefused(f"A line of a proof is the base64 of {HASH_BYTES} bytes.")
            path.append(each)
        return cls(index, tuple(path), checkpoint, extra)

    def verify(self, leaf: bytes, keys: Sequence[VerifierKey], origin: str | None = None) -> Checkpoint:
        """That the leaf hash is in the log, at :attr:`index`, by a checkpoint that one of the keys signed.

        Raises :class:`ProofRefused`, or ``NoteRefused`` for the checkpoint.
        """
        checkpoint = open_checkpoint(self.checkpoint, keys, origin)
        verify_inclusion(self.index, checkpoint.size, leaf, self.path, checkpoint.root)
        return checkpoint
