"""What of a recorded page is rendered, and what CSS adds to its texts.

Computed ``display`` and ``visibility`` (CSS Display 3), down the flat tree, over the recorded style sheets. Nothing is
read before it is asked for. Which popovers are open is not recorded: they count as closed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from specward.recording.cascade import AFTER, BEFORE, ELEMENT, HOST, NOTHING, SLOTTED, Outcome, Plan, Rules, StyleCache
from specward.recording.dom import DOCUMENT, Node, Page
from specward.recording.dom import ELEMENT as ELEMENT_NODE
from specward.recording.roles import input_type, is_listbox_select
from specward.recording.selectors import Surroundings
from specward.recording.stylesheets import Sheet, content_parts
from specward.recording.trees import Scope, Trees
from specward.recording.user_agent import (
    FALLBACK_INSIDE,
    NEVER_LAID_OUT,
    NO_CONTENTS,
    STYLED_FALLBACK,
    default_display,
    is_hidden_by_attribute,
    is_root,
    is_until_found,
)

__all__ = ["Box", "StyleCache", "Styles"]

MOST_CSS = 16 * 1024 * 1024
"""Characters of style sheets looked at on one page."""
_LONGEST_ADDED = 200
"""Characters that ``content`` adds at most."""
_LAYS_OUT = ("flex", "grid", "-webkit-box", "-webkit-inline-box")
_INHERITED = frozenset({"inherit", "unset", "revert", "revert-layer"})
_PLAIN = frozenset({"inline", "initial", "unset", "revert", "revert-layer"})
_IN_LINE = frozenset({"none", "initial", "unset"})
_VARIABLE = re.compile(r"var\(\s*+(--[-\w]++)\s*+(?:,([^()]*+))?\)")


@dataclass(frozen=True, slots=True)
class Box:
    """How one element is rendered."""

    display: str
    visible: bool
    boxed: bool
    """It is laid out: no ``display: none`` at it or above it, nothing else that leaves it out."""
    lays_out: bool = False
    """Its children become blocks: a flex or grid container."""
    skips: bool = False
    """Its contents are skipped (``content-visibility: hidden``)."""


_TOP = Box("block", True, True)
_OUTSIDE = Box("inline", True, False)
"""Of what is not in the flat tree, and of all below it."""


class Styles:
    """The styles of a page, as it is now."""

    def __init__(self, page: Page, cache: StyleCache, trees: Trees | None = None) -> None:
        self._page = page
        self._cache = cache
        self._trees = trees or Trees(page)
        self._version = -1
        self._sheets_key = (-1, 0, 0)
        self._scopes: dict[Scope, Rules] | None = None
        self._boxes: dict[int, Box] = {}
        self._scope_of: dict[int, Scope] = {}
        self._plans: dict[tuple[object, ...], Plan] = {}
        """Plans without the rules that can match nothing on this version of the page."""
        self._around = Surroundings()

    def refresh(self) -> None:
        """Forget what was known of an earlier version of the page."""
        page = self._page
        key = (page.styles_version, page.width, page.height)
        if self._version == page.version and self._sheets_key == key:
            return
        self._version = page.version
        self._trees.refresh()
        self._boxes = {}
        self._scope_of = {}
        self._plans = {}
        self._around = Surroundings()
        if self._sheets_key != key:
            self._sheets_key = key
            self._scopes = None

    # What is asked

    def is_rendered(self, node: Node) -> bool:
        """Is the element laid out and visible? Of a text: is its parent?"""
        self.refresh()
        box = self.box(node)
        return box.boxed and box.visible

    def is_inline(self, node: Node) -> bool:
        """Does the element's text run on in the line (computed ``display: inline``)?"""
        return self.box(node).display == "inline"

    def before(self, node: Node) -> str:
        """The text of ``::before``, with spaces around it where it is a block."""
        self.refresh()
        return self._added(node, BEFORE)

    def after(self, node: Node) -> str:
        """The text of ``::after``."""
        self.refresh()
        return self._added(node, AFTER)

    def box(self, node: Node) -> Box:
        """How the node is rendered. :meth:`refresh` comes first where the page may have changed."""
        boxes = self._boxes
        known = boxes.get(node.id)
        if known is not None:
            return known
        chain: list[Node] = []
        current: Node | None = node
        above = _TOP
        while current is not None:
            known = boxes.get(current.id)
            if known is not None:
                above = known
                break
            chain.append(current)
            current = self._trees.above(current)
        for one in reversed(chain):
            above = boxes[one.id] = self._make(one, above)
        return above

    # The boxes

    def _make(self, node: Node, above: Box) -> Box:
        if node.kind == DOCUMENT:
            return Box("block", True, above.boxed)
        if node.kind != ELEMENT_NODE:
            return above
        if above is _OUTSIDE or self._is_outside(node):
            return _OUTSIDE
        values = self._cascaded(node)
        display = self._display(node, values, above)
        visibility = values.get("visibility", "inherit")
        visible = above.visible if visibility in _INHERITED else visibility in ("visible", "initial")
        boxed = display != "none" and above.boxed and not above.skips and not _is_left_out(node)
        lays_out = above.lays_out if display == "contents" else display.endswith(_LAYS_OUT)
        skipping = values.get("content-visibility")
        skips = display != "inline" and (skipping == "hidden" or (skipping is None and is_until_found(node)))
        return Box(display, visible, boxed, lays_out, skips)

    @staticmethod
    def _display(node: Node, values: dict[str, str], above: Box) -> str:
        """The computed ``display``."""
        display = values.get("display")
        if display is None:
            display = "none" if is_hidden_by_attribute(node) else default_display(node)
        elif display == "inherit":
            display = above.display
        elif display in ("revert", "revert-layer"):
            display = default_display(node)
        elif display in ("initial", "unset"):
            display = "inline"
        if display == "contents":
            if node.tag in NO_CONTENTS:
                return "none"
            return "block" if is_root(node) else display
        if node.tag == "input" and input_type(node) == "hidden":
            return "none"
        if display == "inline" and (
            above.lays_out
            or values.get("position") in ("absolute", "fixed")
            or values.get("float", "none") not in _IN_LINE
        ):
            return "block"
        return display

    def _is_outside(self, node: Node) -> bool:
        """Not in the flat tree: in no slot, a slot's fallback that is not used, or the fallback of another element."""
        parent = node.parent
        if parent is None:
            return False
        if parent.tag in FALLBACK_INSIDE:
            return not parent.shadow_host and parent.tag not in STYLED_FALLBACK
        if parent.tag == "slot":
            return bool(self._trees.assigned(parent))
        return self._trees.is_slotless(node)

    # The cascade

    def _cascaded(self, node: Node) -> dict[str, str]:
        normal, important = self._outcome(node, ELEMENT, self._rules_of(node))
        outer: list[Outcome] = []
        if node.shadow_host:
            outer.append(self._outcome(node, HOST, self._by_scope.get((node.id, True))))
        slot = self._trees.slot_of(node)
        if slot is not None:
            outer.append(self._outcome(node, SLOTTED, self._rules_of(slot)))
        style = node.attrs.get("style")
        if not style and not important and not outer:
            return normal
        values: dict[str, str] = {}
        for given, _ in outer:  # what styles a host from inside gives way to the page around it
            values.update(given)
        values.update(normal)
        inline = self._cache.inline(style) if type(style) is str else ((), ())
        values.update(inline[0])
        values.update(important)
        values.update(inline[1])
        for _, given in outer:
            values.update(given)
        return values

    def _outcome(self, node: Node, what: str, rules: Rules | None) -> Outcome:
        if rules is None or what not in rules.entries:
            return NOTHING
        attrs = node.attrs
        key = (id(rules), what, node.tag, attrs.get("id"), attrs.get("class"))
        try:
            plan = self._plans.get(key)
        except TypeError:  # a recording may hold anything for a class
            return NOTHING
        if plan is None:
            plan = rules.plan(node, what, self._around, self._cache)
            if plan.fixed is None and self._cache.spend(len(plan.choices)):
                plan = plan.on(self._trees.present)
            self._plans[key] = plan
        return plan.outcome(node, self._around, self._cache)

    def _rules_of(self, node: Node) -> Rules | None:
        by_scope = self._by_scope
        return by_scope.get(self._scope(node)) if by_scope else None

    def _scope(self, node: Node) -> Scope:
        known = self._scope_of
        found: Scope | None = None
        chain: list[int] = []
        current = node
        while found is None:
            found = known.get(current.id)
            if found is None:
                chain.append(current.id)
                parent = current.parent
                if current.kind == DOCUMENT or parent is None:
                    found = current.id, False
                elif current.in_shadow:
                    found = parent.id, True
                else:
                    current = parent
        for id in chain:
            known[id] = found
        return found

    @property
    def _by_scope(self) -> dict[Scope, Rules]:
        if self._scopes is None:
            held: dict[Scope, list[tuple[Sheet, str]]] = {}
            size = 0
            for scope, node in self._trees.sheets:
                text = _css_of(node)
                size += len(text)
                if text and size <= MOST_CSS:
                    held.setdefault(scope, []).append((self._cache.sheet(text), node.attr("media") or ""))
            width, height = self._page.width or 1280, self._page.height or 720
            self._scopes = {scope: self._cache.rules(sheets, width, height) for scope, sheets in held.items()}
        return self._scopes

    # Texts from CSS

    def _added(self, node: Node, what: str) -> str:
        rules = self._rules_of(node)
        if rules is None or what not in rules.entries:
            return ""
        normal, important = self._outcome(node, what, rules)
        content = important.get("content") or normal.get("content")
        if content is None or content in ("none", "normal"):
            return ""
        values = {**normal, **important}
        if values.get("display") == "none" or values.get("visibility") in ("hidden", "collapse"):
            return ""
        variable = _VARIABLE.fullmatch(content)
        if variable is not None:
            content = values.get(variable.group(1)) or variable.group(2) or '""'
        parts = content_parts(content.strip())
        if parts is None:
            return ""
        text = "".join(given if kind == "text" else node.attr(given) or "" for kind, given in parts)[:_LONGEST_ADDED]
        inline = (
            values.get("display", "inline") in _PLAIN
            and values.get("position") not in ("absolute", "fixed")
            and values.get("float", "none") in _IN_LINE
            and not self.box(node).lays_out
        )
        return text if inline else f" {text} "


def _is_left_out(node: Node) -> bool:
    """Not laid out for what it is or where it stands."""
    parent = node.parent
    if parent is None:
        return False
    if parent.tag == "details" and parent.attr("open") is None and not node.in_shadow:
        return node is not next((child for child in parent.children if child.tag == "summary"), None)
    if parent.tag == "select" and not is_listbox_select(parent):  # its list is closed
        return True
    if node.tag == "title" and parent.tag != "head":  # an SVG's
        return True
    return node.tag in NEVER_LAID_OUT or parent.tag in FALLBACK_INSIDE


def _css_of(node: Node) -> str:
    """The CSS text of a ``<style>`` or ``<link>``, empty where it has none or is switched off."""
    attrs = node.attrs
    if "alternate" in str(attrs.get("rel") or "") or (node.tag == "link" and node.attr("disabled") is not None):
        return ""
    kind = attrs.get("type")
    if node.tag == "style" and kind and str(kind).strip().lower() != "text/css":
        return ""
    inlined = attrs.get("_cssText")
    if type(inlined) is str and inlined:
        return inlined
    if node.tag == "link":
        return ""
    if len(node.children) == 1:
        return node.children[0].text
    return "".join(child.text for child in node.children)
