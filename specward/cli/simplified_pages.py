"""What one would send of a page to a model if one sent pages: a measure, sent to nobody.

Each page that was visited, once, as tags with the attributes that say what an element is for, and the visible text;
without scripts, styles, hidden elements, and all that only makes it look as it does. It is what a careful person would
cut it to by rules, so that a comparison with it is no comparison with a straw man.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from specward.recording.reading import Event

_META: Final = 4
_FULL_SNAPSHOT: Final = 2
_ELEMENT: Final = 2
_TEXT: Final = 3
_LEFT_OUT: Final = frozenset(
    "head script style noscript template link meta title base svg path canvas iframe video audio picture source".split()
)
_ATTRIBUTES: Final = ("role", "name", "id", "type", "placeholder", "aria-label", "data-testid", "href", "alt")
_PLAIN: Final = frozenset("div span p b i em strong small br hr section article main font center u s wbr".split())
"""Tags that say nothing of their own: only what is in them stays."""
_VOID: Final = frozenset("img input br hr wbr".split())


def simplified_pages(events: Iterable[Event]) -> Iterator[str]:
    """The simplified HTML of each page: of each full snapshot that is of another address than the one before it."""
    address: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    for event in events:
        if type(event.data) is not dict:
            continue
        if event.type == _META:
            address[event.window] = event.data.get("href")
        elif event.type == _FULL_SNAPSHOT:
            here = address.get(event.window, event.number)
            if shown.get(event.window, "") != here:
                shown[event.window] = here
                yield simplified(event.data.get("node"))


def simplified(node: Any) -> str:
    """The simplified HTML of one serialised node and all below it. What is not in rrweb's shape is left out."""
    parts: list[str] = []
    # Closing tags wait on the same stack as nodes: pages nest deeper than Python's calls may.
    waiting: list[Any] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            parts.append(one)
            continue
        if type(one) is not dict:
            continue
        if one.get("type") == _TEXT:
            text = one.get("textContent")
            if type(text) is str and text.strip():
                parts.append(" ".join(text.split()))
            continue
        tag = one.get("tagName") if one.get("type") == _ELEMENT else ""
        attributes = one.get("attributes")
        attributes = attributes if type(attributes) is dict else {}
        if type(tag) is not str or tag.lower() in _LEFT_OUT or _is_hidden(attributes):
            continue
        opened, closed = _tags(tag.lower(), attributes)
        if opened:
            parts.append(opened)
        if closed:
            waiting.append(closed)
        children = one.get("childNodes")
        if type(children) is list:
            waiting.extend(reversed([child for child in children if type(child) is dict]))
    return "\n".join(parts)


def _tags(tag: str, attributes: dict[str, Any]) -> tuple[str, str]:
    kept = "".join(f' {name}="{value}"' for name in _ATTRIBUTES if type(value := attributes.get(name)) is str and value)
    if not tag or (tag in _PLAIN and not kept):
        return "", ""
    return f"<{tag}{kept}>", "" if tag in _VOID else f"</{tag}>"


def _is_hidden(attributes: dict[str, Any]) -> bool:
    style = attributes.get("style")
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("type") == "hidden"
        or (type(style) is str and "display:none" in style.replace(" ", ""))
    )
