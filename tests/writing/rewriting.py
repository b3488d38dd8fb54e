"""Recordings rewritten so that whatever arrives can be told where it came from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

from specward.recording.reading import Event

Words = Callable[[str], str]
_SAYING = ("aria-label", "placeholder", "title", "alt", "value", "data-testid", "name", "id", "label", "href")


def rewritten(events: Iterable[Event], *, said: Words | None = None, typed: Words | None = None) -> list[Event]:
    """The events with other words: ``said`` makes those of the pages, ``typed`` those of the input events."""
    made = []
    for event in events:
        data = copy.deepcopy(event.data)
        if said is not None:
            for node in _nodes(event.type, data):
                _say(node, said)
            for change in _changes(event.type, data):
                change["value"] = said(str(change["value"])) if change.get("value") else change.get("value")
        if typed is not None and event.type == 3 and isinstance(data, dict) and data.get("source") == 5:
            text = data.get("text")
            if isinstance(text, str) and text.strip() and "**" not in text and text not in ("on", "off"):
                data["text"] = typed(text)
        made.append(event._replace(data=data))
    return made


def _nodes(type: int, data: Any) -> Iterator[dict[str, Any]]:
    roots: list[Any] = []
    if type == 2:
        roots = [data.get("node")]
    elif type == 3 and isinstance(data, dict) and data.get("source") == 0:
        roots = [add.get("node") for add in data.get("adds") or ()]
    while roots:
        node = roots.pop()
        if isinstance(node, dict):
            yield node
            if node.get("tagName") not in ("style", "script"):
                roots.extend(node.get("childNodes") or ())


def _changes(type: int, data: Any) -> list[dict[str, Any]]:
    mutated = type == 3 and isinstance(data, dict) and data.get("source") == 0
    return [one for one in data.get("texts") or () if isinstance(one, dict)] if mutated else []


def _say(node: dict[str, Any], said: Words) -> None:
    text = node.get("textContent")
    if node.get("type") == 3 and isinstance(text, str) and text.strip():
        node["textContent"] = said(text)
    attributes = node.get("attributes")
    if isinstance(attributes, dict):
        for name in _SAYING:
            if isinstance(attributes.get(name), str) and attributes[name] and name not in ("name", "id", "href"):
                attributes[name] = said(attributes[name])


def numbered(mark: str) -> Words:
    """Words that hold a mark and a number in letters, another one each time: nothing that is recognised."""
    numbers = count(1)

    def made(_: str) -> str:
        return f"{mark} {''.join(chr(97 + int(digit)) * 3 for digit in str(next(numbers)))}"

    return made


def in_turn(texts: Iterable[str]) -> Words:
    """The texts one after the other, again and again."""
    listed = list(texts)
    numbers = count()
    return lambda _: listed[next(numbers) % len(listed)]
