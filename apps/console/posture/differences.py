"""What is promised now otherwise than when it was accepted, word for word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_TOLD: Final = {
    "title": "Title", "words": "Words", "how": "How it is kept", "answer": "What stands against it", "docs": "Told in",
    "not_yet": "Not released because",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """A piece of a promise or a threat that is another one. Empty: it was not there, or is there no more."""

    key: str
    what: str
    before: str
    after: str


def differences(accepted: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """In the order of what is promised now; what is gone comes last. Both as ``promises.as_data`` writes them."""
    before = {str(one["key"]): one for one in accepted}
    after = {str(one["key"]): one for one in now}
    return [
        Difference(key, called, old, new)
        for key in dict.fromkeys([*after, *before])
        for name, called in _TOLD.items()
        if (old := _text(before.get(key, {}).get(name))) != (new := _text(after.get(key, {}).get(name)))
    ]


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
