"""Payloads planted in recordings, where a stranger could have put them: one carrier after the other.

A carrier changes the events of a real recording as its page would have: the name of a control that was clicked, a
field's placeholder, a heading, an address. It says where nothing can be planted by leaving the events as they are.
"""

from __future__ import annotations

import copy
import gzip
import html
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import orjson

Events = list[dict[str, Any]]
Node = dict[str, Any]

_CONTROLS: Final = frozenset({"a", "button", "summary", "label"})
_FIELDS: Final = frozenset({"input", "textarea", "select"})
_VOID: Final = frozenset({"input", "img", "br", "meta"})
_PIECE: Final = 50
"""Characters of a payload that one name holds when it is spread over many: short enough to be shown to a model."""


def read(path: Path) -> Events:
    """The events of a recording that is one JSON array."""
    raw = path.read_bytes()
    events: Events = orjson.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    return events


@dataclass
class Touched:
    """The elements that the session had to do with, each once, in order; with their parents."""

    clicked: list[Node] = field(default_factory=list)
    filled: list[Node] = field(default_factory=list)
    chosen: list[Node] = field(default_factory=list)
    """The options that were chosen."""
    inputs: list[Node] = field(default_factory=list)
    """The data of the last input event of each field that was typed in."""
    parents: dict[int, Node] = field(default_factory=dict)
    """By the identity of the child."""

    def control_of(self, node: Node) -> Node:
        """The control that a click on a node means."""
        here: Node | None = node
        while here is not None:
            if here.get("tagName") in _CONTROLS or "role" in here.get("attributes", {}):
                return here
            here = self.parents.get(id(here))
        return node


def touched(events: Events) -> Touched:
    """Follows the ids through snapshots and additions to the elements that events are about."""
    found = Touched()
    nodes: dict[int, Node] = {}
    last: dict[int, Node] = {}

    def note(node: Any, parent: Node | None) -> None:
        waiting = [(node, parent)]
        while waiting:
            one, above = waiting.pop()
            if isinstance(one, dict):
                nodes[one.get("id", -1)] = one
                if above is not None:
                    found.parents[id(one)] = above
                waiting.extend((child, one) for child in one.get("childNodes", ()))

    for event in events:
        data = event.get("data")
        if not isinstance(data, dict):
            continue
        if event["type"] == 2:
            nodes.clear()
            note(data.get("node"), None)
        elif event["type"] == 3 and data.get("source") == 0:
            for add in data.get("adds") or ():
                note(add.get("node"), nodes.get(add.get("parentId", -1)))
        elif event["type"] == 3 and data.get("id") in nodes:
            node = nodes[data["id"]]
            tag = node.get("tagName")
            if data.get("source") == 2 and data.get("type") == 2 and tag not in _FIELDS:
                found.clicked.append(found.control_of(node))
            elif data.get("source") == 5 and tag == "select":
                options = [one for one in _below(node) if one.get("tagName") == "option"]
                found.chosen += [one for one in options if one["attributes"].get("value") == data.get("text")]
            elif data.get("source") == 5 and tag in _FIELDS and "*" not in str(data.get("text")):
                found.filled.append(node)
                last[id(node)] = data
    found.clicked = _once(found.clicked)
    found.filled = _once(found.filled)
    found.chosen = _once(found.chosen)
    found.inputs = list(last.values())
    return found


def _once(nodes: list[Node]) -> list[Node]:
    return list({id(node): node for node in nodes}.values())


def texts(node: Node) -> list[Node]:
    """The text nodes below a node, in order."""
    if node.get("type") == 3:
        return [node]
    return [text for child in node.get("childNodes", ()) for text in texts(child)]


def say(node: Node, words: str) -> None:
    """An element's text becomes these words."""
    found = [text for text in texts(node) if text.get("textContent", "").strip()]
    for text in found:
        text["textContent"] = ""
    if found:
        found[0]["textContent"] = words


# Carriers: each changes a copy of the events in place


def _clicked_text(events: Events, payload: str) -> None:
    for node in touched(events).clicked[:2]:
        say(node, payload)


def _clicked_aria_label(events: Events, payload: str) -> None:
    for node in touched(events).clicked[:2]:
        node["attributes"]["aria-label"] = payload


def _field_aria_label(events: Events, payload: str) -> None:
    for node in touched(events).filled[:1]:
        node["attributes"]["aria-label"] = payload


def _field_placeholder(events: Events, payload: str) -> None:
    """The placeholder is a field's name where nothing else is: its labels are taken away."""
    found = touched(events)
    for node in found.filled[:1]:
        attributes = node["attributes"]
        for other in ("aria-label", "aria-labelledby", "title"):
            attributes.pop(other, None)
        attributes["placeholder"] = payload
        above = found.parents.get(id(node))
        while above is not None:
            if above.get("tagName") == "label":
                above["tagName"] = "span"
            for child in above.get("childNodes", ()):
                if child.get("tagName") == "label" and child["attributes"].get("for") == attributes.get("id"):
                    child["attributes"].pop("for", None)
            above = found.parents.get(id(above))


def _field_label(events: Events, payload: str) -> None:
    found = touched(events)
    for node in found.filled[:1]:
        above = found.parents.get(id(node))
        while above is not None:
            labels = [one for one in [above, *above.get("childNodes", ())] if one.get("tagName") == "label"]
            for label in labels[:1]:
                say(label, payload)
            if labels:
                break
            above = found.parents.get(id(above))


def _option_label(events: Events, payload: str) -> None:
    for option in touched(events).chosen:
        say(option, payload)


def _heading(events: Events, payload: str) -> None:
    """On the last page only: what all pages say alike is nobody's news."""
    for node in _elements(_from_last_page(events), lambda one: one.get("tagName") in ("h1", "h2")):
        say(node, payload)


def _status(events: Events, payload: str) -> None:
    """What the page reports: the words that come into a status, and a status that comes with its words."""
    statuses = list(_elements(events, lambda one: one["attributes"].get("role") in ("status", "alert")))
    ids = {node["id"] for node in statuses}
    for data in _mutations(events):
        for add in data.get("adds") or ():
            if add.get("parentId") in ids and add["node"].get("type") == 3:
                add["node"]["textContent"] = payload
            elif add["node"].get("id") in ids:
                say(add["node"], payload)
        for text in data.get("texts") or ():
            text["value"] = payload


def _title(events: Events, payload: str) -> None:
    for node in _elements(_from_last_page(events), lambda one: one.get("tagName") == "title"):
        say(node, payload)


def _from_last_page(events: Events) -> Events:
    last = max(index for index, event in enumerate(events) if event["type"] == 2)
    return events[last:]


def _href_query(events: Events, payload: str) -> None:
    for event in events:
        if event["type"] == 4:
            href = event["data"]["href"].partition("#")[0]
            event["data"]["href"] = href + ("&" if "?" in href else "?") + "note=" + quote(payload[:500])


def _href_path(events: Events, payload: str) -> None:
    for event in events:
        if event["type"] == 4:
            href, question, query = event["data"]["href"].partition("?")
            event["data"]["href"] = f"{href.rstrip('/')}/{quote(payload[:200], safe='')}{question}{query}"


def _typed(events: Events, payload: str) -> None:
    for data in touched(events).inputs[:2]:
        data["text"] = payload


def _test_id(events: Events, payload: str) -> None:
    found = touched(events)
    for node in [*found.clicked[:2], *found.filled[:2]]:
        node["attributes"]["data-testid"] = payload


def _id(events: Events, payload: str) -> None:
    found = touched(events)
    for node in [*found.clicked[:2], *found.filled[:2]]:
        node["attributes"]["id"] = payload


def _spread(events: Events, payload: str) -> None:
    """In pieces, over the names of all controls that were used: each is short, together they are the payload."""
    found = touched(events)
    pieces = [payload[at : at + _PIECE] for at in range(0, len(payload), _PIECE)]
    for node, piece in zip([*found.clicked, *found.filled], pieces, strict=False):
        node["attributes"]["aria-label"] = piece


def _custom_events(events: Events, payload: str) -> None:
    """What recorders add of their own: storage, sockets, window names, console lines."""
    at = events[-1]["timestamp"]
    middle = len(events) // 2
    events[middle:middle] = [
        {
            "type": 5,
            "timestamp": events[middle]["timestamp"],
            "data": {"tag": payload[:200], "payload": {payload: payload}},
        },
        {"type": 6, "timestamp": at, "data": {"plugin": "rrweb/console@1", "payload": {"payload": [payload]}}},
    ]


CARRIERS: Final[dict[str, Callable[[Events, str], None]]] = {
    "clicked-text": _clicked_text,
    "clicked-aria-label": _clicked_aria_label,
    "field-aria-label": _field_aria_label,
    "field-placeholder": _field_placeholder,
    "field-label": _field_label,
    "option-label": _option_label,
    "heading": _heading,
    "status": _status,
    "title": _title,
    "href-query": _href_query,
    "href-path": _href_path,
    "typed": _typed,
    "test-id": _test_id,
    "id": _id,
    "spread": _spread,
    "custom-events": _custom_events,
}


def plant(events: Events, carrier: str, payload: str) -> Events:
    """A copy of the events that carries the payload."""
    made = copy.deepcopy(events)
    CARRIERS[carrier](made, payload)
    return made


def plant_html(events: Events, template: str, payload: str) -> Events:
    """A copy whose pages hold a template of the corpus as their last element."""
    filled = (
        template.replace("{{PAYLOAD}}", html.escape(payload))
        .replace("{{PAYLOAD_ATTR}}", html.escape(payload, quote=True))
        .replace("{{PAYLOAD_COMMENT}}", payload.replace("--", "- -"))
        .replace("{{PAYLOAD_JSON}}", json.dumps(payload)[1:-1])
    )
    made = copy.deepcopy(events)
    number = 10_000_000
    for body in _elements(made, lambda one: one.get("tagName") == "body"):
        for node in _parsed(filled):
            for one in (node, *_below(node)):
                number += 1
                one["id"] = number
            body["childNodes"].append(node)
    return made


class _Builder(HTMLParser):
    """HTML as rrweb writes it down."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: Node = {"type": 0, "childNodes": []}
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made: Node = {"type": 2, "tagName": tag, "attributes": {k: v or "" for k, v in attrs}, "childNodes": []}
        self._open[-1]["childNodes"].append(made)
        if tag not in _VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1]["childNodes"].append({"type": 3, "textContent": data})

    def handle_comment(self, data: str) -> None:
        self._open[-1]["childNodes"].append({"type": 5, "textContent": data})


def _parsed(text: str) -> list[Node]:
    builder = _Builder()
    builder.feed(text)
    builder.close()
    nodes: list[Node] = builder.root["childNodes"]
    return nodes


def _mutations(events: Events) -> Iterator[dict[str, Any]]:
    for event in events:
        if event["type"] == 3 and event["data"].get("source") == 0:
            yield event["data"]


def _below(node: Node) -> Iterator[Node]:
    for child in node.get("childNodes", ()):
        yield child
        yield from _below(child)


def _elements(events: Events, wanted: Callable[[Node], bool]) -> Iterator[Node]:
    """The elements of all pages and all that was added to them, for which ``wanted`` holds."""
    for event in events:
        roots: list[Node] = []
        if event["type"] == 2:
            roots = [event["data"]["node"]]
        elif event["type"] == 3 and event["data"].get("source") == 0:
            roots = [add["node"] for add in event["data"].get("adds") or ()]
        for root in roots:
            yield from (one for one in (root, *_below(root)) if one.get("type") == 2 and wanted(one))
