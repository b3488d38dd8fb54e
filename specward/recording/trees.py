"""Where a node stands: its tree scope, its place in the flat tree, the ids and labels around it.

A tree scope is a document (the page, or a frame's) or one shadow tree: what ids, labels and style sheets are bound to
(DOM 4.2.2). The flat tree is what is rendered: shadow trees in place, light children in their slots (CSS Scoping 4).
"""

from __future__ import annotations

from dataclasses import dataclass

from specward.recording.dom import DOCUMENT, ELEMENT, Node, Page
from specward.recording.roles import input_type

Scope = tuple[int, bool]
"""The id of the document or of the shadow host, and whether it is the host's shadow tree."""

_LABELABLE = frozenset({"button", "input", "meter", "output", "progress", "select", "textarea"})
_MOST_LABELS = 50
_MOST_IDS = 100


@dataclass(frozen=True, slots=True)
class _Index:
    """One page, read once."""

    ids: dict[tuple[Scope, str], Node]
    labels: dict[int, list[Node]]
    """The labels of each control, by the control's id, in document order."""
    sheets: list[tuple[Scope, Node]]
    """``<style>`` and ``<link>`` elements, in document order."""
    classes: set[str]
    """The class attributes there are, as they are written."""


class Trees:
    """The trees of a page, as it is now."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._version = -1
        self._built: _Index | None = None
        self._present: frozenset[str] | None = None
        self._slots: dict[int, dict[int, list[Node]]] = {}
        self._slot_of: dict[int, Node] = {}

    def refresh(self) -> None:
        """Forget what was known of an earlier version of the page."""
        if self._version != self._page.version:
            self._version = self._page.version
            self._built = None
            self._present = None
            if self._slots:
                self._slots = {}
                self._slot_of = {}

    # Scopes

    def scope(self, node: Node) -> Scope:
        """The tree scope of a node."""
        top = node
        while top.kind != DOCUMENT:
            if top.parent is None:
                return top.id, False
            if top.in_shadow:
                return top.parent.id, True
            top = top.parent
        return top.id, False

    def by_id(self, node: Node, id: str) -> Node | None:
        """The first element with an id, in the scope of ``node``."""
        return self._index.ids.get((self.scope(node), id))

    def references(self, node: Node, attribute: str) -> list[Node]:
        """The elements that an attribute names by their ids (``aria-labelledby``, ``aria-owns``), a hundred at most."""
        value = node.attrs.get(attribute)
        if not value or type(value) is not str:
            return []
        ids = self._index.ids
        scope = self.scope(node)
        found: list[Node] = []
        for id in value[:10_000].split()[:_MOST_IDS]:
            one = ids.get((scope, id))
            if one is not None:
                found.append(one)
        return found

    def labels(self, node: Node) -> list[Node]:
        """The ``<label>`` elements of a control (HTML 4.10.4)."""
        return self._index.labels.get(node.id, []) if node.tag in _LABELABLE else []

    @property
    def sheets(self) -> list[tuple[Scope, Node]]:
        """The elements that may hold a style sheet, in document order."""
        return self._index.sheets

    @property
    def present(self) -> frozenset[str]:
        """Each ``#id`` and ``.class`` that some element of the page has."""
        if self._present is None:
            index = self._index
            found = {f"#{id}" for _, id in index.ids}
            for value in index.classes:
                found.update(f".{name}" for name in value.split())
            self._present = frozenset(found)
        return self._present

    @property
    def _index(self) -> _Index:
        if self._built is None:
            self._built = self._read()
        return self._built

    def _read(self) -> _Index:
        ids: dict[tuple[Scope, str], Node] = {}
        sheets: list[tuple[Scope, Node]] = []
        classes: set[str] = set()
        found: list[tuple[Scope, Node]] = []
        root = self._page.root
        stack: list[tuple[Node, Scope]] = [(root, (root.id, False))] if root is not None else []
        while stack:
            node, scope = stack.pop()
            kind = node.kind
            if kind == ELEMENT:
                id = node.attrs.get("id")
                if id and type(id) is str:
                    ids.setdefault((scope, id), node)
                named = node.attrs.get("class")
                if named and type(named) is str:
                    classes.add(named)
                tag = node.tag
                if tag == "label":
                    found.append((scope, node))
                elif tag == "style" or tag == "link":
                    sheets.append((scope, node))
            elif kind == DOCUMENT:
                scope = (node.id, False)
            children = node.children
            if children:
                if node.shadow_host:
                    inner = (node.id, True)
                    stack.extend((child, inner if child.in_shadow else scope) for child in reversed(children))
                else:
                    stack.extend((child, scope) for child in reversed(children) if child.kind <= ELEMENT)
        labels: dict[int, list[Node]] = {}
        for scope, label in found:
            control = self._labelled(label, scope, ids)
            if control is not None:
                mine = labels.setdefault(control.id, [])
                if len(mine) < _MOST_LABELS:
                    mine.append(label)
        return _Index(ids, labels, sheets, classes)

    @staticmethod
    def _labelled(label: Node, scope: Scope, ids: dict[tuple[Scope, str], Node]) -> Node | None:
        named = label.attr("for")
        if named is not None:
            control = ids.get((scope, named))
            return control if control is not None and _is_labelable(control) else None
        stack = list(reversed(label.children))
        for _ in range(2_000):
            if not stack:
                return None
            node = stack.pop()
            if _is_labelable(node):
                return node
            stack.extend(child for child in reversed(node.children) if not child.in_shadow and child.kind == ELEMENT)
        return None

    # The flat tree

    def above(self, node: Node) -> Node | None:
        """The flat tree's parent: the slot or host of what is in one, the ``<iframe>`` of a document.

        ``None`` at the top, and for a host's child that no slot takes (it is not rendered: :meth:`is_slotless`).
        """
        parent = node.parent
        if parent is not None and parent.shadow_host and not node.in_shadow:
            return self.slot_of(node)
        return parent

    def is_slotless(self, node: Node) -> bool:
        """A light child of a shadow host that no slot takes."""
        parent = node.parent
        return parent is not None and parent.shadow_host and not node.in_shadow and self.slot_of(node) is None

    def slot_of(self, node: Node) -> Node | None:
        """The slot that takes a light child of a shadow host."""
        parent = node.parent
        if parent is None or not parent.shadow_host or node.in_shadow:
            return None
        self._assign(parent)
        return self._slot_of.get(node.id)

    def assigned(self, slot: Node) -> list[Node]:
        """The nodes that a ``<slot>`` shows instead of its own children."""
        host_id, in_shadow = self.scope(slot)
        host = self._page.nodes.get(host_id) if in_shadow else None
        if host is None:
            return []
        return self._assign(host).get(slot.id, [])

    def _assign(self, host: Node) -> dict[int, list[Node]]:
        """Light children to slots, by name (DOM 4.2.2.3)."""
        known = self._slots.get(host.id)
        if known is not None:
            return known
        slots: dict[str, Node] = {}
        stack = [child for child in reversed(host.children) if child.in_shadow]
        while stack:
            node = stack.pop()
            if node.tag == "slot":
                slots.setdefault(node.attr("name") or "", node)
            stack.extend(child for child in reversed(node.children) if not child.in_shadow and child.kind == ELEMENT)
        taken: dict[int, list[Node]] = {}
        for child in host.children:
            if not child.in_shadow:
                name = (child.attr("slot") or "") if child.kind == ELEMENT else ""
                slot = slots.get(name)
                if slot is not None:
                    taken.setdefault(slot.id, []).append(child)
                    self._slot_of[child.id] = slot
        self._slots[host.id] = taken
        return taken


def _is_labelable(node: Node) -> bool:
    return node.tag in _LABELABLE and not (node.tag == "input" and input_type(node) == "hidden")
