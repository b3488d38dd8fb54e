"""The lists in ``cases``: what must not be said to a model and what may be; hostile titles and plain ones."""

from __future__ import annotations

import re
from pathlib import Path

CASES = Path(__file__).parent / "cases"
_ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|\\|n|t|r)")


def _plain(line: str) -> str:
    return _ESCAPE.sub(lambda found: found.group().encode().decode("unicode_escape"), line.replace("{+}", ""))


def _lines(name: str) -> list[str]:
    lines = (CASES / name).read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line and not line.startswith("# ")]


def held_back() -> list[tuple[str, str]]:
    """Kind (``any`` where it is a matter of opinion) and text."""
    return [(kind, _plain(text)) for kind, _, text in (line.partition("\t") for line in _lines("held_back.tsv"))]


def sayable() -> list[str]:
    return [_plain(line) for line in _lines("sayable.txt")]


def hostile_titles() -> list[str]:
    """Texts that want to be more than a title."""
    return [_plain(line) for line in _lines("hostile_titles.txt")]


def titles() -> list[tuple[str, str]]:
    """Texts, and the titles that they make."""
    return [(_plain(text), _plain(title)) for text, _, title in (line.partition("\t") for line in _lines("titles.tsv"))]
