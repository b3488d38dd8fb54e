"""What a run of a check saw, made readable: facts, lists and tables, for a template that escapes them.

Evidence is JSON that our own checks wrote, of any shape. It is bounded again here: a page is not to be as long as a
check can make it. What is left out is counted, and stands whole in the download.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from apps.console.inert import inert

_DEEP: Final = 4
_ROWS: Final = 50
_COLUMNS: Final = 8
_LONG: Final = 400


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence. One of ``text``, ``items``, ``rows`` and ``within`` is what it holds, by ``kind``."""

    name: str
    kind: str
    text: str = ""
    items: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    within: Sequence[Shown] = ()
    more: int = 0
    """Items or rows that are not shown."""
    is_code: bool = False
    """A name of the machine's: written in its own letters."""


def readable(evidence: object) -> list[Shown]:
    """The evidence of a run, in its own order."""
    if isinstance(evidence, Mapping):
        return [_shown(str(name), value, 1) for name, value in evidence.items()]
    return [] if evidence is None else [_shown("Seen", evidence, 1)]


def words_of(name: str) -> str:
    """A key as words: ``tables_without_policy`` is "Tables without policy"."""
    words = inert(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _shown(name: str, value: Any, depth: int) -> Shown:
    called = words_of(name)
    if isinstance(value, Mapping) and set(value) == {"count", "first"} and isinstance(value["first"], list | tuple):
        return _counted(called, value["count"], value["first"])
    if isinstance(value, Mapping) and value and depth < _DEEP:
        within = [_shown(str(key), one, depth + 1) for key, one in list(value.items())[:_ROWS]]
        return Shown(called, "within", within=within, more=max(0, len(value) - _ROWS))
    if isinstance(value, list | tuple) and value and depth < _DEEP:
        return _several(called, value)
    return Shown(called, "text", _text(value), is_code=_is_of_the_machine(value))


def _counted(called: str, count: Any, first: Sequence[Any]) -> Shown:
    """What ``checking.some`` writes: how many there are, and the first of them."""
    if not first or not isinstance(count, int):
        return Shown(called, "text", "none" if count == 0 else _text(count))
    shown = _several(f"{called}: {count:,}", first)
    return replace(shown, more=max(0, count - len(first)) + shown.more)


def _several(called: str, values: Sequence[Any]) -> Shown:
    shown, more = values[:_ROWS], max(0, len(values) - _ROWS)
    if all(isinstance(one, Mapping) for one in shown):
        columns = list(dict.fromkeys(str(key) for one in shown for key in one))[:_COLUMNS]
        rows = [[_text(one.get(column, "")) for column in columns] for one in shown]
        return Shown(called, "rows", columns=[words_of(column) for column in columns], rows=rows, more=more)
    if all(isinstance(one, list | tuple) for one in shown):
        wide = min(_COLUMNS, max(len(one) for one in shown))
        rows = [[_text(cell) for cell in [*one, *[""] * wide][:wide]] for one in shown]
        return Shown(called, "rows", columns=[str(n + 1) for n in range(wide)], rows=rows, more=more)
    return Shown(called, "items", items=[_text(one) for one in shown], more=more, is_code=True)


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return _cut(", ".join(f"{key}: {_text(one)}" for key, one in list(value.items())[:_ROWS]) or "nothing")
    if isinstance(value, list | tuple):
        return _cut(", ".join(_text(one) for one in value[:_ROWS]) or "none")
    return _cut(inert(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def _is_of_the_machine(value: Any) -> bool:
    """An id, a digest, a name of a table: one word with something in it that no word of a person has."""
    return isinstance(value, str) and " " not in value and any(one in value for one in "_-./:0123456789")
