"""Lines of entries: each hashed as section 2 of docs/audit-log.md says, read, and dropped.

Blocks of lines do not depend on each other, so that processes can share them; what is between two blocks (does time go
on?) is looked at where they are put together.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing import get_context
from typing import Any, Final

from specward.tlog import strict_json
from specward.tlog.bundle import ABSENCE_LINE, ENTRIES, ENTRY_LINE, MAX_LINE_BYTES
from specward.tlog.leaves import PREFIX, is_timestamp
from specward.tlog.refusals import BundleRefused
from specward.tlog.report import Absence

MAX_TIMES: Final = 10_000
"""Places where time goes down that are kept one by one."""


@dataclass(slots=True)
class Lines:
    """What the lines of entries came to. Positions in these lists count entries only, from 0.

    ``went_down`` are positions whose ``logged`` is before that of the entry above them, ``too_early`` those that say
    they were logged before they happened. ``prunes`` and ``new_keys`` are what entries record, by position; judging
    puts the index there. ``refused`` is the line, from 0, that is none, and why: what is below it was not read.
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
    refused: tuple[int, str] | None = None

    @property
    def marks(self) -> int:
        return len(self.prunes) + len(self.new_keys)

    def append(self, below: Lines) -> None:
        """Put what stands below these lines to them."""
        offset = len(self.claimed)
        if self.last_logged and below.first_logged and below.first_logged < self.last_logged:
            self.went_down.append(offset)
        self.hashes += below.hashes
        self.claimed += below.claimed
        self.absences += below.absences
        self.went_down += [at + offset for at in below.went_down[: MAX_TIMES - len(self.went_down)]]
        self.too_early += [at + offset for at in below.too_early[: MAX_TIMES - len(self.too_early)]]
        self.prunes.update((at + offset, stretch) for at, stretch in below.prunes.items())
        self.new_keys += [(at + offset, key) for at, key in below.new_keys]
        self.first_logged = self.first_logged or below.first_logged
        self.last_logged = below.last_logged or self.last_logged


def read_blocks(blocks: Iterable[bytes], workers: int) -> Iterator[Lines]:
    """What each block came to, in order. ``workers`` beyond one are processes; few blocks wait at a time."""
    if workers <= 1:
        yield from map(read_block, blocks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[Lines]] = deque()
        try:
            for block in blocks:
                waiting.append(pool.submit(read_block, block))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as failed:
            raise BundleRefused(
                "a process that read it died", where=ENTRIES, hint="Is there memory enough?"
            ) from failed
        finally:
            pool.shutdown(cancel_futures=True)


class _NoLine(Exception):
    """Why a line is none of an entry."""


def read_block(block: bytes) -> Lines:
    """The loop that all entries go through."""
    lines = Lines()
    for number, line in enumerate(block.split(b"\n")):
        try:
            _read_line(line, lines)
        except (_NoLine, strict_json.NotStrict) as refused:
            lines.refused = (number, str(refused))
            break
    return lines


def _read_line(line: bytes, lines: Lines) -> None:
    found = ENTRY_LINE.fullmatch(line)
    if found is None or len(line) > MAX_LINE_BYTES:
        _read_absence(line, lines)
        return
    index, salt, content = found.groups()
    commitment = sha256(bytes.fromhex(salt.decode("ascii")) + content).digest()
    lines.hashes += sha256(b"\x00" + PREFIX + commitment).digest()
    lines.claimed.append(int(index))
    entry = strict_json.read(content)
    logged, time, previous = entry.get("logged"), entry.get("time"), lines.last_logged
    if logged != previous or previous is None:
        if not is_timestamp(logged):
            raise _NoLine("the entry does not say when it was logged")
        if previous is None:
            lines.first_logged = logged
        elif logged < previous and len(lines.went_down) < MAX_TIMES:
            lines.went_down.append(len(lines.claimed) - 1)
        lines.last_logged = logged
    if not is_timestamp(time):
        raise _NoLine("the entry does not say when it happened")
    if time > logged and len(lines.too_early) < MAX_TIMES:
        lines.too_early.append(len(lines.claimed) - 1)
    if "prunes" in entry or "log_key" in entry:
        _read_marks(entry, lines)


def _read_absence(line: bytes, lines: Lines) -> None:
    found = ABSENCE_LINE.fullmatch(line)
    if found is None:
        raise _NoLine("it is neither an entry nor an absence")
    by = found[3]
    lines.absences.append(Absence(int(found[1]), int(found[2]), None if by is None else int(by)))


def _read_marks(entry: dict[str, Any], lines: Lines) -> None:
    """What an entry says about the log itself: that it prunes ``[first, last]``, or that a key takes over."""
    at = len(lines.claimed) - 1
    if "prunes" in entry:
        prunes = entry["prunes"]
        if type(prunes) is not list or len(prunes) != 2 or any(type(each) is not int for each in prunes):
            raise _NoLine("what the entry prunes is not two indices")
        lines.prunes[at] = (prunes[0], prunes[1])
    if "log_key" in entry:
        if type(entry["log_key"]) is not str:
            raise _NoLine("the key that the entry names is no text")
        lines.new_keys.append((at, entry["log_key"]))
