"""What this package refuses, each with the place and the reason: a proof, a note, a leaf, a bundle."""

from __future__ import annotations

from enum import StrEnum

from specward.errors import SpecwardError


class ProofRefused(SpecwardError):
    """A proof that does not prove, or a number or a hash that can be none."""

    code = "proof-refused"


class NoteFault(StrEnum):
    """What is wrong with a signed note."""

    MALFORMED = "malformed"
    UNVERIFIED = "unverified"
    INVALID = "invalid"
    AMBIGUOUS = "ambiguous"


class NoteRefused(SpecwardError):
    """A signed note, a key or a checkpoint that is malformed, or not signed by whom it should be."""

    code = "note-refused"

    def __init__(self, message: str, fault: NoteFault = NoteFault.MALFORMED, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.fault = fault


class TileRefused(SpecwardError):
    """A tile, an entry bundle or the path of one that does not follow its specification."""

    code = "tile-refused"


class LeafRefused(SpecwardError):
    """An entry that has no canonical bytes: a type that JSON does not have, a number that is none, no time."""

    code = "leaf-refused"


class BundleRefused(SpecwardError):
    """A bundle that cannot be read, or is over a limit. ``where`` is the member, and the line in it."""

    code = "bundle-refused"

    def __init__(self, message: str, *, where: str, hint: str = "") -> None:
        super().__init__(f"{where}: {message}", hint=hint)
        self.where = where
