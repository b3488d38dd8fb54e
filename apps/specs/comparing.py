"""What changed from one version to another, line by line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CONTEXT: Final = 3
"""Lines that are shown before and after a change."""
_EXACTLY: Final = 300
"""Lines up to which a line that stands often (``reload()``) is a line like others. The time it takes grows with the
cube of such lines, which whoever edits can write as many of as a spec has."""


class Change(StrEnum):
    """What became of a line."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    GAP = "gap"
    """Lines that are the same in both, and left out."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the comparison; its numbers count from 1, 0 where it is not in that version."""

    change: Change
    text: str = ""
    before: int = 0
    after: int = 0


def compared(before: str, after: str) -> tuple[Line, ...]:
    """The changes with some lines around each. Nothing where both are the same."""
    old, new = before.splitlines(), after.splitlines()
    is_long = max(len(old), len(new)) > _EXACTLY
    groups = difflib.SequenceMatcher(None, old, new, autojunk=is_long).get_grouped_opcodes(CONTEXT)
    return tuple(_lines(groups, old, new))


def _lines(groups: Iterable[list[tuple[str, int, int, int, int]]], old: list[str], new: list[str]) -> Iterator[Line]:
    for number, group in enumerate(groups):
        if number or group[0][1]:
            yield Line(Change.GAP)
        for kind, from_old, to_old, from_new, to_new in group:
            if kind == "equal":
                for offset in range(to_old - from_old):
                    line = from_old + offset
                    yield Line(Change.SAME, old[line], line + 1, from_new + offset + 1)
                continue
            for line in range(from_old, to_old):
                yield Line(Change.REMOVED, old[line], before=line + 1)
            for line in range(from_new, to_new):
                yield Line(Change.ADDED, new[line], after=line + 1)
