"""What a person typed, and whether a name on a page gives it away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from specward.recording.fields import FieldKind
from specward.writing.folding import folded

_WORDS: Final = re.compile(r"[^\W_]+")
_SHORTEST: Final = 3
"""Letters and digits of a value: shorter ones are in every other word."""
# Scripts that are written without spaces: what was typed may stand within a word.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7ff]"
)
_OF_A_PERSON: Final = frozenset(
    {FieldKind.NAME, FieldKind.GIVEN_NAME, FieldKind.FAMILY_NAME, FieldKind.USERNAME, FieldKind.EMAIL, FieldKind.CARD}
)


class Typed:
    """The values that one session put in, each with what its field is for."""

    def __init__(self, values: Iterable[tuple[FieldKind, str]]) -> None:
        parts = {part for field, value in values for part in _telling(field, value)}
        self._words = sorted(part for part in parts if len(part) >= _SHORTEST)
        # Of several words also where a page runs them together ("aliceexample").
        run_together = {part.replace(" ", "") for part in parts if " " in part or _UNSPACED.search(part)}
        self._anywhere = sorted(one for one in run_together if len(one) >= (2 if _UNSPACED.search(one) else 6))

    def within(self, name: str) -> bool:
        """Does a name hold one of the values, or of a person's name or address one of its words?"""
        words = f" {_in_words(name)} "
        if any(f" {part} " in words for part in self._words):
            return True
        together = words.replace(" ", "")
        return any(part in together for part in self._anywhere)


def _telling(field: FieldKind, value: str) -> Iterator[str]:
    """A value as words; of a person's name, or the first half of a mail address, each word too."""
    yield _in_words(value)
    if field in _OF_A_PERSON or "@" in value:
        yield from _in_words(value.partition("@")[0]).split()


def _in_words(text: str) -> str:
    return " ".join(_WORDS.findall(folded(text[:1_000]).casefold()))
