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
_LONG: Final = 6
"""Letters and digits of a value that is looked for within words too: inflected, or run together ("Fictionals")."""
_LONG_OF_A_PERSON: Final = 4
_UMLAUT: Final = re.compile("(?<=[aou])e")
"""Müller is Mueller where a page has no umlauts, and Muller to ``folded``."""
_DIGITS: Final = re.compile(r"\d(?:[ .,'\u2019_-]{0,2}\d)*")
_DECIMALS: Final = re.compile(r"(?<=\d)[.,]\d{1,2}$")
_FEW_DIGITS: Final = 5
_OF_A_PERSON: Final = frozenset(
    {FieldKind.NAME, FieldKind.GIVEN_NAME, FieldKind.FAMILY_NAME, FieldKind.USERNAME, FieldKind.EMAIL, FieldKind.CARD}
)


class Typed:
    """The values that one session put in, each with what its field is for."""

    def __init__(self, values: Iterable[tuple[FieldKind, str]]) -> None:
        values = list(values)
        parts = {part for field, value in values for part in _telling(field, value)}
        self._words = sorted(part for part in parts if len(part) >= _SHORTEST)
        persons = {part for field, value in values for part in _persons(field, value)}
        self._anywhere = sorted(
            {one for part in parts if len(one := part.replace(" ", "")) >= (2 if _UNSPACED.search(one) else _LONG)}
            | {one for one in persons if len(one) >= _LONG_OF_A_PERSON and not one.isdigit()}
        )
        self._numbers = sorted({number for _, value in values for number in _numbers(value)})

    def within(self, name: str) -> bool:
        """Does a name hold one of the values, or of a person's name or address one of its words? A number also where
        the page groups its digits or adds decimals."""
        words = f" {_in_words(name)} "
        if any(f" {part} " in words for part in self._words):
            return True
        together = words.replace(" ", "")
        if any(part in together for part in self._anywhere):
            return True
        runs = ["".join(filter(str.isdigit, run)) for run in _DIGITS.findall(folded(name))] if self._numbers else []
        return any(
            run.startswith(number) or (len(number) >= _FEW_DIGITS and number in run)
            for run in runs
            for number in self._numbers
        )


def _telling(field: FieldKind, value: str) -> Iterator[str]:
    """A value as words; of a person's name, or the first half of a mail address, each word too."""
    yield _in_words(value)
    yield from _persons(field, value)


def _persons(field: FieldKind, value: str) -> Iterator[str]:
    if field in _OF_A_PERSON or "@" in value:
        yield from _in_words(value.partition("@")[0]).split()


def _numbers(value: str) -> Iterator[str]:
    """Of a value that is a number, its digits, with and without decimals."""
    plain = folded(value[:1_000]).strip()
    if not any(c.isalpha() for c in plain):
        for said in (plain, _DECIMALS.sub("", plain)):
            digits = "".join(filter(str.isdigit, said))
            if len(digits) >= _SHORTEST:
                yield digits


def _in_words(text: str) -> str:
    return _UMLAUT.sub("", " ".join(_WORDS.findall(folded(text[:1_000]).casefold())))
