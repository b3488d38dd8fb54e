"""CSS selectors as they are matched against the recorded page (Selectors Level 4). Each match has a budget of steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from specward.recording.dom import ELEMENT, Node

MOST_STEPS = 4_000
_NO_CLASSES: frozenset[str] = frozenset()


class Surroundings:
    """What selectors ask about a page besides the element itself: its siblings. Valid for one version of the page."""

    def __init__(self) -> None:
        self.steps = 0
        """Steps of the match under way."""
        self._siblings: dict[tuple[int, bool], dict[int, tuple[int, list[Node]]]] = {}
        self._types: dict[tuple[int, bool, str], dict[int, tuple[int, int]]] = {}
        self._classes: dict[str, frozenset[str]] = {}

    def classes(self, node: Node) -> frozenset[str]:
        """The element's classes."""
        value = node.attrs.get("class")
        if not value or type(value) is not str:
            return _NO_CLASSES
        found = self._classes.get(value)
        if found is None:
            found = self._classes[value] = frozenset(value.split())
        return found

    def siblings(self, node: Node) -> tuple[int, list[Node]]:
        """The element's place among the elements of its parent, and these."""
        parent = node.parent
        if parent is None:
            return 0, [node]
        key = (parent.id, node.in_shadow)
        known = self._siblings.get(key)
        if known is None:
            elements = [one for one in parent.children if one.kind == ELEMENT and one.in_shadow == node.in_shadow]
            known = self._siblings[key] = {one.id: (i, elements) for i, one in enumerate(elements)}
        return known.get(node.id, (0, [node]))

    def of_type(self, node: Node) -> tuple[int, int]:
        """The element's place among its siblings of the same tag, and their number."""
        parent = node.parent
        if parent is None:
            return 0, 1
        key = (parent.id, node.in_shadow, node.tag)
        known = self._types.get(key)
        if known is None:
            same = [one for one in self.siblings(node)[1] if one.tag == node.tag]
            known = self._types[key] = {one.id: (i, len(same)) for i, one in enumerate(same)}
        return known.get(node.id, (0, 1))


Test = Callable[[Node, Surroundings], bool]


@dataclass(frozen=True, slots=True)
class Compound:
    """``tag#id.class:test``: all of it holds for one element."""

    tag: str
    id: str
    classes: frozenset[str]
    tests: tuple[Test, ...]

    def holds(self, node: Node, around: Surroundings) -> bool:
        return self.holds_plainly(node, around) and all(test(node, around) for test in self.tests)

    def holds_plainly(self, node: Node, around: Surroundings) -> bool:
        """By tag, id and classes alone."""
        if self.tag and self.tag != node.tag:
            return False
        if self.id and self.id != node.attrs.get("id"):
            return False
        return not self.classes or self.classes <= around.classes(node)


@dataclass(frozen=True, slots=True)
class Selector:
    """A complex selector: compounds from right to left, each with the combinator to its left."""

    compounds: tuple[Compound, ...]
    combinators: tuple[str, ...]
    specificity: int
    pseudo_element: str = ""
    host: bool = False
    """The leftmost compound is ``:host``: it stands for the host of the style sheet's shadow tree."""
    slotted: bool = False
    needs: frozenset[str] = frozenset()
    """``#id`` and ``.class`` of the other compounds: where one is nowhere on the page, nothing matches."""

    @property
    def is_plain(self) -> bool:
        """Decided by the element's own tag, id and classes."""
        return len(self.compounds) == 1 and not self.compounds[0].tests and not self.host and not self.slotted

    def matches(self, node: Node, around: Surroundings) -> bool:
        around.steps = 0
        return self.holds_from(0, node, around)

    def holds_from(self, at: int, node: Node, around: Surroundings) -> bool:
        """Do the compounds from ``at`` leftwards hold, the first of them for ``node``? Backtracks, within a budget."""
        around.steps += 1
        if around.steps > MOST_STEPS or not self.compounds[at].holds(node, around):
            return False
        if at == len(self.combinators):
            return True
        combinator = self.combinators[at]
        if combinator == ">":
            parent = self._parent(node, at + 1)
            return parent is not None and self.holds_from(at + 1, parent, around)
        if combinator == " ":
            above = self._parent(node, at + 1)
            while above is not None:
                if self.holds_from(at + 1, above, around):
                    return True
                if around.steps > MOST_STEPS:
                    return False
                above = self._parent(above, at + 1)
            return False
        index, siblings = around.siblings(node)
        if combinator == "+":
            return index > 0 and self.holds_from(at + 1, siblings[index - 1], around)
        while index > 0 and around.steps <= MOST_STEPS:
            index -= 1
            if self.holds_from(at + 1, siblings[index], around):
                return True
        return False

    def _parent(self, node: Node, at: int) -> Node | None:
        """The parent element within the tree scope; the host itself for a ``:host`` on the left."""
        parent = node.parent
        if parent is None or parent.kind != ELEMENT:
            return None
        if node.in_shadow and not (self.host and at == len(self.combinators)):
            return None
        return parent
