"""Which entry is which: two sequences of hashes laid against each other.

Hashes of salted leaves differ from each other, so an entry is found wherever it stands. What stands in order (the
longest rising sequence) is at home; what is out of it was moved; between two that are at home, places without an entry
and entries without a place are either pairs (changed) or single (dropped, added).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from specward.tlog.hashing import HASH_BYTES

MAX_MATCHED: Final = 1_000_000
"""Hashes from the first to the last difference that are laid against each other. Memory for each: some 200 bytes."""


@dataclass(slots=True)
class Matching:
    """Positions, from 0, on the side of what is and on the side of what should be.

    ``changed`` and ``moved`` are pairs (is, should). ``too_many`` is the stretch (both sides) that was not looked at.
    """

    changed: list[tuple[int, int]] = field(default_factory=list)
    moved: list[tuple[int, int]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    at_home: list[tuple[int, int]] = field(default_factory=list)
    prefix: int = 0
    suffix: int = 0
    too_many: tuple[int, int, int, int] | None = None


def common_prefix(one: bytes, other: bytes) -> int:
    """How many hashes two sequences have in common from the left."""
    low, high = 0, min(len(one), len(other)) // HASH_BYTES
    while low < high:
        middle = (low + high + 1) // 2
        begin, end = low * HASH_BYTES, middle * HASH_BYTES
        if one[begin:end] == other[begin:end]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(one: bytes, other: bytes, most: int) -> int:
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        width = middle * HASH_BYTES
        if one[len(one) - width :] == other[len(other) - width :]:
            low = middle
        else:
            high = middle - 1
    return low


def match(is_: bytes, should: bytes, claim_of: Callable[[int], int] = lambda _: -1) -> Matching:
    """Lay what is against what should be, both as hashes behind each other.

    ``claim_of`` says which position of the second a position of the first says it is: a stranger that claims an empty
    place nearby is what was there, changed.
    """
    prefix = common_prefix(is_, should)
    count, wanted = len(is_) // HASH_BYTES, len(should) // HASH_BYTES
    suffix = _common_suffix(is_, should, min(count, wanted) - prefix)
    found = Matching(prefix=prefix, suffix=suffix)
    if max(count, wanted) - prefix - suffix > MAX_MATCHED:
        found.too_many = (prefix, count - suffix, prefix, wanted - suffix)
        return found
    homes: dict[bytes, int] = {}
    twins: dict[bytes, list[int]] = {}  # only a log that was made to mislead has a hash twice
    for at in range(wanted - suffix - 1, prefix - 1, -1):
        each = should[at * HASH_BYTES : (at + 1) * HASH_BYTES]
        if each in homes:
            twins.setdefault(each, []).append(homes[each])
        homes[each] = at
    known: list[tuple[int, int]] = []
    strangers: list[int] = []
    for at in range(prefix, count - suffix):
        each = is_[at * HASH_BYTES : (at + 1) * HASH_BYTES]
        home = homes.pop(each, None)
        if home is None:
            strangers.append(at)
            continue
        known.append((at, home))
        if waiting := twins.get(each):
            homes[each] = waiting.pop()
    rising = _longest_rising([home for _, home in known])
    found.at_home = [known[number] for number in rising]
    stays = set(rising)
    found.moved = [pair for number, pair in enumerate(known) if number not in stays]
    empty = sorted([*homes.values(), *chain.from_iterable(twins.values())])
    _between(found, strangers, empty, claim_of, (count - suffix, wanted - suffix))
    return found


def _between(
    found: Matching,
    strangers: list[int],
    empty: list[int],
    claim_of: Callable[[int], int],
    end: tuple[int, int],
) -> None:
    """Pair strangers with empty places, gap by gap between those that are at home."""
    stranger = place = 0
    for at, home in [*found.at_home, end]:
        here: list[int] = []
        while stranger < len(strangers) and strangers[stranger] < at:
            here.append(strangers[stranger])
            stranger += 1
        free: list[int] = []
        while place < len(empty) and empty[place] < home:
            free.append(empty[place])
            place += 1
        if len(here) == len(free):
            found.changed += zip(here, free, strict=True)
            continue
        open_places = set(free)
        for each in here:
            claimed = claim_of(each)
            if claimed in open_places:
                open_places.remove(claimed)
                found.changed.append((each, claimed))
            else:
                found.added.append(each)
        found.dropped += sorted(open_places)


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Positions of the longest rising subsequence (patience sorting, O(n log n))."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for position, number in enumerate(numbers):
        pile = bisect_left(ends, number)
        before.append(at[pile - 1] if pile else -1)
        if pile == len(ends):
            ends.append(number)
            at.append(position)
        else:
            ends[pile] = number
            at[pile] = position
    rising: list[int] = []
    position = at[-1] if at else -1
    while position >= 0:
        rising.append(position)
        position = before[position]
    return rising[::-1]
