"""Entries against the hashes of the log: which was changed, dropped, added, moved, dated back, or is absent."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from specward.tlog.bundle import ENTRIES, ENTRY_LINE, MAX_ENTRIES, MAX_LINE_BYTES
from specward.tlog.contents import Contents, lines_of
from specward.tlog.hashing import HASH_BYTES
from specward.tlog.leaves import entry_hash
from specward.tlog.matching import Matching, match
from specward.tlog.report import Absence, Fault, Finding, Report

MAX_SALTS_TRIED: Final = 200
"""Changed entries for which salts of others are tried, each against each."""


class Places:
    """Where entries stand in the log, by their order: all indices that are not absent."""

    def __init__(self, size: int, absences: Iterable[Absence]) -> None:
        self._runs: list[tuple[int, int]] = []  # [begin, end) of what is present
        begin = 0
        for absence in absences:
            if absence.first > begin:
                self._runs.append((begin, absence.first))
            begin = absence.last + 1
        if begin < size:
            self._runs.append((begin, size))
        self._before = [0, *accumulate(end - begin for begin, end in self._runs)]
        self.count = self._before[-1]

    def hashes(self, hashes: bytes) -> bytes:
        """Of all hashes of the log those of entries that are present."""
        return b"".join(hashes[begin * HASH_BYTES : end * HASH_BYTES] for begin, end in self._runs)

    def indices(self) -> array[int]:
        found = array("q")
        for begin, end in self._runs:
            found.extend(range(begin, end))
        return found

    def index(self, position: int) -> int:
        """The index of the entry at this position among those present."""
        run = bisect_right(self._before, position) - 1
        return self._runs[run][0] + position - self._before[run]

    def position(self, index: int) -> int:
        """The position of an index among those present; -1 where it is none of them."""
        run = bisect_right(self._runs, (index, MAX_ENTRIES)) - 1
        if run < 0 or index >= self._runs[run][1]:
            return -1
        return self._before[run] + index - self._runs[run][0]


def stretches(indices: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as runs, first and last included."""
    first = last = None
    for index in indices:
        if last is not None and first is not None and index != last + 1:
            yield first, last
            first = index
        elif first is None:
            first = index
        last = index
    if first is not None and last is not None:
        yield first, last


def said(first: int, last: int) -> str:
    return f"Entry {first}" if first == last else f"Entries {first} to {last}"


def judge_entries(contents: Contents, report: Report) -> Matching:
    """Report everything about single entries. The matching pairs lines with places among those present."""
    lines, places = contents.lines, Places(contents.size, contents.lines.absences)
    claimed = lines.claimed
    matching = match(bytes(lines.hashes), places.hashes(contents.hashes), lambda line: places.position(claimed[line]))
    _settle_marks(contents, matching, places)
    _report_matching(contents, matching, places, report)
    _report_numbers(contents, matching, places, report)
    _report_times(contents, matching, report)
    _report_absences(contents, report)
    return matching


def _settle_marks(contents: Contents, matching: Matching, places: Places) -> None:
    """Give what entries record the index at which they were found, whatever number they bear."""
    lines = contents.lines
    marked = {line for line, _ in lines.new_keys} | lines.prunes.keys()
    if not marked:
        return
    found = {line: place for line, place in (*matching.at_home, *matching.moved, *matching.changed) if line in marked}
    total = len(lines.claimed)

    def index_of(line: int) -> int:
        if line < matching.prefix:
            return places.index(line)
        if line >= total - matching.suffix:
            return places.index(places.count - total + line)
        return places.index(found[line]) if line in found else lines.claimed[line]

    lines.prunes = {index_of(line): stretch for line, stretch in lines.prunes.items()}
    lines.new_keys = [(index_of(line), key) for line, key in lines.new_keys]


def _report_matching(contents: Contents, matching: Matching, places: Places, report: Report) -> None:
    if matching.too_many is not None:
        _, _, first, end = matching.too_many
        if first < end:
            one, other = places.index(first), places.index(end - 1)
            message = f"{said(one, other)} differ from the log in too many places to name each."
            report.add(Finding(Fault.CHANGED, message, one, other))
        else:
            report.add(Finding(Fault.ADDED, "There are far more entries than hashes in the log."))
        return
    salts = dict(_swapped_salts(contents, matching))
    for line, place in matching.changed:
        index = places.index(place)
        if line in salts:
            other = contents.lines.claimed[salts[line]]
            message = f"Entry {index} has the salt of entry {other}."
            report.add(Finding(Fault.SALT, message, index, index))
        else:
            message = f"Entry {index} is not what was logged: its content or its salt was changed."
            report.add(Finding(Fault.CHANGED, message, index, index))
    for first, last in stretches(places.index(place) for place in matching.dropped):
        report.add(Finding(Fault.DROPPED, f"{said(first, last)} of the log: dropped from the bundle.", first, last))
    for line in matching.added:
        index = contents.lines.claimed[line]
        message = f"Entry {index} (entry {line + 1} in {ENTRIES}) is in the bundle and not in the log: added."
        report.add(Finding(Fault.ADDED, message, index, index))
    for line, place in matching.moved:
        index = places.index(place)
        message = f"Entry {index} does not stand in its place: it is number {line + 1} in {ENTRIES}."
        report.add(Finding(Fault.REORDERED, message, index, index))


def _report_numbers(contents: Contents, matching: Matching, places: Places, report: Report) -> None:
    """Entries that are what was logged, and say that they are another index. A run with one shift is one finding."""
    claimed = contents.lines.claimed
    if claimed == places.indices():
        return
    total, wanted = len(claimed), places.count
    moved = sorted([*matching.at_home, *matching.moved])
    tail = ((total - back, wanted - back) for back in range(matching.suffix, 0, -1))
    start: tuple[int, int] | None = None
    previous = (0, 0)
    for line, place in _all_pairs(matching.prefix, moved, tail):
        index = places.index(place)
        shift = claimed[line] - index
        if start is not None and (shift != previous[1] or index != previous[0] + 1):
            _renumbered(report, start[0], previous[0], start[1])
            start = None
        if shift and start is None:
            start = (index, shift)
        previous = (index, shift)
    if start is not None:
        _renumbered(report, start[0], previous[0], start[1])


def _all_pairs(prefix: int, moved: list[tuple[int, int]], tail: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    yield from ((at, at) for at in range(prefix))
    yield from moved
    yield from tail


def _renumbered(report: Report, first: int, last: int, shift: int) -> None:
    if first == last:
        message = f"Entry {first} says that it is entry {first + shift}."
    else:
        message = f"Entries {first} to {last} say that they are entries {first + shift} to {last + shift}."
    report.add(Finding(Fault.RENUMBERED, message, first, last))


def _report_times(contents: Contents, matching: Matching, report: Report) -> None:
    """Where time goes down. A place that was changed is itself the one dated back; a moved one is not."""
    claimed = contents.lines.claimed
    strangers = {line for line, _ in matching.changed} | set(matching.added)
    moved = {line for line, _ in matching.moved}
    for line in contents.lines.went_down:
        if line in moved or line - 1 in moved:
            continue
        late = line - 1 if line - 1 in strangers and line not in strangers else line
        index = claimed[late]
        message = (
            f"Entry {index} says it was logged after entry {claimed[line]}, which stands below it."
            if late != line
            else f"Entry {index} says it was logged before entry {claimed[line - 1]}, which stands above it."
        )
        report.add(Finding(Fault.BACK_DATED, message, index, index))
    for line in contents.lines.too_early:
        index = claimed[line]
        message = f"Entry {index} says it was logged before it happened."
        report.add(Finding(Fault.BACK_DATED, message, index, index))


def _report_absences(contents: Contents, report: Report) -> None:
    """A pruned stretch names a later entry, here in the bundle, that says so."""
    for absence in contents.lines.absences:
        if absence.by is None:
            continue
        first, last = contents.lines.prunes.get(absence.by, (0, -1))
        if absence.by <= absence.last or not first <= absence.first <= absence.last <= last:
            message = (
                f"{said(absence.first, absence.last)}: absent as pruned by entry {absence.by}, which does not say so."
            )
            report.add(Finding(Fault.UNEXPLAINED, message, absence.first, absence.last))


def _swapped_salts(contents: Contents, matching: Matching) -> Iterator[tuple[int, int]]:
    """Changed lines that are right with the salt of another changed line, or have the salt of any other line."""
    wanted = dict(matching.changed[:MAX_SALTS_TRIED])
    if not wanted:
        return
    places = Places(contents.size, contents.lines.absences)
    cut = {line: found for line, found in _cut_lines(contents) if line in wanted}
    owners = {salt: line for line, (salt, _) in cut.items()}
    copied: dict[int, int] = {}
    for other, (salt, _) in _cut_lines(contents):
        if (owner := owners.get(salt, other)) != other:
            copied[owner] = other
    for line, (_, content) in cut.items():
        index = places.index(wanted[line])
        should = contents.hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES]
        for other, (salt, _) in cut.items():
            if other != line and entry_hash(salt, content) == should:
                yield line, other
                break
        else:
            if line in copied:
                yield line, copied[line]


def _cut_lines(contents: Contents) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
    """All entries once more: position, salt and content."""
    line = 0
    for batch in lines_of(contents.archive, ENTRIES, MAX_LINE_BYTES):
        for each in batch:
            found = ENTRY_LINE.fullmatch(each)
            if found is not None:
                yield line, (bytes.fromhex(found[2].decode("ascii")), found[3])
                line += 1
