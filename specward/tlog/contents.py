"""One pass over a bundle: its entries hashed, its stretches of absence, its hashes and checkpoints; nothing judged yet.

Kept of an entry are 40 bytes, whatever its size; its content is read, hashed and dropped.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, BinaryIO, Final

from specward.tlog import strict_json
from specward.tlog.archive import Archive
from specward.tlog.bundle import (
    ABSENCE_LINE,
    CHECKPOINTS,
    CONSISTENCY,
    ENTRIES,
    ENTRY_LINE,
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
from specward.tlog.leaves import PREFIX, is_timestamp
from specward.tlog.notes import Note
from specward.tlog.refusals import BundleRefused, NoteRefused
from specward.tlog.report import Absence

MAX_TIMES: Final = 10_000
"""Places where time goes down that are kept one by one."""

MAX_MARKS: Final = 100_000
"""Entries that record a pruning or a new key."""


@dataclass(slots=True)
class Lines:
    """What the lines of entries came to. Positions in these lists count entries only, from 0.

    ``went_down`` are positions whose ``logged`` is before that of the entry above them, ``too_early`` those that say
    they were logged before they happened. ``prunes`` and ``new_keys`` are what entries record, by position; judging
    puts the index there.
    """

    hashes: bytearray = field(default_factory=bytearray)
    claimed: array[int] = field(default_factory=lambda: array("q"))
    absences: list[Absence] = field(default_factory=list)
    went_down: list[int] = field(default_factory=list)
    too_early: list[int] = field(default_factory=list)
    prunes: dict[int, tuple[int, int]] = field(default_factory=dict)
    new_keys: list[tuple[int, str]] = field(default_factory=list)
    first_logged: str | None = None
    last_logged: str | None = None


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


def read_bundle(stream: BinaryIO) -> Contents:
    """Read a bundle from a stream that can seek. Raises :class:`BundleRefused`, and reads nothing without a limit."""
    archive = Archive(stream, limit_of)
    for name in (MANIFEST, ENTRIES, HASHES, CHECKPOINTS):
        if name not in archive.members:
            raise BundleRefused("it is missing", where=name, hint="This is no proof bundle, or one that was cut.")
    manifest = Manifest.parse(archive.read(MANIFEST))
    hashes = archive.read(HASHES)
    if len(hashes) % HASH_BYTES:
        raise BundleRefused(f"its length is not a multiple of {HASH_BYTES}", where=HASHES)
    lines = _read_entries(archive, len(hashes) // HASH_BYTES)
    steps = _read_steps(archive) if CONSISTENCY in archive.members else []
    return Contents(archive, manifest, lines, hashes, _read_checkpoints(archive), steps)


def lines_of(archive: Archive, name: str, limit: int) -> Iterator[list[bytes]]:
    """The lines of a member, without their newlines, in batches. The last one ends with a newline too."""
    rest = b""
    for chunk in archive.chunks(name):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > limit or any(len(line) > limit for line in lines):
            raise BundleRefused(f"a line is longer than {limit:,} bytes", where=name)
        if lines:
            yield lines
    if rest:
        raise BundleRefused("its last line has no end", where=name)


def _read_entries(archive: Archive, size: int) -> Lines:
    lines = Lines()
    number = 0
    previous = ""
    for batch in lines_of(archive, ENTRIES, MAX_LINE_BYTES):
        try:
            previous = _read_batch(batch, lines, previous)
        except (strict_json.NotStrict, _NoLine) as refused:
            at = refused.at if isinstance(refused, _NoLine) else number + _first_unreadable(batch)
            raise BundleRefused(str(refused), where=f"{ENTRIES} line {at + 1}") from refused
        number += len(batch)
    lines.last_logged = previous or None
    after = -1
    for absence in lines.absences:
        if not after < absence.first <= absence.last < size:
            raise BundleRefused("its stretches of absence are not in order, or beyond the log", where=ENTRIES)
        after = absence.last
    return lines


class _NoLine(Exception):
    """A line that is none of an entry, with its number from 0."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.at = at


def _read_batch(batch: Iterable[bytes], lines: Lines, previous: str) -> str:
    """The loop that all entries go through: hashed as section 2 of docs/audit-log.md says, read, and dropped."""
    cut, read, take_hash, take_index = ENTRY_LINE.fullmatch, strict_json.read, lines.hashes.extend, lines.claimed.append
    known_time = previous
    for line in batch:
        found = cut(line)
        if found is None:
            _read_absence(line, lines)
            continue
        index, salt, content = found.groups()
        take_hash(sha256(b"\x00" + PREFIX + sha256(bytes.fromhex(salt.decode("ascii")) + content).digest()).digest())
        take_index(int(index))
        entry = read(content)
        logged, time = entry.get("logged"), entry.get("time")
        if logged != previous or not previous:
            if not is_timestamp(logged):
                raise _NoLine("the entry does not say when it was logged", _number(lines))
            at = len(lines.claimed) - 1
            if logged < previous and len(lines.went_down) < MAX_TIMES:
                lines.went_down.append(at)
            if not previous:
                lines.first_logged = logged
            previous = logged
        if time != known_time:
            if not is_timestamp(time):
                raise _NoLine("the entry does not say when it happened", _number(lines))
            known_time = time
        if time > logged and len(lines.too_early) < MAX_TIMES:
            lines.too_early.append(len(lines.claimed) - 1)
        if "prunes" in entry or "log_key" in entry:
            _read_marks(entry, lines)
    if len(lines.claimed) > MAX_ENTRIES:
        raise _NoLine(f"a bundle has at most {MAX_ENTRIES:,} entries", _number(lines))
    return previous


def _number(lines: Lines) -> int:
    """The line that was read last, from 0."""
    return len(lines.claimed) + len(lines.absences) - 1


def _first_unreadable(batch: list[bytes]) -> int:
    for number, line in enumerate(batch):
        found = ENTRY_LINE.fullmatch(line)
        try:
            if found is not None:
                strict_json.read(found[3])
        except strict_json.NotStrict:
            return number
    return 0


def _read_absence(line: bytes, lines: Lines) -> None:
    found = ABSENCE_LINE.fullmatch(line)
    if found is None:
        raise _NoLine("it is neither an entry nor an absence", _number(lines) + 1)
    if len(lines.absences) >= MAX_ABSENCES:
        raise _NoLine(f"a bundle has at most {MAX_ABSENCES:,} stretches of absence", _number(lines) + 1)
    by = found[3]
    lines.absences.append(Absence(int(found[1]), int(found[2]), None if by is None else int(by)))


def _read_marks(entry: dict[str, Any], lines: Lines) -> None:
    """What an entry says about the log itself: that it prunes ``[first, last]``, or that a key takes over."""
    at = len(lines.claimed) - 1
    if len(lines.prunes) + len(lines.new_keys) >= MAX_MARKS:
        raise _NoLine("too many entries prune, or name keys", _number(lines))
    if "prunes" in entry:
        prunes = entry["prunes"]
        if type(prunes) is not list or len(prunes) != 2 or any(type(each) is not int for each in prunes):
            raise _NoLine("what the entry prunes is not two indices", _number(lines))
        lines.prunes[at] = (prunes[0], prunes[1])
    if "log_key" in entry:
        if type(entry["log_key"]) is not str:
            raise _NoLine("the key that the entry names is no text", _number(lines))
        lines.new_keys.append((at, entry["log_key"]))


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
