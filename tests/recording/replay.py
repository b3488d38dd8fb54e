"""Small recordings made by hand: just enough rrweb to say one thing.

``Replay`` numbers nodes as rrweb does and writes events; tests read like what happened on the page.
"""

from __future__ import annotations

import io
from typing import Any

import orjson

from specward.recording.actions import Trace
from specward.recording.reading import read_events
from specward.recording.tracing import trace

SHOP = "https://shop.example"


class Replay:
    """Writes an rrweb recording, event by event; time moves on by half a second with each thing the user does."""

    def __init__(self, url: str = f"{SHOP}/", html: Any = (), *, title: str = "The mug shop") -> None:
        self.events: list[dict[str, Any]] = []
        self.ids: dict[str, int] = {}
        self._next = 1
        self.now = 1_700_000_000_000
        self.page(url, html, title=title)

    # Pages

    def page(
        self, url: str, html: Any = (), *, title: str = "The mug shop", load: bool = True, size: Any = (1280, 720)
    ) -> Replay:
        """A page is loaded: Meta, then a full snapshot with fresh ids."""
        self.ids = {}
        self._next = 1
        self.now += 300
        if load:
            self.add(0, {})
        self.add(4, {"href": url, "width": size[0], "height": size[1]})
        head = self.node("head", {}, [self.node("title", {}, [title])])
        body = self.node("body", {}, list(html) if not isinstance(html, dict) else [html])
        root = self.node("html", {"lang": "en"}, [head, body])
        document = {"type": 0, "id": self._id(), "childNodes": [root]}
        self._number(document)
        self.add(2, {"node": document, "initialOffset": {"left": 0, "top": 0}})
        return self

    def node(
        self, tag: str, attributes: dict[str, Any] | None = None, children: Any = (), key: str = ""
    ) -> dict[str, Any]:
        """An element; ``key`` is how the test calls it. Children are elements or texts."""
        kids = [children] if isinstance(children, (str, dict)) else list(children)
        made = {"type": 2, "tagName": tag, "attributes": attributes or {}, "childNodes": []}
        if key:
            made["key"] = key
        made["childNodes"] = [{"type": 3, "textContent": kid} if isinstance(kid, str) else kid for kid in kids]
        return made

    def _number(self, node: dict[str, Any]) -> None:
        node["id"] = self._id()
        key = node.pop("key", None)
        if key:
            self.ids[key] = node["id"]
        for kid in node.get("childNodes", ()):
            self._number(kid)

    def _id(self) -> int:
        self._next += 1
        return self._next

    # Events

    def add(self, type: int, data: Any) -> None:
        self.events.append({"type": type, "data": data, "timestamp": self.now})

    def incremental(self, source: int, **data: Any) -> Replay:
        self.add(3, {"source": source, **data})
        return self

    def later(self, milliseconds: int) -> Replay:
        self.now += milliseconds
        return self

    def click(self, key: str) -> Replay:
        self.now += 500
        for kind in (1, 5, 0, 2):
            self.incremental(2, type=kind, id=self.ids[key], x=1, y=1)
        return self

    def focus(self, key: str) -> Replay:
        return self.incremental(2, type=5, id=self.ids[key])

    def type(self, key: str, text: str, *, by_user: bool | None = True, masked: bool = False) -> Replay:
        """Typed letter by letter."""
        for length in range(1, len(text) + 1):
            self.now += 80
            self.input(key, "*" * length if masked else text[:length], by_user=by_user)
        return self

    def input(self, key: str, text: str, *, checked: bool = False, by_user: bool | None = True) -> Replay:
        data: dict[str, Any] = {"id": self.ids[key], "text": text, "isChecked": checked}
        if by_user is not None:
            data["userTriggered"] = by_user
        return self.incremental(5, **data)

    def mutate(self, **data: Any) -> Replay:
        self.now += 100
        full = {"texts": [], "attributes": [], "removes": [], "adds": [], **data}
        return self.incremental(0, **full)

    def append(self, parent: str, node: dict[str, Any]) -> Replay:
        """One element comes, as rrweb writes it: every node of it is an add of its own, parents first."""
        adds: list[dict[str, Any]] = []

        def flatten(made: dict[str, Any], parent_id: int) -> None:
            flat = {k: v for k, v in made.items() if k not in ("childNodes", "key")}
            flat["id"] = self._id()
            if made.get("key"):
                self.ids[made["key"]] = flat["id"]
            if flat["type"] == 2:
                flat["childNodes"] = []
            adds.append({"parentId": parent_id, "nextId": None, "node": flat})
            for kid in made.get("childNodes", ()):
                flatten(kid, flat["id"])

        flatten(node, self.ids[parent])
        return self.mutate(adds=adds)

    def remove(self, parent: str, key: str) -> Replay:
        return self.mutate(removes=[{"parentId": self.ids[parent], "id": self.ids[key]}])

    def set(self, key: str, **attributes: Any) -> Replay:
        return self.mutate(attributes=[{"id": self.ids[key], "attributes": attributes}])

    # Out

    def bytes(self) -> bytes:
        return orjson.dumps(self.events)

    def trace(self, origin: str | None = None) -> Trace:
        return trace(read_events(io.BytesIO(self.bytes())), origin=origin)


def did(found: Trace) -> list[str]:
    """The actions of a trace, a line each: kind, what, value."""
    lines = []
    for action in found.actions:
        words = [action.kind.value]
        if action.target is not None:
            locator = action.target.locator
            words.append(f"{locator.by.value}:{locator.name or locator.value}")
        if action.value is not None:
            words.append(repr(action.value))
        lines.append(" ".join(words))
    return lines


def reasons(found: Trace) -> list[str]:
    return [f"{drop.what}: {drop.reason}" for drop in found.dropped]
