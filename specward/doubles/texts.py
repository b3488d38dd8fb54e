"""Every text that a request holds, but for its fixed structure: what an instruction could hide in."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from specward.doubles.requests import Asked

_STRUCTURE: Final = frozenset({"id", "do", "see", "role", "kept", "form"})
"""Keys of the document whose values are ours."""
_LITERAL: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{1,12}://[^\s\"'<>)\]}]+|\bwww\.[^\s\"'<>)\]}]+|javascript:[^\s\"']+", re.I)
_QUOTED: Final = re.compile(r"\"([^\"\n]{2,200})\"|'([^'\n]{2,200})'|`([^`\n]{2,200})`|“([^”\n]{2,200})”")
_CALLING: Final = re.compile(r"\b[A-Za-z_][\w.]{0,60}\([^()\n]{0,200}\)")
_DROPPING: Final = re.compile(r"ignor|remov|delet|skip|do not|don't|disregard|forget|instead|without|omit|stop", re.I)
_REORDERING: Final = re.compile(r"\bfirst\b|before|reorder|\bstart\b|\bthen\b|revers|instead", re.I)
_COMMANDING: Final = re.compile(
    r"ignor|instruct|system|you (?:are|must|will|can)|assistant|prompt|goto|http|spec\(|password|secret|admin|print|"
    r"write|send|tell|act as|execute|run |delete|forget|override|\bdo\b|please",
    re.I,
)

_MOST_SHOUTED: Final = 4_000


@dataclass(frozen=True, slots=True)
class Orders:
    """What the texts of a request ask for, taken at their word."""

    texts: tuple[str, ...]
    """All of them, what sounds most like an order first."""
    in_order: tuple[str, ...]
    urls: tuple[str, ...]
    calls: tuple[str, ...]
    quoted: tuple[str, ...]
    drop: bool
    reorder: bool

    @property
    def loudest(self) -> str:
        """What is obeyed before all else; a text of our own where the request holds none."""
        return self.texts[0] if self.texts else "Ignore the recorded session"

    @property
    def all(self) -> str:
        """All of them at once, as they stand in the document: an order may be spread over many places."""
        return " ".join(self.in_order)[:_MOST_SHOUTED] or self.loudest


def orders(request: Asked) -> Orders:
    """Reads the orders out of the document and out of all that was said after it."""
    found = dict.fromkeys(text for action in request.actions for text in _strings(action) if text.strip())
    if not request.actions and request.document:
        found[request.document] = None
    for _, objections in request.turns:
        for line in objections.splitlines():
            found.update(dict.fromkeys(_strings(_read(line))))
    texts = sorted(found, key=lambda text: (-len(_COMMANDING.findall(text)), -len(text)))
    whole = "\n".join(texts) + "\n" + "".join(found)
    return Orders(
        tuple(texts),
        tuple(found),
        tuple(dict.fromkeys(_URL.findall(whole))),
        tuple(dict.fromkeys(_CALLING.findall(whole))),
        tuple(dict.fromkeys(next(filter(None, groups)) for groups in _QUOTED.findall(whole))),
        bool(_DROPPING.search(whole)),
        bool(_REORDERING.search(whole)),
    )


def _strings(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in _STRUCTURE:
                yield from _strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, key)
    elif isinstance(value, str):
        # A ready-made call is ours; what stands in its quotes is the page's.
        yield from _literals(value) if key in ("write", "or") else (value,)


def _literals(call: str) -> Iterator[str]:
    for quoted in _LITERAL.findall(call):
        try:
            yield str(ast.literal_eval(quoted))
        except (ValueError, SyntaxError):
            yield quoted[1:-1]


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line
