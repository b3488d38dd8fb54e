"""The page as it was: a mirror of the recorded DOM, kept current event by event.

Holds one page of one window at a time, so memory follows the page and not the recording. All walks are loops, never
recursion, and every size is capped (:class:`Limits`), because a recording is untrusted input.
Node shapes: rrweb-snapshot's ``serializedNodeWithId``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from specward.errors import RecordingRefused


class NodeType(IntEnum):
    """rrweb-snapshot's ``NodeType``."""

    DOCUMENT = 0
    DOCTYPE = 1
    ELEMENT = 2
    TEXT = 3
    CDATA = 4
    COMMENT = 5


DOCUMENT, ELEMENT, TEXT = int(NodeType.DOCUMENT), int(NodeType.ELEMENT), int(NodeType.TEXT)


@dataclass(frozen=True, slots=True)
class Limits:
    """How large one page may grow before its recording is refused."""

    nodes: int = 250_000
    depth: int = 600
    text: int = 64 * 1024 * 1024
    """Characters held in texts and attributes of one page."""
    work: int = 400_000_000
    """Siblings looked at while placing nodes, over a whole recording: what bounds the time a hostile one can take."""


class Node:
    """A document, an element or a text. Attributes are as recorded; an element's tag is lower case."""

    __slots__ = ("attrs", "children", "id", "in_shadow", "kind", "parent", "shadow_host", "tag", "text")

    def __init__(self, id: int, kind: int, tag: str, attrs: dict[str, Any], text: str) -> None:
        self.id = id
        self.kind = kind
        self.tag = tag
        self.attrs = attrs
        self.text = text
        self.parent: Node | None = None
        self.children: list[Node] = []
        self.in_shadow = False
        """This node is a child of its parent's shadow root, not of the parent itself."""
        self.shadow_host = False

    def __repr__(self) -> str:
        return f"<Node {self.id} {self.tag or NodeType(self.kind).name.lower()}>"

    def attr(self, name: str) -> str | None:
        """An attribute as text: ``None`` where it is absent, ``""`` where it is present without a value."""
        value = self.attrs.get(name)
        if value is None or value is False:
            return None
        if value is True:
            return ""
        return value if type(value) is str else str(value)

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in document order (shadow trees and frames included)."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            if node.children:
                stack.extend(reversed(node.children))

    def ancestors(self) -> Iterator[Node]:
        """The parents, nearest first, up to the page's own document (through shadow roots and frames)."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent


@dataclass(slots=True)
class Changes:
    """What happened to the page since the last look: the raw material of effects.

    Kept short (:attr:`CAP` entries): a page that ticks for an hour between two actions says no more than that.
    """

    CAP = 4_000

    added: list[Node] = field(default_factory=list)
    removed: list[Node] = field(default_factory=list)
    texts: list[tuple[Node, str]] = field(default_factory=list)
    """Text nodes, and what each said before."""
    attributes: list[tuple[Node, str, str | None]] = field(default_factory=list)
    """Element, attribute, and the value before."""
    overflow: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.texts or self.attributes)

    def note(self, entries: list[Any], entry: Any) -> None:
        if len(entries) < self.CAP:
            entries.append(entry)
        else:
            self.overflow = True


_LONGEST_RULE = 100_000

_Place = tuple[str, str, int]
"""An event, the list in it, and the entry: put into words only when something is refused."""


def _words(place: _Place) -> str:
    event, entries, index = place
    return f"{event}, {entries}[{index}]" if entries else event


class Page:
    """One page in one window: the recorded DOM, mirrored."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.root: Node | None = None
        self.nodes: dict[int, Node] = {}
        self.href = ""
        self.width = 0
        self.height = 0
        self.version = 0
        """Moves whenever anything on the page does: what a cache over the page is keyed by."""
        self.styles_version = 0
        """Moves when a style sheet was added, removed or rewritten."""
        self.unknown_ids = 0
        """How often an event spoke of a node that is not on the page (recorders do; rrweb's replayer warns)."""
        self.changes = Changes()
        self._text_held = 0
        self._work = 0

    # Reading

    def find(self, tag: str) -> Iterator[Node]:
        """The elements of one tag, in document order."""
        if self.root is not None:
            for node in self.root.walk():
                if node.tag == tag:
                    yield node

    @property
    def title(self) -> str:
        """The document's title, white space collapsed; empty where there is none."""
        if self.root is None:
            return ""
        for html in self.root.children:
            if html.tag != "html":
                continue
            for head in html.children:
                if head.tag == "head":
                    for node in head.children:
                        if node.tag == "title":
                            return " ".join("".join(child.text for child in node.children).split())
        return ""

    def take_changes(self) -> Changes:
        """What changed since the last call; starts a new list."""
        taken, self.changes = self.changes, Changes()
        return taken

    # Applying events

    def load(self, data: Any, *, where: str = "full snapshot") -> None:
        """Start anew from a FullSnapshot's ``data``. Raises :class:`RecordingRefused` for what is no snapshot."""
        raw = data.get("node") if type(data) is dict else None
        if type(raw) is not dict or raw.get("type") != DOCUMENT:
            raise RecordingRefused("a full snapshot holds no document node", where=where)
        self.nodes = {}
        self._text_held = 0
        self.root = self._build(raw, None, (where, "", 0))
        self.changes = Changes()
        self.version += 1
        self.styles_version += 1

    def mutate(self, data: dict[str, Any], *, where: str = "mutation") -> None:
        """Apply a Mutation's ``data``: removes, adds (in any order), texts, attributes, as rrweb's replayer does."""
        self.version += 1
        for i, entry in enumerate(_entries(data, "removes", where)):
            self._remove(_id_of(entry, "id", (where, "removes", i)))
        self._add_all(_entries(data, "adds", where), where)
        for i, entry in enumerate(_entries(data, "texts", where)):
            self._set_text(entry, (where, "texts", i))
        for i, entry in enumerate(_entries(data, "attributes", where)):
            self._set_attributes(entry, (where, "attributes", i))

    def set_attribute(self, node: Node, name: str, value: Any) -> None:
        """Change one attribute (``None`` removes it) and remember what it was."""
        before = node.attr(name)
        if value is None:
            node.attrs.pop(name, None)
        else:
            node.attrs[name] = value
        if before != node.attr(name):
            self.version += 1
            self.changes.note(self.changes.attributes, (node, name, before))
            if name in ("_cssText", "media", "rel", "disabled") and node.tag in ("link", "style"):
                self.styles_version += 1

    def add_rules(self, data: dict[str, Any], *, where: str = "style sheet rule") -> None:
        """Apply a StyleSheetRule's ``adds``: what a page inserts into a sheet by script (CSS-in-JS does little else).

        Rules are put at the sheet's end, wherever the page put them, and ``removes`` are left alone: the recorder
        tells places in a sheet that is not kept as a list of rules here.
        """
        node = self.nodes.get(data["id"]) if type(data.get("id")) is int else None
        if node is None or node.tag not in ("style", "link"):
            return
        rules = [entry.get("rule") for entry in _entries(data, "adds", where) if type(entry) is dict]
        text = "".join(rule for rule in rules if type(rule) is str and len(rule) <= _LONGEST_RULE)
        self._text_held += len(text)
        if self._text_held > self.limits.text:
            raise RecordingRefused(f"the page is over {self.limits.text:,} characters", where=where)
        own = node.attrs.get("_cssText")
        before = own if type(own) is str else "".join(child.text for child in node.children)
        node.attrs["_cssText"] = before + text
        self.version += 1
        self.styles_version += 1

    # The parts of it

    def _build(self, raw: Any, parent: Node | None, where: _Place) -> Node:
        """Nodes of a serialized tree, attached to ``parent`` at its end; one loop, in document order."""
        nodes = self.nodes
        limit = self.limits.nodes
        held = self._text_held
        top: Any = raw.get("id") if type(raw) is dict else None
        stack: list[tuple[Any, Node | None]] = [(raw, parent)]
        while stack:
            raw, above = stack.pop()
            if type(raw) is not dict:
                raise RecordingRefused(f"a node is {_kind(raw)}, not an object", where=_words(where))
            kind = raw.get("type")
            id = raw.get("id")
            if type(id) is not int or type(kind) is not int or not 0 <= kind <= 5:
                raise RecordingRefused(f"a node has id {id!r:.40} and type {kind!r:.40}", where=_words(where))
            tag, text = "", ""
            attrs: dict[str, Any] = {}
            if kind == ELEMENT:
                named = raw.get("tagName")
                if type(named) is not str:
                    raise RecordingRefused(f"element {id} has no tagName", where=_words(where))
                tag = named.lower()
                given = raw.get("attributes")
                if type(given) is dict:
                    attrs = given
                    for value in given.values():
                        if type(value) is str:
                            held += len(value)
                elif given is not None:
                    raise RecordingRefused(f"element {id} has {_kind(given)} for attributes", where=_words(where))
            elif kind >= TEXT:
                content = raw.get("textContent")
                if type(content) is str:
                    text = content
                    held += len(text)
            node = Node(id, kind, tag, attrs, text)
            if id in nodes:
                self._remove(id, noted=False)
                if above is not None and above.id not in nodes:
                    raise RecordingRefused(f"node {id} stands inside itself", where=_words(where))
            nodes[id] = node
            if raw.get("isShadowHost"):
                node.shadow_host = True
            if raw.get("isShadow"):
                node.in_shadow = True
            if above is not None:
                node.parent = above
                above.children.append(node)
            kids = raw.get("childNodes")
            if kids:
                if type(kids) is not list:
                    raise RecordingRefused(f"node {id} has {_kind(kids)} for childNodes", where=_words(where))
                for kid in reversed(kids):
                    stack.append((kid, node))
            if len(nodes) > limit or held > self.limits.text:
                raise RecordingRefused(
                    f"the page is over {limit:,} nodes or {self.limits.text:,} characters",
                    where=_words(where),
                    hint="Record with blocking of the oversized part of the page (rrweb's blockClass).",
                )
            if tag == "style" or tag == "link":
                self.styles_version += 1
        self._text_held = held
        return nodes[top]

    def _add_all(self, adds: list[Any], where: str) -> None:
        """Place added nodes; one that names a parent or a next sibling still to come waits for it."""
        waiting: dict[int, list[tuple[int, dict[str, Any]]]] = {}
        ready: list[tuple[int, dict[str, Any]]] = []
        for i, entry in enumerate(adds):
            ready.append((i, entry))
            while ready:
                n, add = ready.pop()
                at = (where, "adds", n)
                parent_id = _id_of(add, "parentId", at)
                raw = add.get("node")
                if type(raw) is not dict:
                    raise RecordingRefused(f"node is {_kind(raw)}, not an object", where=_words(at))
                parent = self.nodes.get(parent_id)
                if parent is None:
                    waiting.setdefault(parent_id, []).append((n, add))
                    continue
                next_id = add.get("nextId")
                if next_id is not None and type(next_id) is not int:
                    raise RecordingRefused(f"nextId is {_kind(next_id)}", where=_words(at))
                if next_id is not None and next_id != -1 and next_id not in self.nodes:
                    waiting.setdefault(next_id, []).append((n, add))
                    continue
                placed = self._place(raw, parent, next_id, add.get("previousId"), at)
                if placed is None:
                    self.unknown_ids += 1
                elif placed.id in waiting:
                    ready.extend(reversed(waiting.pop(placed.id)))
        # A next sibling that never came: the parent is what matters.
        left = sorted((entry for entries in waiting.values() for entry in entries), key=lambda entry: entry[0])
        for n, add in left:
            parent = self.nodes.get(add["parentId"])
            if parent is None or self._place(add["node"], parent, None, None, (where, "adds", n)) is None:
                self.unknown_ids += 1

    def _place(self, raw: dict[str, Any], parent: Node, next_id: Any, previous_id: Any, where: _Place) -> Node | None:
        id = raw.get("id")
        if type(id) is int and id in self.nodes:
            self._remove(id)
            if parent.id not in self.nodes:  # it was to stand inside itself
                return None
        depth, above = 0, parent.parent
        while above is not None:
            depth, above = depth + 1, above.parent
        if depth >= self.limits.depth:
            raise RecordingRefused(f"the page is nested over {self.limits.depth} deep", where=_words(where))
        siblings = parent.children
        node = self._build(raw, parent, where)
        index = self._index(siblings, next_id, previous_id)
        if index is not None and index < len(siblings) - 1:
            siblings.pop()
            siblings.insert(index, node)
        self.changes.note(self.changes.added, node)
        return node

    def _index(self, siblings: list[Node], next_id: Any, previous_id: Any) -> int | None:
        """Where among its siblings a node goes, or ``None`` for the end. The new node is the last of them now."""
        after = self.nodes.get(next_id) if type(next_id) is int else None
        before = self.nodes.get(previous_id) if after is None and type(previous_id) is int else None
        anchor = after or before
        if anchor is None or anchor.parent is not siblings[-1].parent:
            return None
        if siblings[0] is anchor:
            return 0 if after else 1
        self._spend(len(siblings))
        found = siblings.index(anchor)
        return found if after else found + 1

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > self.limits.work:
            raise RecordingRefused(
                "placing its nodes takes more work than a page can ask for",
                where="mutations",
                hint="The recording moves nodes about in a very long list; block that list when recording.",
            )

    def _remove(self, id: int, *, noted: bool = True) -> None:
        node = self.nodes.get(id)
        if node is None:
            self.unknown_ids += 1
            return
        parent = node.parent
        if parent is not None:
            if parent.children[-1] is node:
                parent.children.pop()
            else:
                self._spend(len(parent.children))
                parent.children.remove(node)
        elif node is self.root:
            self.root = None
        for below in node.walk():
            if self.nodes.get(below.id) is below:
                del self.nodes[below.id]
            self._text_held -= len(below.text)
            if below.tag == "style" or below.tag == "link":
                self.styles_version += 1
        if noted:
            self.changes.note(self.changes.removed, node)

    def _set_text(self, entry: Any, where: _Place) -> None:
        node = self.nodes.get(_id_of(entry, "id", where))
        value = entry.get("value")
        if value is None:
            value = ""
        if type(value) is not str:
            raise RecordingRefused(f"value is {_kind(value)}, not a text", where=_words(where))
        if node is None:
            self.unknown_ids += 1
            return
        self._text_held += len(value) - len(node.text)
        if node.text != value:
            self.changes.note(self.changes.texts, (node, node.text))
            node.text = value
            if node.parent is not None and node.parent.tag == "style":
                self.styles_version += 1

    def _set_attributes(self, entry: Any, where: _Place) -> None:
        node = self.nodes.get(_id_of(entry, "id", where))
        attributes = entry.get("attributes")
        if type(attributes) is not dict:
            raise RecordingRefused(f"attributes is {_kind(attributes)}, not an object", where=_words(where))
        if node is None:
            self.unknown_ids += 1
            return
        for name, value in attributes.items():
            if name == "style" and type(value) is dict:
                value = _merged_style(node.attr("style") or "", value)
            self.set_attribute(node, name, value)


def _merged_style(style: str, changes: dict[str, Any]) -> str:
    """An inline style after rrweb's compact update: ``{property: value | false | [value, priority]}``."""
    declared: dict[str, str] = {}
    for part in style.split(";"):
        name, colon, value = part.partition(":")
        if colon:
            declared[name.strip().lower()] = value.strip()
    for name, value in changes.items():
        if value is False or value is None:
            declared.pop(name.lower(), None)
        elif type(value) is list and value:
            declared[name.lower()] = f"{value[0]} !important" if len(value) > 1 and value[1] else str(value[0])
        else:
            declared[name.lower()] = str(value)
    return "; ".join(f"{name}: {value}" for name, value in declared.items())


def _entries(data: dict[str, Any], name: str, where: str) -> list[Any]:
    entries = data.get(name)
    if entries is None:
        return []
    if type(entries) is not list:
        raise RecordingRefused(f"{name} is {_kind(entries)}, not a list", where=where)
    return entries


def _id_of(entry: Any, name: str, where: _Place) -> int:
    if type(entry) is not dict:
        raise RecordingRefused(f"an entry is {_kind(entry)}, not an object", where=_words(where))
    id = entry.get(name)
    if type(id) is not int:
        raise RecordingRefused(f"{name} is {_kind(id)}, not a number", where=_words(where))
    return id


def _kind(value: Any) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a fraction", bool: "a boolean"}
    return names.get(type(value), "nothing" if value is None else type(value).__name__)
