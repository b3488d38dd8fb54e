"""The spec language in colours: each line as the words it is made of, by what the registry says they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from specward.language.primitive import Kind
from specward.language.registry import REGISTRY

_WORD: Final = re.compile(
    r"""(?P<string>"(?:[^"\\]|\\.)*"?)|(?P<comment>\#.*)|(?P<parameter>[a-z_]+(?==))|(?P<name>\w+)|(?P<rest>[^\w"\#]+)"""
)
_CLASSES: Final = {
    Kind.HEADER: "keyword", Kind.STEP: "keyword", Kind.ACTION: "action", Kind.ASSERTION: "assertion",
    Kind.LOCATOR: "locator", Kind.VALUE: "locator",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a line. ``kind`` is the class it is shown in; empty for what has none."""

    text: str
    kind: str = ""


def highlighted(line: str) -> list[Word]:
    """The words of one line; together they are the line, whatever it holds."""
    return list(_words(line))


def _words(line: str) -> Iterator[Word]:
    for match in _WORD.finditer(line):
        text = match.group()
        kind = match.lastgroup or ""
        if kind == "name":
            known = REGISTRY.get(text)
            kind = "keyword" if text == "with" else _CLASSES.get(known.kind, "") if known is not None else ""
        yield Word(text, "" if kind == "rest" else kind)
