"""A log to tamper with: entries of the cast, its keys, its checkpoints, and the bundles that it exports."""

from __future__ import annotations

import copy
import io
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from specward.tlog import (
    BundleWriter,
    Checkpoint,
    CompactRange,
    Manifest,
    SigningKey,
    TlogProof,
    canonical,
    consistency_proof,
    entry_hash,
    inclusion_proof,
    sign_checkpoint,
    tree_head,
)
from specward.tlog.bundling import absence, entry
from specward.tlog.leaves import timestamp
from specward.tlog.proofs import hashes_of

ACME_LOG = "specward.example/log/acme"
START = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
NAMES = ("Alice", "Bob", "Cora", "Ada", "Sam")


def key_of(who: str, name: str = ACME_LOG) -> SigningKey:
    """A key that is the same in every run."""
    return SigningKey(name, random.Random(who).randbytes(32))


ACME_KEY = key_of("acme")
MALLORYS_KEY = key_of("mallory")


@dataclass
class Stored:
    """A row of the log as a database has it. Nothing keeps its parts in agreement."""

    index: int
    salt: bytes
    entry: dict[str, Any]

    @property
    def content(self) -> bytes:
        return canonical(self.entry)

    @property
    def hash(self) -> bytes:
        return entry_hash(self.salt, self.content)


@dataclass
class Log:
    """Rows, the list of leaf hashes, signed checkpoints: three things that an owner of the database can each change."""

    rows: list[Stored] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    notes: list[bytes] = field(default_factory=list)
    keys: list[SigningKey] = field(default_factory=lambda: [ACME_KEY])
    absences: list[tuple[int, int, int | None]] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    origin: str = ACME_LOG
    given: list[TlogProof] = field(default_factory=list)

    def write(self, count: int = 1, **members: Any) -> None:
        """Entries that happen a second apart, and are logged two seconds later."""
        for _ in range(count):
            at = len(self.hashes)
            happened = START + timedelta(seconds=at)
            row = Stored(
                at,
                self.dice.randbytes(16),
                {
                    "time": timestamp(happened),
                    "logged": timestamp(happened + timedelta(seconds=2)),
                    "actor": {"name": self.dice.choice(NAMES), "kind": "person"},
                    "action": self.dice.choice(("create", "update", "access")),
                    "object": {"type": "specs.spec", "pk": str(self.dice.randrange(10**6))},
                    "changes": {"title": [None, f"Guest buys {self.dice.randrange(99)} mugs é"]},
                    **members,
                },
            )
            self.rows.append(row)
            self.hashes.append(row.hash)

    def sign(self, *keys: SigningKey) -> None:
        """A checkpoint of everything so far."""
        checkpoint = Checkpoint(self.origin, len(self.hashes), tree_head(self.hashes))
        self.notes.append(sign_checkpoint(checkpoint, *(keys or (self.keys[-1],))))

    def rotate(self, new: SigningKey) -> None:
        self.write(1, log_key=str(new.verifier))
        self.keys.append(new)
        self.sign(*self.keys[-2:])

    def prune(self, first: int, last: int) -> None:
        """Drop the contents, keep the hashes, record it."""
        self.write(1, prunes=[first, last])
        self.absences.append((first, last, len(self.hashes) - 1))
        self.rows = [row for row in self.rows if not first <= row.index <= last]

    def copy(self) -> Log:
        return copy.deepcopy(self)

    def rehash(self) -> None:
        """What an owner of the database does to hide a change: number and hash everything again."""
        for index, row in enumerate(self.rows):
            row.index = index
        self.hashes = [row.hash for row in self.rows]

    def bundle(
        self,
        *,
        proofs: tuple[int, ...] = (),
        steps: bool = False,
        size: int | None = None,
        hashes: list[bytes] | None = None,
    ) -> bytes:
        """An export. ``size`` is what the manifest says, ``hashes`` is the list if it is another than proofs are of."""
        stream = io.BytesIO()
        keys = tuple(key.verifier for key in self.keys)
        manifest = Manifest(self.origin, len(self.hashes) if size is None else size, keys, timestamp(START))
        with BundleWriter(stream, manifest) as writer:
            writer.entries(self.lines())
            writer.hashes(self.hashes if hashes is None else hashes)
            writer.checkpoints(self.notes)
            if steps:
                sizes = [int(note.split(b"\n")[1]) for note in self.notes]
                hash_of = hashes_of(self.hashes)
                writer.consistency((one, two, consistency_proof(one, two, hash_of)) for one, two in pairwise(sizes))
            for index in proofs:
                path = inclusion_proof(index, len(self.hashes), hashes_of(self.hashes))
                writer.proof(TlogProof(index, tuple(path), self.notes[-1]))
            for proof in self.given:
                writer.proof(proof)
        return stream.getvalue()

    def lines(self) -> list[bytes]:
        waiting = sorted(self.absences)
        lines: list[bytes] = []
        for row in self.rows:
            while waiting and waiting[0][0] < row.index:
                first, last, by = waiting.pop(0)
                lines.append(absence(first, last, pruned_by=by))
            lines.append(entry(row.index, row.salt, row.content))
        return lines + [absence(first, last, pruned_by=by) for first, last, by in waiting]


def acmes_log(entries: int = 60, *, every: int = 20) -> Log:
    """A log of Acme's with a checkpoint after every twenty entries, and one of everything."""
    log = Log()
    for at in range(0, entries, every):
        log.write(min(every, entries - at))
        log.sign()
    return log


def range_of(hashes: list[bytes]) -> CompactRange:
    found = CompactRange()
    found.extend(hashes)
    return found
