"""What the verifier found: nothing, or faults by name, each with the entries or the checkpoint that it is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

MAX_FINDINGS: Final = 1_000
"""Reported one by one; the rest is counted."""


class Fault(StrEnum):
    """What is wrong. The values are stable."""

    CHANGED = "changed"
    SALT = "salt-swapped"
    DROPPED = "dropped"
    ADDED = "added"
    REORDERED = "reordered"
    RENUMBERED = "renumbered"
    BACK_DATED = "back-dated"
    HASH = "hash-changed"
    UNEXPLAINED = "absence-unexplained"
    INCONSISTENT = "checkpoint-inconsistent"
    WRONG_KEY = "signed-by-another-key"
    BAD_SIGNATURE = "signature-wrong"
    UNSIGNED = "not-signed"
    PROOF = "proof-wrong"
    MISCOUNTED = "miscounted"
    TRUNCATED = "truncated"
    ROLLED_BACK = "rolled-back"
    FORKED = "forked"
    OTHER_LOG = "another-log"
    OLDER = "older-bundle-faulty"


@dataclass(frozen=True, slots=True)
class Finding:
    """``first`` to ``last`` are indices of entries, both included; ``checkpoint`` is the size of one."""

    fault: Fault
    message: str
    first: int | None = None
    last: int | None = None
    checkpoint: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "fault": self.fault.value,
            "message": self.message,
            "first": self.first,
            "last": self.last,
            "checkpoint": self.checkpoint,
        }


@dataclass(frozen=True, slots=True)
class Absence:
    """Entries ``first`` to ``last`` whose hashes are here and whose content is not.

    ``by`` is the entry that recorded their pruning; ``None`` where the export left them out.
    """

    first: int
    last: int
    by: int | None

    def as_json(self) -> dict[str, Any]:
        return {"first": self.first, "last": self.last, "pruned_by": self.by}


@dataclass(slots=True)
class Report:
    """Everything here was computed, nothing is taken from what the bundle says about itself.

    ``entries`` counts contents that were read, ``size`` the hashes of the log, ``root`` is theirs. ``pinned`` says
    whether the key came from outside: if not, the bundle vouches for itself, and only its inner agreement was checked.
    """

    origin: str
    size: int = 0
    entries: int = 0
    root: bytes = b""
    checkpoints: int = 0
    signed_size: int = 0
    keys: tuple[str, ...] = ()
    pinned: bool = False
    compared: int | None = None
    first_logged: str | None = None
    last_logged: str | None = None
    absences: tuple[Absence, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    more: int = 0

    @property
    def ok(self) -> bool:
        return not self.findings

    def add(self, finding: Finding) -> None:
        """Takes note of a finding, up to a thousand of them."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "origin": self.origin,
            "size": self.size,
            "entries": self.entries,
            "root": self.root.hex(),
            "checkpoints": self.checkpoints,
            "signed_size": self.signed_size,
            "keys": list(self.keys),
            "key_given": self.pinned,
            "compared_with_size": self.compared,
            "first_logged": self.first_logged,
            "last_logged": self.last_logged,
            "absent": [absence.as_json() for absence in self.absences],
            "findings": [finding.as_json() for finding in self.findings],
            "more_findings": self.more,
        }
