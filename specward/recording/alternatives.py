"""The text alternative computation behind accessible names.

Accname 1.2, 4.3 (steps named in comments) and HTML-AAM 4.1. One run visits a bounded number of nodes, goes down a
bounded number of levels and collects a bounded text, whatever the page; all runs together have a budget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

from specward.recording.dom import ELEMENT, TEXT, Node
from specward.recording.roles import input_type
from specward.recording.styles import Styles
from specward.recording.trees import Trees

IGNORED = frozenset({"style", "script", "noscript", "template"})
"""Never a part of a name or of what is shown."""

MOST_WORK = 500_000
"""Nodes visited for the names of a whole trace. Past it, elements have no names."""
_MOST_NODES = 4_000
_MOST_LEVELS = 100
_MOST_TEXT = 8_000

# WAI-ARIA 1.2, 5.2.8.4: roles that take their name from content.
_FROM_CONTENT = frozenset(
    "button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option radio row "
    "rowheader switch tab tooltip treeitem".split()
)
# Those that lend their content to a name around them (2F.iii), as Playwright has them.
_LENT = frozenset(
    "caption code contentinfo definition deletion emphasis insertion list listitem mark none paragraph presentation "
    "region row rowgroup section strong subscript superscript table term time".split()
)
_WITH_PLACEHOLDER = frozenset({"text", "password", "number", "search", "tel", "email", "url"})
_SVG = frozenset(
    "a circle clippath defs desc ellipse filter foreignobject g image line lineargradient marker mask path pattern "
    "polygon polyline radialgradient rect stop svg switch symbol text textpath title tspan use view".split()
)


class _Target(Enum):
    """Where the current node stands to the element that is being named."""

    OUTSIDE = 0
    ITSELF = 1
    INSIDE = 2


@dataclass(frozen=True, slots=True)
class _Context:
    """How the computation came to the current node."""

    target: _Target = _Target.OUTSIDE
    labelledby: bool = False
    label: bool = False
    native: bool = False
    hidden: bool = False
    """A hidden element was referred to: what is hidden inside it counts too (2A)."""

    @property
    def below(self) -> _Context:
        return _BELOW if self is _ITSELF else _BELOW_HIDDEN if self is _ITSELF_HIDDEN else self


_ITSELF = _Context(_Target.ITSELF)
_ITSELF_HIDDEN = _Context(_Target.ITSELF, hidden=True)
_BELOW = _Context(_Target.INSIDE)
_BELOW_HIDDEN = _Context(_Target.INSIDE, hidden=True)
_BY_REFERENCE = {hidden: _Context(labelledby=True, hidden=hidden) for hidden in (False, True)}
_BY_LABEL = {hidden: _Context(label=True, hidden=hidden) for hidden in (False, True)}


@dataclass(slots=True)
class _Run:
    """What one computation has used up."""

    seen: set[int] = field(default_factory=set)
    nodes: int = 0
    text: int = 0
    level: int = 0

    def over(self) -> bool:
        return self.nodes > _MOST_NODES or self.text > _MOST_TEXT or self.level > _MOST_LEVELS


class Alternatives:
    """Computes text alternatives over the trees and styles of one page."""

    def __init__(
        self, trees: Trees, styles: Styles, role: Callable[[Node], str | None], hidden: Callable[[Node], bool]
    ) -> None:
        self._trees = trees
        self._styles = styles
        self._role = role
        self._hidden = hidden
        self._work = 0

    def name(self, node: Node) -> str:
        """The raw text alternative of an element, white space as it came.

        A hidden element is named as if it were referred to, so that what went out of sight can still be called by name.
        """
        if self._work > MOST_WORK:
            return ""
        run = _Run()
        text = self._of(node, _ITSELF_HIDDEN if self._hidden(node) else _ITSELF, run)
        self._work += run.nodes
        return text

    def _of(self, node: Node, context: _Context, run: _Run) -> str:
        if node.id in run.seen or run.over():
            return ""
        run.nodes += 1
        # 2A. Hidden and not referred to.
        if node.tag in IGNORED or (not context.hidden and self._hidden(node)):
            run.seen.add(node.id)
            return ""
        # 2B. aria-labelledby, unless this was reached through one.
        referred = self._trees.references(node, "aria-labelledby")
        if referred and not context.labelledby:
            text = " ".join(self._of(one, _BY_REFERENCE[self._hidden(one)], run) for one in referred)
            if text:
                return text
        role = self._role(node) or ""
        # 2C. A control embedded in the name of something else gives its value.
        if (context.label or context.labelledby or context.target is _Target.INSIDE) and node not in referred:
            value = self._embedded(node, role, context, run)
            if value is not None:
                run.seen.add(node.id)
                return self._took(value, run)
        # 2D. aria-label.
        label = node.attr("aria-label")
        if label and not label.isspace():
            run.seen.add(node.id)
            return self._took(label, run)
        # 2E. What the host language says.
        if role not in ("presentation", "none"):
            native = self._native(node, bool(referred), context, run)
            if native is not None:
                run.seen.add(node.id)
                return native
        # 2F. From content.
        if (
            role in _FROM_CONTENT
            or node.tag == "summary"
            or context.labelledby
            or context.label
            or context.native
            or (context.target is _Target.INSIDE and (role == "" or role in _LENT))
        ):
            run.seen.add(node.id)
            text = self._content(node, context.below, run)
            if text and not (context.target is _Target.ITSELF and text.isspace()):
                return text
        # 2I. The tooltip.
        run.seen.add(node.id)
        if role not in ("presentation", "none") or node.tag in ("iframe", "frame"):
            title = node.attr("title")
            if title and not title.isspace():
                return self._took(title, run)
        return ""

    @staticmethod
    def _took(text: str, run: _Run) -> str:
        run.text += len(text)
        return text[:_MOST_TEXT]

    def _embedded(self, node: Node, role: str, context: _Context, run: _Run) -> str | None:
        """The value of an embedded control, ``None`` where the element is none (2C)."""
        if role in ("textbox", "searchbox"):
            return value_of(node) if node.tag in ("input", "textarea") else text_content(node)
        if role in ("combobox", "listbox"):
            chosen = self._chosen(node, role)
            if not chosen and node.tag == "input":
                return value_of(node)
            run.seen.add(node.id)
            run.level += 1
            text = " ".join(self._of(option, context.below, run) for option in chosen)
            run.level -= 1
            return text
        if role in ("progressbar", "scrollbar", "slider", "spinbutton", "meter"):
            for attribute in ("aria-valuetext", "aria-valuenow", "value"):
                value = node.attr(attribute)
                if value is not None:
                    return value
            return ""
        return "" if role == "menu" else None

    def _chosen(self, node: Node, role: str) -> list[Node]:
        """The selected options of a select, a combobox or a listbox."""
        if node.tag == "select":
            return chosen_options(node)
        listbox: Node | None = node
        if role == "combobox":
            listbox = next((one for one in self._owned(node) if self._role(one) == "listbox"), None)
        if listbox is None:
            return []
        return [
            one
            for one in self._owned(listbox)
            if (one.attr("aria-selected") or "").lower() == "true" and self._role(one) == "option"
        ]

    def _owned(self, node: Node) -> list[Node]:
        """The elements below, and those of ``aria-owns``."""
        found: list[Node] = []
        stack = [*reversed(self._trees.references(node, "aria-owns")), *reversed(node.children)]
        while stack and len(found) < _MOST_NODES:
            one = stack.pop()
            if one.kind == ELEMENT and not one.in_shadow:
                found.append(one)
                stack.extend(reversed(one.children))
        return found

    def _native(self, node: Node, referred: bool, context: _Context, run: _Run) -> str | None:
        """HTML-AAM 4.1; ``None`` where its own language gives no name, and content or tooltip may follow."""
        tag = node.tag
        match tag:
            case "input":
                return self._input(node, referred, context, run)
            case "button":
                labels = self._trees.labels(node) if not referred else []
                return self._from_labels(labels, run) if labels else None
            case "output" | "textarea" | "select" | "meter" | "progress" if not referred:
                return self._labelled(node, run, placeholder=tag == "textarea")
            case "fieldset" | "figure" if not referred:
                named = self._from_child(node, "legend" if tag == "fieldset" else "figcaption", context, run)
                return self._took(node.attr("title") or "", run) if named is None else named
            case "img" | "area":
                return self._took(_filled(node, "alt") or node.attr("title") or "", run)
            case "table":
                named = self._from_child(node, "caption", context, run)
                return named if named is not None else node.attr("summary") or None
        if tag in _SVG and (tag == "svg" or _in_svg(node)):
            run.seen.add(node.id)
            for child in node.children:
                if child.tag == "title":
                    inside = replace(context.below, labelledby=True, hidden=context.hidden or self._hidden(child))
                    return self._of(child, inside, run)
            if tag == "a":
                return _filled(node, "xlink:title")
        return None

    def _input(self, node: Node, referred: bool, context: _Context, run: _Run) -> str | None:
        kind = input_type(node)
        if kind in ("button", "submit", "reset"):
            given = _filled(node, "value")
            return self._took(
                given or {"submit": "Submit", "reset": "Reset"}.get(kind) or node.attr("title") or "", run
            )
        if kind in ("file", "image"):
            labels = self._trees.labels(node)
            if labels and not context.labelledby:
                return self._from_labels(labels, run)
            if kind == "file":
                return "Choose File"
            return self._took(_filled(node, "alt") or _filled(node, "title") or "Submit", run)
        if referred:
            return None
        return self._labelled(node, run, placeholder=kind in _WITH_PLACEHOLDER)

    def _labelled(self, node: Node, run: _Run, *, placeholder: bool) -> str:
        """By label, else by tooltip, else by placeholder (HTML-AAM 4.1.1)."""
        run.seen.add(node.id)
        labels = self._trees.labels(node)
        if labels:
            return self._from_labels(labels, run)
        title = node.attr("title") or ""
        return self._took(title if title or not placeholder else node.attr("placeholder") or "", run)

    def _from_labels(self, labels: list[Node], run: _Run) -> str:
        texts = [self._of(label, _BY_LABEL[self._hidden(label)], run) for label in labels]
        return " ".join(text for text in texts if text)

    def _from_child(self, node: Node, tag: str, context: _Context, run: _Run) -> str | None:
        run.seen.add(node.id)
        for child in node.children:
            if child.tag == tag:
                inside = replace(context.below, native=True, hidden=context.hidden or self._hidden(child))
                return self._of(child, inside, run)
        return None

    def _content(self, node: Node, context: _Context, run: _Run) -> str:
        """The text inside, with a space at each side of what does not run inline (2F)."""
        parts = [self._styles.before(node)]
        run.level += 1
        assigned = self._trees.assigned(node) if node.tag == "slot" else None
        if assigned:
            for child in assigned:
                self._child(child, context, run, parts)
        elif node.shadow_host:
            # Light children stand where their slots are; those without a slot are not shown.
            for child in node.children:
                if child.in_shadow:
                    self._child(child, context, run, parts)
        else:
            closed = node.tag == "details" and node.attr("open") is None and not context.hidden
            for child in node.children:
                if not (closed and child.kind == TEXT):
                    self._child(child, context, run, parts)
        if "aria-owns" in node.attrs:
            for child in self._trees.references(node, "aria-owns"):
                if self._trees.slot_of(child) is None:
                    self._child(child, context, run, parts)
        run.level -= 1
        parts.append(self._styles.after(node))
        return "".join(parts)

    def _child(self, node: Node, context: _Context, run: _Run, parts: list[str]) -> None:
        if node.kind == TEXT:
            if run.text <= _MOST_TEXT:
                parts.append(self._took(node.text, run))
        elif node.kind == ELEMENT:
            text = self._of(node, context, run)
            parts.append(text if node.tag != "br" and self._styles.is_inline(node) else f" {text} ")


def value_of(node: Node) -> str:
    """The current value of an ``<input>`` or ``<textarea>``."""
    value = node.attr("value")
    if value is None and node.tag == "textarea":
        return text_content(node)
    return value or ""


def chosen_options(select: Node) -> list[Node]:
    """The selected options of a ``<select>``; the first one where none is."""
    options: list[Node] = []
    for child in select.children:
        if child.tag == "option":
            options.append(child)
        elif child.tag == "optgroup":
            options.extend(below for below in child.children if below.tag == "option")
    chosen = [option for option in options if option.attr("selected") is not None]
    if not chosen:
        value = select.attr("value")
        if value is not None:
            chosen = [option for option in options if option.attr("value") == value][:1]
    return chosen[:_MOST_NODES] or options[:1]


def text_content(node: Node) -> str:
    """The DOM's ``textContent``, bounded."""
    parts: list[str] = []
    size = 0
    stack = [node]
    while stack and size < _MOST_TEXT:
        one = stack.pop()
        if one.kind == TEXT:
            parts.append(one.text)
            size += len(one.text) + 1
        stack.extend(child for child in reversed(one.children) if not child.in_shadow)
    return "".join(parts)


def _filled(node: Node, attribute: str) -> str | None:
    value = node.attr(attribute)
    return value if value and not value.isspace() else None


def _in_svg(node: Node) -> bool:
    """Does the element stand inside an ``<svg>``, and not in HTML inside that?"""
    for above in node.ancestors():
        if above.tag == "svg":
            return True
        if above.tag == "foreignobject" or above.kind != ELEMENT:
            return False
    return False
