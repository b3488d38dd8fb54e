"""One pass over a bundle: its entries hashed, its stretches of absence, its hashes and checkpoints; nothing judged yet.

Kept of an entry are 40 bytes, whatever its size; its content is read, hashed and dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from specward.tlog.archive import Archive
from specward.tlog.bundle import (
    CHECKPOINTS,
    CONSISTENCY,
    ENTRIES,
    HASHES,
    MANIFEST,
    MAX_ABSENCES,
    MAX_CHECKPOINT_LINE,
    MAX_CHECKPOINTS,
    MAX_ENTRIES,
    MAX_LINE_BYTES,
    Manifest,
    limit_of,
    object_line,
)
from specward.tlog.checkpoints import Checkpoint
from specward.tlog.encoding import from_base64
from specward.tlog.hashing import HASH_BYTES
from specward.tlog.lines import Lines, read_blocks
from specward.tlog.notes import Note
from specward.tlog.refusals import BundleRefused, NoteRefused

MAX_MARKS: Final = 100_000
"""Entries that record a pruning or a new key."""


@dataclass(frozen=True, slots=True)
class Step:
    """A consistency proof of the bundle, between two sizes."""

    first: int
    second: int
    path: tuple[bytes, ...]


@dataclass(slots=True)
class Contents:
    """A bundle, read."""

    archive: Archive
    manifest: Manifest
    lines: Lines
    hashes: bytes
    checkpoints: list[tuple[Checkpoint, Note]]
    steps: list[Step]

    @property
    def size(self) -> int:
        """How many hashes there are: the log's size, computed."""
        return len(self.hashes) // HASH_BYTES


def read_bundle(stream: BinaryIO, workers: int = 1) -> Contents:
    """Read a bundle from a stream that can seek. Raises :class:`BundleRefused`, and reads nothing without a limit."""
    archive = Archive(stream, limit_of)
    for name in (MANIFEST, ENTRIES, HASHES, CHECKPOINTS):
        if name not in archive.members:
            raise BundleRefused("it is missing", where=name, hint="This is no proof bundle, or one that was cut.")
    manifest = Manifest.parse(archive.read(MANIFEST))
    hashes = archive.read(HASHES)
    if len(hashes) % HASH_BYTES:
        raise BundleRefused(f"its length is not a multiple of {HASH_BYTES}", where=HASHES)
    lines = _read_entries(archive, len(hashes) // HASH_BYTES, workers)
    steps = _read_steps(archive) if CONSISTENCY in archive.members else []
    return Contents(archive, manifest, lines, hashes, _read_checkpoints(archive), steps)


def lines_of(archive: Archive, name: str, limit: int) -> Iterator[list[bytes]]:
    """The lines of a member, without their newlines, in batches. The last one ends with a newline too."""
    for block in _blocks_of(archive, name, limit):
        lines = block.split(b"\n")
        if len(max(lines, key=len)) > limit:
            raise BundleRefused(f"a line is longer than {limit:,} bytes", where=name)
        yield lines


def _blocks_of(archive: Archive, name: str, limit: int) -> Iterator[bytes]:
    """The same as whole lines in one piece, without the last newline of each piece."""
    rest = b""
    for chunk in archive.chunks(name):
        block, newline, tail = chunk.rpartition(b"\n")
        if newline:
            yield rest + block
            rest = tail
        else:
            rest += chunk
        if len(rest) > limit:
            raise BundleRefused(f"a line is longer than {limit:,} bytes", where=name)
    if rest:
        raise BundleRefused("its last line has no end", where=name)


def _read_entries(archive: Archive, size: int, workers: int) -> Lines:
    lines = Lines()
    number = 0
    for piece in read_blocks(_blocks_of(archive, ENTRIES, MAX_LINE_BYTES), workers):
        if piece.refused is not None:
            at, why = piece.refused
            raise BundleRefused(why, where=f"{ENTRIES} line {number + at + 1}")
        number += len(piece.claimed) + len(piece.absences)
        lines.append(piece)
        if len(lines.claimed) > MAX_ENTRIES or len(lines.absences) > MAX_ABSENCES or lines.marks > MAX_MARKS:
            why = "it has too many entries, stretches of absence, or entries that prune or name keys"
            raise BundleRefused(why, where=f"{ENTRIES} line {number}")
    after = -1
    for absence in lines.absences:
        if not after < absence.first <= absence.last < size:
            raise BundleRefused("its stretches of absence are not in order, or beyond the log", where=ENTRIES)
        after = absence.last
    return lines


def _read_checkpoints(archive: Archive) -> list[tuple[Checkpoint, Note]]:
    found: list[tuple[Checkpoint, Note]] = []
    for number, line in _numbered(archive, CHECKPOINTS):
        where = f"{CHECKPOINTS} line {number}"
        note = object_line(line, where, {"checkpoint"})["checkpoint"]
        if type(note) is not str:
            raise BundleRefused("its checkpoint is no text", where=where)
        try:
            parsed = Note.parse(note.encode("utf-8"))
            checkpoint = Checkpoint.parse(parsed.text)
        except UnicodeEncodeError as failed:
            raise BundleRefused("its checkpoint is no Unicode text", where=where) from failed
        except NoteRefused as refused:
            raise BundleRefused(str(refused), where=where) from refused
        if found and checkpoint.size <= found[-1][0].size:
            raise BundleRefused("it is not larger than the checkpoint above it", where=where)
        found.append((checkpoint, parsed))
    return found


def _read_steps(archive: Archive) -> list[Step]:
    steps: list[Step] = []
    for number, line in _numbered(archive, CONSISTENCY):
        where = f"{CONSISTENCY} line {number}"
        said = object_line(line, where, {"first", "second", "path"})
        path = said["path"]
        if type(path) is not list or len(path) > 64 or any(type(each) is not str for each in path):
            raise BundleRefused("its path is no list of up to 64 texts", where=where)
        hashes = [from_base64(each) for each in path]
        first, second = said["first"], said["second"]
        if any(type(each) is not int or not 0 <= each <= MAX_ENTRIES for each in (first, second)):
            raise BundleRefused("its sizes are no sizes of a log", where=where)
        steps.append(Step(first, second, tuple(each or b"" for each in hashes)))
    return steps


def _numbered(archive: Archive, name: str) -> Iterator[tuple[int, bytes]]:
    number = 0
    for batch in lines_of(archive, name, MAX_CHECKPOINT_LINE):
        for line in batch:
            number += 1
            if number > MAX_CHECKPOINTS:
                raise BundleRefused(f"it has more than {MAX_CHECKPOINTS:,} lines", where=name)
            yield number, line
