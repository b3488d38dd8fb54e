"""Checkpoints: c2sp.org/tlog-checkpoint, a signed note that says how large a log is and what its root is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from specward.tlog.encoding import from_base64, from_decimal, to_base64
from specward.tlog.hashing import HASH_BYTES, hash_32, whole
from specward.tlog.notes import Note, SigningKey, VerifierKey, sign_note
from specward.tlog.refusals import NoteRefused

_NO_LINE: Final = re.compile(r"[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``origin`` names the log, ``size`` counts its leaves, ``root`` is their tree head (32 bytes).

    ``extensions`` are further lines, opaque; they are signed and nobody checks them.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        whole(self.size, "tree size")
        hash_32(self.root, "root")
        for line in (self.origin, *self.extensions):
            if not line or _NO_LINE.search(line):
                raise NoteRefused("A line of a checkpoint is not empty, and has no control characters.")

    def __str__(self) -> str:
        """The text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, to_base64(self.root), *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint's note. Raises :class:`NoteRefused`."""
        lines = text.split("\n")
        if lines.pop():
            raise NoteRefused("A checkpoint ends with a newline.")
        if len(lines) < 3:
            raise NoteRefused("A checkpoint has at least three lines: origin, tree size, root.")
        size = from_decimal(lines[1])
        if size is None:
            raise NoteRefused("The tree size of a checkpoint is digits without leading zeroes, at most 2^63 - 1.")
        root = from_base64(lines[2])
        if root is None or len(root) != HASH_BYTES:
            raise NoteRefused(f"The root of a checkpoint is the base64 of {HASH_BYTES} bytes.")
        return cls(lines[0], size, root, tuple(lines[3:]))


def sign_checkpoint(checkpoint: Checkpoint, *keys: SigningKey) -> bytes:
    """The checkpoint as a note, signed by each key. Two keys sign where one takes over from the other."""
    return sign_note(str(checkpoint), *keys)


def open_checkpoint(note: bytes, keys: Sequence[VerifierKey], origin: str | None = None) -> Checkpoint:
    """The checkpoint, if one of the keys signed it and it is of the log ``origin`` (by default the keys' name).

    Raises :class:`NoteRefused`.
    """
    parsed = Note.parse(note)
    checkpoint = Checkpoint.parse(parsed.text)
    signers = parsed.verified(keys)
    if checkpoint.origin != (signers[0].name if origin is None else origin):
        raise NoteRefused("The checkpoint is of another log.")
    return checkpoint
