"""What stands in a report: one frozen value, kept as JSON, from which the mail, its text and the PDF are all made."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_LONGEST: Final = 300
# Controls, line ends, and the embeddings, overrides and isolates of UAX #9: nothing of a mail's header or a line of
# ours is to be ended or turned about by a name.
_UNSEEN: Final = re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def plain(text: str, longest: int = _LONGEST) -> str:
    """Text that somebody chose, as one line of what can be seen, cut at so many characters."""
    line = " ".join(_UNSEEN.sub(" ", text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise or a threat, how it stands, since when, and how its checks do, by standing."""

    key: str
    title: str
    standing: str
    since: str
    checks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Changed:
    """A check whose outcome became another one."""

    at: str
    title: str
    before: str
    after: str
    because: str


@dataclass(frozen=True, slots=True)
class Wanting:
    """A check that somebody has to see to."""

    title: str
    standing: str
    because: str
    mend: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A failing check that is accepted for a while."""

    title: str
    reason: str
    owner: str
    expires: str


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head of the audit log. ``root`` in hexadecimal; ``note`` as it was signed."""

    size: int
    root: str
    signed: str
    note: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of this report's time, and of as long a time before it."""

    label: str
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something that ends soon."""

    what: str
    name: str
    when: str


@dataclass(frozen=True, slots=True)
class Content:
    """All of a report. Times are ISO 8601 in UTC; ``zone`` is on whose clocks they are shown."""

    tenant: str
    host: str
    schedule: str
    every: str
    zone: str
    at: str
    since: str
    until: str
    standing: str
    promises: tuple[Promised, ...]
    threats: tuple[Promised, ...]
    changes: tuple[Changed, ...]
    changes_in_all: int
    wanting: tuple[Wanting, ...]
    wanting_in_all: int
    accepted: tuple[Accepted, ...]
    head: Head | None
    figures: tuple[Figure, ...]
    expiries: tuple[Expiry, ...]
    expiries_in_all: int

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @staticmethod
    def of(kept: Mapping[str, Any]) -> Content:
        """As it was kept."""
        many = {
            "promises": Promised, "threats": Promised, "changes": Changed, "wanting": Wanting, "accepted": Accepted,
            "figures": Figure, "expiries": Expiry,
        }  # fmt: skip
        found: dict[str, Any] = dict(kept)
        for name, kind in many.items():
            found[name] = tuple(kind(**one) for one in kept[name])
        found["head"] = Head(**kept["head"]) if kept["head"] else None
        return Content(**found)


def digest_of(kept: Mapping[str, Any]) -> str:
    """SHA-256 over a content as JSON with sorted names, in hexadecimal."""
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
