"""Accessible names, hidden elements and texts of a recorded page: what Playwright's locators compare.

Where accname 1.2 and HTML-AAM leave room, Playwright's reading decides (``roleUtils.ts``, ``selectorUtils.ts``),
because Playwright is what a spec is run with.
"""

from __future__ import annotations

import re

from specward.recording.alternatives import IGNORED, Alternatives
from specward.recording.dom import DOCUMENT, ELEMENT, TEXT, Node, Page
from specward.recording.roles import NAMELESS, input_type, role_of
from specward.recording.styles import StyleCache, Styles
from specward.recording.trees import Trees

LONGEST = 1_000
"""Characters of a name at most; nothing longer is ever said in a spec."""
LONGEST_TEXT = 10_000

_MOST_NODES = 20_000
_MOST_LEVELS = 60
_INVISIBLE = re.compile("[\u200b\xad]")
# JavaScript's \s, which is not Python's.
_SPACE = re.compile("[\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_NOT_TEXT = frozenset({"script", "noscript", "style"})
_LABELLED_TAGS = frozenset({"button", "input", "meter", "output", "progress", "select", "textarea"})


class Accessible:
    """A page as assistive technology and Playwright see it. Lazy; everything known is dropped when the page changes."""

    def __init__(self, page: Page, cache: StyleCache) -> None:
        self._page = page
        self._version = -1
        self._trees = Trees(page)
        self._styles = Styles(page, cache, self._trees)
        self._alternatives = Alternatives(self._trees, self._styles, self.role, self.hidden)
        self._roles: dict[int, str | None] = {}
        self._names: dict[int, str] = {}
        self._hidden: dict[int, bool] = {}
        self._cut: dict[int, bool] = {}

    def role(self, node: Node) -> str | None:
        """The ARIA role, by which ``getByRole`` finds the element; ``None`` where it has none."""
        self._refresh()
        try:
            return self._roles[node.id]
        except KeyError:
            role = self._roles[node.id] = role_of(node, self._trees.by_id)
            return role

    def name(self, node: Node) -> str:
        """The accessible name, white space collapsed, at most :data:`LONGEST` characters; empty where there is none.

        A hidden element is named as if it were shown: :meth:`hidden` says that it is not.
        """
        self._refresh()
        name = self._names.get(node.id)
        if name is None:
            nameless = node.kind != ELEMENT or self.role(node) in NAMELESS
            name = "" if nameless else normalized(self._alternatives.name(node))[:LONGEST]
            self._names[node.id] = name
        return name

    def hidden(self, node: Node) -> bool:
        """Is the element left out by ``getByRole``: not rendered, invisible, or below ``aria-hidden``?"""
        self._refresh()
        known = self._hidden.get(node.id)
        if known is None:
            element = node
            while element.kind != ELEMENT:
                if element.parent is None:
                    return False
                element = element.parent
            known = self._hidden[node.id] = self._is_hidden(element, 0)
        return known

    def text(self, node: Node) -> str:
        """The text that ``getByText`` and ``toHaveText`` compare, white space collapsed, at most
        :data:`LONGEST_TEXT` characters: all of it, hidden parts too, scripts and styles left out."""
        if node.kind == TEXT:
            return normalized(node.text[:LONGEST_TEXT])
        for above in (node, *node.ancestors()):
            if above.tag in _NOT_TEXT or above.tag == "head":
                return ""
            if above.kind == DOCUMENT:
                break
        parts: list[str] = []
        size = walked = 0
        stack = [node]
        while stack and size < LONGEST_TEXT and walked < _MOST_NODES:
            one = stack.pop()
            walked += 1
            if one.kind == TEXT:
                parts.append(one.text)
                size += len(one.text)
                continue
            if one.tag in _NOT_TEXT or one.tag == "head":
                continue
            if one.tag == "input" and input_type(one) in ("submit", "button", "reset"):
                parts.append(one.attr("value") or "")
                continue
            if one.shadow_host:  # the shadow tree's text comes after the light children's
                stack.extend(child for child in reversed(one.children) if child.in_shadow)
                stack.extend(child for child in reversed(one.children) if not child.in_shadow)
            elif one.tag not in ("iframe", "frame"):
                stack.extend(reversed(one.children))
        return normalized("".join(parts))[:LONGEST_TEXT]

    def label_texts(self, node: Node) -> list[str]:
        """The texts ``getByLabel`` compares for an element: ``aria-labelledby``, else ``aria-label``, else labels."""
        self._refresh()
        referred = self._trees.references(node, "aria-labelledby") if "aria-labelledby" in node.attrs else []
        if referred:
            texts = [self.text(one) for one in referred]
        else:
            label = node.attr("aria-label")
            if label and not label.isspace():
                texts = [normalized(label[:LONGEST_TEXT])]
            elif node.tag in _LABELLED_TAGS:
                texts = [self.text(one) for one in self._trees.labels(node)]
            else:
                return []
        return [text for text in texts if text]

    def _refresh(self) -> None:
        if self._version != self._page.version:
            self._version = self._page.version
            self._trees.refresh()
            self._styles.refresh()
            self._roles = {}
            self._names = {}
            self._hidden = {}
            self._cut = {}

    def _is_hidden(self, node: Node, level: int) -> bool:
        if node.tag in IGNORED:
            return True
        if node.tag != "slot":
            if self._styles.box(node).display == "contents":
                return not self._shows_something(node, level)
            in_select = node.tag == "option" and any(above.tag == "select" for above in node.ancestors())
            if not in_select and not self._styles.is_rendered(node):
                return True
        return self._is_cut(node)

    def _shows_something(self, node: Node, level: int) -> bool:
        """An element of ``display: contents`` has no box: is there anything in it that does?"""
        if level > _MOST_LEVELS:
            return True
        for child in node.children:
            if child.kind == ELEMENT:
                hidden = self._hidden.get(child.id)
                if hidden is None:
                    hidden = self._hidden[child.id] = self._is_hidden(child, level + 1)
                if not hidden:
                    return True
            elif child.kind == TEXT and not child.text.isspace() and child.text and self._styles.box(node).boxed:
                return True
        return False

    def _is_cut(self, node: Node) -> bool:
        """Below ``aria-hidden`` or ``display: none``, or in no slot."""
        cut = self._cut
        chain: list[Node] = []
        found = False
        current: Node | None = node
        while current is not None and current.kind == ELEMENT:
            known = cut.get(current.id)
            if known is not None:
                found = known
                break
            chain.append(current)
            current = current.parent
        for one in reversed(chain):
            if not found:
                aria = one.attrs.get("aria-hidden")
                found = (
                    (aria is not None and str(aria).lower() == "true")
                    or self._styles.box(one).display == "none"
                    or self._trees.is_slotless(one)
                )
            cut[one.id] = found
        return found


def normalized(text: str) -> str:
    """White space as Playwright compares it: runs are one space, none at the ends, zero-width spaces gone."""
    if text.isascii():
        return " ".join(text.split())
    return _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip(" ")
