"""What of a recorded page is rendered, and what CSS adds to its texts.

A cascade (CSS Cascade 5) of ``display``, ``visibility`` and the few properties around them, over the recorded style sheets.
Nothing is read before it is asked for; sheets and the rules of an element's tag, id and classes are remembered for a whole
trace, because the same ones come back with each snapshot. Which popovers are open is not recorded: they count as closed.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field

from specward.recording.dom import DOCUMENT, ELEMENT, Node, Page
from specward.recording.roles import input_type, is_listbox_select
from specward.recording.selectors import Selector, Surroundings, compile_selector, unescaped
from specward.recording.stylesheets import (
    Declarations,
    Media,
    Sheet,
    content_parts,
    read_declarations,
    read_sheet,
)
from specward.recording.trees import Scope, Trees

MOST_CSS = 16 * 1024 * 1024
"""Characters of style sheets looked at on one page."""
_MOST_PLANS = 20_000
_MOST_INLINE = 20_000
_MOST_ADDED = 200
"""Characters that ``content`` adds at most."""

# HTML 15.3, the user agent's style sheet, as Chromium has it.
_UA_NONE = frozenset(
    "area base basefont datalist head link meta noembed noframes param rp script style template title".split()
)
_UA_DISPLAY = {
    **dict.fromkeys(
        "html body address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer "
        "form frameset h1 h2 h3 h4 h5 h6 header hgroup hr legend listing main menu nav ol optgroup option p plaintext pre "
        "search section summary ul xmp".split(),
        "block",
    ),
    **dict.fromkeys("button input select textarea meter progress marquee".split(), "inline-block"),
    "caption": "table-caption",
    "col": "table-column",
    "colgroup": "table-column-group",
    "li": "list-item",
    "rt": "ruby-text",
    "ruby": "ruby",
    "slot": "contents",
    "table": "table",
    "tbody": "table-row-group",
    "td": "table-cell",
    "tfoot": "table-footer-group",
    "th": "table-cell",
    "thead": "table-header-group",
    "tr": "table-row",
}
_NO_BOX = frozenset("animate desc embed metadata noscript stop view".split())
_NO_BOX_INSIDE = frozenset({"audio", "canvas", "iframe", "img", "meter", "object", "option", "progress", "video"})
"""Elements whose children are a fallback (or, for an ``<iframe>``, nothing): only a frame's document is shown."""
_NO_CONTENTS = frozenset(
    "audio br canvas embed frame frameset iframe img input meter object progress select svg textarea video wbr".split()
)
"""Where ``display: contents`` means none (CSS Display 3, appendix B)."""
_LAYS_OUT = ("flex", "grid", "-webkit-box", "-webkit-inline-box")
_VARIABLE = re.compile(r"var\(\s*+(--[-\w]++)\s*+(?:,([^()]*+))?\)")


@dataclass(frozen=True, slots=True)
class Box:
    """How one element is rendered."""

    display: str
    visible: bool
    boxed: bool
    """It is laid out: no ``display: none`` at it or above it, nothing else that leaves it out."""
    lays_out: bool
    """Its children become blocks: a flex or grid container."""
    skips: bool = False
    """Its contents are skipped (``content-visibility: hidden``)."""


_TOP = Box("block", True, True, False)
_REPLACED = Box("inline", True, False, False)


@dataclass(slots=True, eq=False)
class _Entry:
    """A rule of one scope, with its place in the cascade."""

    selector: str
    normal: Declarations
    important: Declarations
    layer: int
    """The later the layer, the stronger; what is in no layer is strongest."""
    place: int


_Outcome = tuple[dict[str, str], dict[str, str]]
"""What the normal and what the important declarations come to."""


_Choice = tuple[Selector | None, int, _Entry]
"""A rule that may apply, with its specificity; without a selector where it is already known to match."""


@dataclass(slots=True)
class _Plan:
    """The rules that may apply to elements of one tag, id and class list, weakest first."""

    entries: list[_Choice]
    fixed: _Outcome | None
    """The outcome, where no rule asks for more than tag, id and classes."""

    @classmethod
    def of(cls, entries: list[_Choice]) -> _Plan:
        plain = all(selector is None for selector, *_ in entries)
        return cls(entries, _applied(entries) if plain else None)

    def on(self, present: frozenset[str]) -> _Plan:
        """The plan without the rules that ask for an id or a class that is nowhere on the page."""
        return _Plan.of([one for one in self.entries if one[0] is None or one[0].needs <= present])


_NOTHING: _Outcome = ({}, {})
_ELEMENT, _HOST, _SLOTTED = "", "host", "slotted"


@dataclass(slots=True)
class _Rules:
    """The rules of one tree scope under one viewport."""

    sheets: list[Sheet]
    entries: dict[str, dict[str, list[_Entry]]] = field(default_factory=dict)
    """By what they style (the element, ``before``, ``after``, the host, what is slotted), then by tag, id or class."""
    plans: dict[tuple[str, str, object, object], _Plan] = field(default_factory=dict)


class StyleCache:
    """Style sheets read once for a whole trace."""

    def __init__(self) -> None:
        self._sheets: OrderedDict[str, Sheet] = OrderedDict()
        self._rules: OrderedDict[tuple[object, ...], _Rules] = OrderedDict()
        self._selectors: dict[str, Selector | None] = {}
        self._inline: dict[str, tuple[Declarations, Declarations]] = {}

    def sheet(self, text: str) -> Sheet:
        """The sheet of a CSS text."""
        found = self._sheets.get(text)
        if found is None:
            found = self._sheets[text] = read_sheet(text)
            if len(self._sheets) > 200:
                self._sheets.popitem(last=False)
        else:
            self._sheets.move_to_end(text)
        return found

    def selector(self, text: str) -> Selector | None:
        """A selector, compiled; ``None`` for one that never applies."""
        try:
            return self._selectors[text]
        except KeyError:
            if len(self._selectors) > 100_000:
                self._selectors.clear()
            selector = self._selectors[text] = compile_selector(text)
            return selector

    def inline(self, text: str) -> tuple[Declarations, Declarations]:
        """The declarations of a ``style`` attribute."""
        found = self._inline.get(text)
        if found is None:
            if len(self._inline) > 10_000:
                self._inline.clear()
            found = self._inline[text] = read_declarations(text[:_MOST_INLINE])
        return found

    def rules(self, sheets: list[tuple[Sheet, str]], width: int, height: int) -> _Rules:
        """The rules of sheets (each with its ``media`` attribute) under one viewport."""
        key = (width, height, *((id(sheet), media) for sheet, media in sheets))
        found = self._rules.get(key)
        if found is None:
            found = self._rules[key] = _indexed(sheets, Media(width, height), self)
            if len(self._rules) > 64:
                self._rules.popitem(last=False)
        else:
            self._rules.move_to_end(key)
        return found


def _indexed(sheets: list[tuple[Sheet, str]], media: Media, cache: StyleCache) -> _Rules:
    rules = _Rules([sheet for sheet, _ in sheets])
    shown = [sheet for sheet, query in sheets if media.matches(query)]
    ranks = _ranks([layer for sheet in shown for layer in sheet.layers])
    place = 0
    for sheet in shown:
        for rule in sheet.rules:
            if rule.media and not all(media.matches(query) for query in rule.media):
                continue
            found = _key_of(rule.selector, cache)
            if found is None:
                continue
            normal, important = rule.normal, rule.important
            if found[0] not in ("before", "after"):
                normal, important = _of_elements(normal), _of_elements(important)
            if normal or important:
                place += 1
                entry = _Entry(rule.selector, normal, important, ranks[rule.layer], place)
                rules.entries.setdefault(found[0], {}).setdefault(found[1], []).append(entry)
    return rules


def _of_elements(declarations: Declarations) -> Declarations:
    """Without ``content``, which is for pseudo-elements only."""
    return tuple(one for one in declarations if not one[0].endswith("content"))


def _ranks(layers: list[str]) -> dict[str, int]:
    """Cascade layers by strength: in order of first appearance, a layer's own rules after those of its sublayers."""
    first: dict[str, int] = {}
    for layer in layers:
        parts = layer.split(".")
        for end in range(1, len(parts) + 1):
            first.setdefault(".".join(parts[:end]), len(first))
    last = len(first)

    def strength(layer: str) -> tuple[int, ...]:
        parts = layer.split(".")
        return (*(first[".".join(parts[:end])] for end in range(1, len(parts) + 1)), last)

    ordered = sorted(first, key=strength)
    return {**{layer: rank for rank, layer in enumerate(ordered)}, "": last}


_SUFFIX = re.compile(r"::?(before|after)$", re.IGNORECASE)
_ONE_CLASS = re.compile(r"\.((?:[-\w]|\\[^0-9a-fA-F\n])++)((?::[-\w]++)*+)")
_WAITS = re.compile(r":(?:hover|focus|active|visited|focus-within|focus-visible)\b")


def _key_of(text: str, cache: StyleCache) -> tuple[str, str] | None:
    """What a selector styles, and by what to look it up; ``None`` where it never applies."""
    what = _ELEMENT
    suffix = _SUFFIX.search(text)
    bare = text
    if suffix:
        what = suffix.group(1).lower()
        bare = text[: suffix.start()]
        if bare == "" or bare[-1] in " >+~":
            return what, "*"
    simple = _ONE_CLASS.fullmatch(bare)
    if simple is not None:
        if simple.group(2) and _WAITS.search(simple.group(2)):
            return None
        return what, "." + unescaped(simple.group(1))
    selector = cache.selector(text)
    if selector is None:
        return None
    if selector.slotted:
        return (_SLOTTED, "*") if text.startswith("::slotted") and what == _ELEMENT else None
    if selector.host and len(selector.compounds) == 1:
        return (_HOST, "*") if what == _ELEMENT else None
    last = selector.compounds[0]
    if last.id:
        return what, "#" + last.id
    if last.classes:
        return what, "." + min(last.classes)
    return what, last.tag or "*"


class Styles:
    """The styles of a page, as it is now. Call :meth:`refresh` before asking after the page may have changed."""

    def __init__(self, page: Page, cache: StyleCache, trees: Trees | None = None) -> None:
        self._page = page
        self._cache = cache
        self._trees = trees or Trees(page)
        self._version = -1
        self._sheets_key = (-1, 0, 0)
        self._scopes: dict[Scope, _Rules] | None = None
        self._boxes: dict[int, Box] = {}
        self._scope_of: dict[int, Scope] = {}
        self._plans: dict[tuple[object, ...], _Plan] = {}
        """Plans without the rules that can match nothing on this version of the page."""
        self._around = Surroundings()

    def refresh(self) -> None:
        """Forget what was known of an earlier version of the page."""
        page = self._page
        if self._version != page.version:
            self._version = page.version
            self._trees.refresh()
            self._boxes = {}
            self._scope_of = {}
            self._plans = {}
            self._around = Surroundings()
        key = (page.styles_version, page.width, page.height)
        if self._sheets_key != key:
            self._sheets_key = key
            self._scopes = None
            self._boxes = {}
            self._plans = {}

    # What is asked

    def is_rendered(self, node: Node) -> bool:
        """Is the element laid out and visible? Of a text: is its parent?"""
        self.refresh()
        box = self._box(node)
        return box.boxed and box.visible

    def is_display_none(self, node: Node) -> bool:
        """Is the element's own ``display`` none?"""
        return self._box(node).display == "none"

    def is_contents(self, node: Node) -> bool:
        """Has the element no box of its own, only its children's?"""
        return self._box(node).display == "contents"

    def is_inline(self, node: Node) -> bool:
        """Does the element's text run on in the line (computed ``display: inline``)?"""
        return self._box(node).display == "inline"

    def is_boxed(self, node: Node) -> bool:
        """Is the element laid out, be it visible or not?"""
        return self._box(node).boxed

    def before(self, node: Node) -> str:
        """The text of ``::before``, with spaces around it where it is a block."""
        return self._added(node, "before")

    def after(self, node: Node) -> str:
        """The text of ``::after``."""
        return self._added(node, "after")

    # The boxes

    def _box(self, node: Node) -> Box:
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

    def _make(self, node: Node, above: Box) -> Box:
        if node.kind == DOCUMENT:
            return Box("block", True, above.boxed, False)
        if node.kind != ELEMENT:
            return above
        if above is _REPLACED or self._is_replaced(node):
            return _REPLACED
        normal = self._cascaded(node)
        default = _default_display(node)
        display = normal.get("display", "none" if _is_hidden_by_attribute(node) else default)
        if display == "inherit":
            display = above.display
        elif display in ("revert", "revert-layer"):
            display = default
        elif display in ("initial", "unset"):
            display = "inline"
        if node.tag == "input" and input_type(node) == "hidden":
            display = "none"
        if display == "contents" and node.tag in _NO_CONTENTS:
            display = "none"
        if display == "contents" and _is_root(node):
            display = "block"
        if display == "inline" and (
            above.lays_out
            or normal.get("position") in ("absolute", "fixed")
            or normal.get("float", "none") not in ("none", "initial", "unset")
        ):
            display = "block"
        visibility = normal.get("visibility", "inherit")
        visible = (
            above.visible
            if visibility in ("inherit", "unset", "revert", "revert-layer")
            else visibility
            in (
                "visible",
                "initial",
            )
        )
        boxed = display != "none" and above.boxed and not above.skips and not self._left_out(node)
        lays_out = above.lays_out if display == "contents" else display.endswith(_LAYS_OUT)
        skips = display != "inline" and normal.get("content-visibility", _default_skipping(node)) == "hidden"
        return Box(display, visible, boxed, lays_out, skips)

    def _is_replaced(self, node: Node) -> bool:
        """Not in the flat tree: in no slot, a slot's fallback that is not used, or the fallback of a replaced element."""
        parent = node.parent
        if parent is None:
            return False
        if parent.tag in _NO_BOX_INSIDE:
            return not parent.shadow_host and parent.tag not in ("canvas", "object", "option")
        if parent.tag == "slot":
            return bool(self._trees.assigned(parent))
        return self._trees.is_slotless(node)

    def _left_out(self, node: Node) -> bool:
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
        return node.tag in _NO_BOX or parent.tag in _NO_BOX_INSIDE

    # The cascade

    def _cascaded(self, node: Node) -> dict[str, str]:
        normal, important = self._outcome(node, _ELEMENT, self._rules_of(node))
        outer: list[_Outcome] = []
        if node.shadow_host:
            outer.append(self._outcome(node, _HOST, self._by_scope.get((node.id, True))))
        slot = self._trees.slot_of(node)
        if slot is not None:
            outer.append(self._outcome(node, _SLOTTED, self._rules_of(slot)))
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

    def _outcome(self, node: Node, what: str, rules: _Rules | None) -> _Outcome:
        if rules is None or what not in rules.entries:
            return _NOTHING
        attrs = node.attrs
        key = (what, node.tag, attrs.get("id"), attrs.get("class"))
        here = (id(rules), *key)
        try:
            plan = self._plans.get(here)
        except TypeError:  # a recording may hold anything for a class
            return _NOTHING
        if plan is None:
            whole = rules.plans.get(key)
            if whole is None:
                if len(rules.plans) > _MOST_PLANS:
                    rules.plans.clear()
                whole = rules.plans[key] = self._plan(node, what, rules.entries[what])
            plan = self._plans[here] = whole if whole.fixed is not None else whole.on(self._trees.present)
        if plan.fixed is not None:
            return plan.fixed
        around = self._around
        return _applied([one for one in plan.entries if one[0] is None or one[0].matches(node, around)])

    def _plan(self, node: Node, what: str, entries: dict[str, list[_Entry]]) -> _Plan:
        around = self._around
        keys = ["*", node.tag, f"#{node.attrs.get('id')}", *(f".{name}" for name in around.classes(node))]
        chosen: list[_Choice] = []
        for key in keys:
            for entry in entries.get(key, ()):
                selector = self._cache.selector(entry.selector)
                if selector is not None and selector.compounds[0].holds_plainly(node, around):
                    chosen.append((None if selector.is_plain else selector, selector.specificity, entry))
        if what in ("before", "after"):
            if not any(_says_something(entry) for *_, entry in chosen):
                chosen = []
        else:
            chosen = _material(chosen)
        chosen.sort(key=lambda one: (one[2].layer, one[1], one[2].place))
        return _Plan.of(chosen)

    def _rules_of(self, node: Node) -> _Rules | None:
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
    def _by_scope(self) -> dict[Scope, _Rules]:
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
        if content is None or content in ("none", "normal", '""', "''"):
            return ""
        values = {**normal, **important}
        variable = _VARIABLE.fullmatch(content)
        if variable is not None:
            content = values.get(variable.group(1)) or variable.group(2) or ""
        parts = content_parts(content.strip())
        if parts is None or values.get("display") == "none" or values.get("visibility") in ("hidden", "collapse"):
            return ""
        text = "".join(given if kind == "text" else node.attr(given) or "" for kind, given in parts)[:_MOST_ADDED]
        inline = (
            values.get("display", "inline") in ("inline", "initial", "unset", "revert", "revert-layer")
            and values.get("position") not in ("absolute", "fixed")
            and values.get("float", "none") == "none"
            and not self._box(node).lays_out
        )
        return text if inline or not text else f" {text} "


def _applied(chosen: list[_Choice]) -> _Outcome:
    """Declarations of matching rules, weakest first, put over one another. Among important ones early layers win."""
    normal: dict[str, str] = {}
    urgent: list[tuple[int, int, int, Declarations]] = []
    for _, weight, entry in chosen:
        normal.update(entry.normal)
        if entry.important:
            urgent.append((-entry.layer, weight, entry.place, entry.important))
    important: dict[str, str] = {}
    for *_, declarations in sorted(urgent):
        important.update(declarations)
    return normal, important


_EMPTY = frozenset({"", "none", "normal", '""', "''", "initial", "inherit", "unset", '" "'})
_OUT_OF_LINE = frozenset({"absolute", "fixed", "left", "right", "inline-start", "inline-end", "inherit"})


def _says_something(entry: _Entry) -> bool:
    return any(
        value not in _EMPTY and value != "var(--tw-content)"
        for name, value in (*entry.normal, *entry.important)
        if name == "content" or name.startswith("--")
    )


def _material(chosen: list[_Choice]) -> list[_Choice]:
    """Without the rules that change nothing: ``position`` and ``float`` where none takes an element out of the line."""
    kept = {"display", "visibility", "content-visibility"}
    for *_, entry in chosen:
        for name, value in (*entry.normal, *entry.important):
            if value in _OUT_OF_LINE:
                kept.add(name)
    return [one for one in chosen if any(name in kept for name, _ in (*one[2].normal, *one[2].important))]


def _default_display(node: Node) -> str:
    tag = node.tag
    attrs = node.attrs
    if tag in _UA_NONE:
        return "none"
    if ("popover" in attrs or tag == "dialog") and not (tag == "dialog" and node.attr("open") is not None):
        return "none"
    if tag == "audio" and node.attr("controls") is None:
        return "none"
    return _UA_DISPLAY.get(tag, "inline")


def _is_root(node: Node) -> bool:
    return node.parent is None or node.parent.kind == DOCUMENT


def _is_hidden_by_attribute(node: Node) -> bool:
    """``hidden`` (HTML 6.1): a presentational hint, which any rule of the page outweighs. SVG knows no such attribute."""
    return (
        node.attr("hidden") is not None
        and _default_skipping(node) == ""
        and node.tag not in ("svg", "g", "path", "use")
    )


def _default_skipping(node: Node) -> str:
    return "hidden" if (node.attr("hidden") or "").lower() == "until-found" else ""


def _css_of(node: Node) -> str:
    """The CSS text of a ``<style>`` or ``<link>``, empty where it has none or is switched off."""
    attrs = node.attrs
    rel = str(attrs.get("rel") or "")
    if "alternate" in rel or (node.tag == "link" and node.attr("disabled") is not None):
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
