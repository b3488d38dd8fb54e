"""Which bytes of a file a request asks for: one range of RFC 9110, section 14, so that a download that broke goes on.

What the RFC lets a server ignore is ignored, and all bytes are given: another unit than bytes, several ranges, and what
is no range. ``If-Range`` (section 13.1.5) is compared strongly, and with an entity tag only: files have no date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_SET: Final = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes ``first`` to ``end``, the last one not included, of ``size``."""

    first: int
    end: int
    size: int

    @property
    def length(self) -> int:
        return self.end - self.first

    @property
    def is_whole(self) -> bool:
        return self.length == self.size

    @property
    def content_range(self) -> str:
        """The header of a partial answer (section 14.4); of a stretch that is not empty."""
        return f"bytes {self.first}-{self.end - 1}/{self.size}"


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """A range that begins behind the end."""

    size: int

    @property
    def content_range(self) -> str:
        return f"bytes */{self.size}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request says of ranges: its headers ``Range`` and ``If-Range``, empty where there are none."""

    range: str = ""
    if_range: str = ""

    def of(self, size: int, etag: str) -> Stretch | Unsatisfiable | None:
        """Of a file of ``size`` bytes with the (strong) ``etag``, quotes included. None: all of it, as if no range had
        been asked for."""
        found = _SET.fullmatch(self.range)
        if found is None or (self.if_range and self.if_range != etag):
            return None
        first, last = found[1], found[2]
        if first:
            if last and int(last) < int(first):
                return None  # no range at all (section 14.1.2)
            if int(first) >= size:
                return Unsatisfiable(size)
            return Stretch(int(first), min(int(last) + 1, size) if last else size, size)
        if not last:
            return None
        if not int(last) or not size:
            return Unsatisfiable(size)
        return Stretch(max(size - int(last), 0), size, size)
