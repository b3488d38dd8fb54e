"""Pages for tests, written as HTML: parsed into the shape a recorder gives, ``key`` being how a test calls an element.

``<shadow-root>`` holds what is in the shadow tree of the element around it, ``<frame-document>`` what is in a frame.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from specward.recording.dom import Node, Page
from specward.recording.names import Accessible
from specward.recording.styles import StyleCache, Styles

_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, int] = {}
        self.count = 0
        self.root = self.made({"type": 0})
        self.open = [self.root]

    def made(self, node: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        return {"id": self.count, "childNodes": [], **node}

    def place(self, node: dict[str, Any]) -> None:
        parent = self.open[-1]
        if parent.get("shadow"):
            parent = self.open[-2]
            parent["isShadowHost"] = node["isShadow"] = True
        parent["childNodes"].append(node)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "shadow-root":
            self.open.append({"shadow": True})
            return
        if tag == "frame-document":
            node = self.made({"type": 0})
        else:
            given = {name: True if value is None else value for name, value in attrs}
            key = given.pop("key", None)
            node = self.made({"type": 2, "tagName": tag, "attributes": given})
            if isinstance(key, str):
                self.keys[key] = node["id"]
        self.place(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.place(self.made({"type": 3, "textContent": data}))


class Markup:
    """A page of HTML, with all that can be asked about it."""

    def __init__(self, html: str, *, css: str = "", width: int = 1280, height: int = 720) -> None:
        builder = _Builder()
        style = f"<style>{css}</style>" if css else ""
        builder.feed(f"<html><head>{style}</head><body>{html}</body></html>")
        builder.close()
        self.page = Page()
        self.page.width, self.page.height = width, height
        self.page.load({"node": builder.root})
        self._keys = builder.keys
        self.access = Accessible(self.page, StyleCache())
        self.styles = Styles(self.page, StyleCache())

    def __getitem__(self, key: str) -> Node:
        return self.page.nodes[self._keys[key]]

    def role(self, key: str = "it") -> str | None:
        return self.access.role(self[key])

    def name(self, key: str = "it") -> str:
        return self.access.name(self[key])

    def hidden(self, key: str = "it") -> bool:
        return self.access.hidden(self[key])

    def text(self, key: str = "it") -> str:
        return self.access.text(self[key])

    def labels(self, key: str = "it") -> list[str]:
        return self.access.label_texts(self[key])

    def shown(self) -> list[str]:
        """The keys of what is rendered, in document order."""
        return [key for key, id in self._keys.items() if self.styles.is_rendered(self.page.nodes[id])]
