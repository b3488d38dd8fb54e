"""Which rules of a page's style sheets an element answers to, and what they come to (CSS Cascade 5).

Sheets, selectors and the rules for one tag, id and class list are remembered for a whole trace, because the same ones
come back with each snapshot. All of it spends from one budget, so that no recording makes it slow.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

from specward.recording.dom import Node
from specward.recording.media import Media
from specward.recording.selector_parsing import compile_selector, unescaped
from specward.recording.selectors import Selector, Surroundings
from specward.recording.stylesheets import Declarations, Sheet, read_declarations, read_sheet

MOST_WORK = 6_000_000
"""Rules looked at and selector steps taken over a whole trace. Past it, style sheets count as absent."""
_MOST_SHEETS = 200
_MOST_INDEXES = 64
_MOST_SELECTORS = 100_000
_MOST_PLANS = 20_000
_MOST_INLINE = 10_000
_LONGEST_INLINE = 20_000

Outcome = tuple[dict[str, str], dict[str, str]]
"""What the normal and what the important declarations come to."""
NOTHING: Outcome = ({}, {})

ELEMENT, BEFORE, AFTER, HOST, SLOTTED = "element", "before", "after", "host", "slotted"
"""What a rule styles. ``HOST`` and ``SLOTTED`` rules reach out of the shadow tree they stand in."""


@dataclass(slots=True, eq=False)
class Entry:
    """A rule of one scope, with its place in the cascade."""

    selector: str
    normal: Declarations
    important: Declarations
    layer: int
    """The later the layer, the stronger; what is in no layer is strongest."""
    place: int


Choice = tuple[Selector | None, int, Entry]
"""A rule that may apply, with its specificity; without a selector where it is already known to match."""


@dataclass(slots=True)
class Plan:
    """The rules that may apply to elements of one tag, id and class list, weakest first."""

    choices: list[Choice]
    fixed: Outcome | None
    """The outcome, where no rule asks for more than tag, id and classes."""

    @classmethod
    def of(cls, choices: list[Choice]) -> Plan:
        plain = all(selector is None for selector, *_ in choices)
        return cls(choices, _applied(choices) if plain else None)

    def on(self, present: frozenset[str]) -> Plan:
        """The plan without the rules that ask for an id or a class that is nowhere on the page."""
        return Plan.of([one for one in self.choices if one[0] is None or one[0].needs <= present])

    def outcome(self, node: Node, around: Surroundings, cache: StyleCache) -> Outcome:
        """What the rules come to for one element."""
        if self.fixed is not None:
            return self.fixed
        matching: list[Choice] = []
        for one in self.choices:
            if one[0] is None:
                matching.append(one)
            elif cache.spend(2):
                if one[0].matches(node, around):
                    matching.append(one)
                cache.spend(around.steps)
        return _applied(matching)


class Rules:
    """The rules of one tree scope under one viewport."""

    def __init__(self, sheets: list[Sheet]) -> None:
        self._sheets = sheets  # held, because their identity is the key of this index
        self.entries: dict[str, dict[str, list[Entry]]] = {}
        """By what they style, then by the id, class or tag that the rightmost compound asks for."""
        self._plans: dict[tuple[str, str, object, object], Plan] = {}

    def plan(self, node: Node, what: str, around: Surroundings, cache: StyleCache) -> Plan:
        """The rules for elements like this one."""
        key = (what, node.tag, node.attrs.get("id"), node.attrs.get("class"))
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) > _MOST_PLANS:
                self._plans.clear()
            found = self._plans[key] = self._planned(node, what, around, cache)
        return found

    def _planned(self, node: Node, what: str, around: Surroundings, cache: StyleCache) -> Plan:
        entries = self.entries[what]
        chosen: list[Choice] = []
        for key in ("*", node.tag, f"#{node.attrs.get('id')}", *(f".{name}" for name in around.classes(node))):
            found = entries.get(key)
            if not found or not cache.spend(len(found)):
                continue
            for entry in found:
                selector = cache.selector(entry.selector)
                if selector is not None and selector.compounds[0].holds_plainly(node, around):
                    chosen.append((None if selector.is_plain else selector, selector.specificity, entry))
        if what in (BEFORE, AFTER):
            chosen = chosen if any(_adds_content(entry) for *_, entry in chosen) else []
        else:
            chosen = _material(chosen)
        chosen.sort(key=lambda one: (one[2].layer, one[1], one[2].place))
        return Plan.of(chosen)


class StyleCache:
    """Style sheets read once for a whole trace, and the budget they are read and matched with."""

    def __init__(self) -> None:
        self._work = 0
        self._sheets: OrderedDict[str, Sheet] = OrderedDict()
        self._rules: OrderedDict[tuple[object, ...], Rules] = OrderedDict()
        self._selectors: dict[str, Selector | None] = {}
        self._inline: dict[str, tuple[Declarations, Declarations]] = {}

    def spend(self, work: int) -> bool:
        """Is there budget left? Takes ``work`` from it."""
        self._work += work
        return self._work <= MOST_WORK

    def sheet(self, text: str) -> Sheet:
        """The sheet of a CSS text; an empty one past the budget."""
        found = self._sheets.get(text)
        if found is None:
            cost = len(text) // 10 + 10 * (text.count("{") + text.count("}"))
            found = read_sheet(text) if self.spend(cost) else Sheet((), ())
            self._sheets[text] = found
            if len(self._sheets) > _MOST_SHEETS:
                self._sheets.popitem(last=False)
        else:
            self._sheets.move_to_end(text)
        return found

    def selector(self, text: str) -> Selector | None:
        """A selector, compiled; ``None`` for one that never applies."""
        try:
            return self._selectors[text]
        except KeyError:
            if len(self._selectors) > _MOST_SELECTORS:
                self._selectors.clear()
            self.spend(len(text) // 4)
            selector = self._selectors[text] = compile_selector(text)
            return selector

    def inline(self, text: str) -> tuple[Declarations, Declarations]:
        """The declarations of a ``style`` attribute."""
        found = self._inline.get(text)
        if found is None:
            if len(self._inline) > _MOST_INLINE:
                self._inline.clear()
            found = self._inline[text] = read_declarations(text[:_LONGEST_INLINE])
        return found

    def rules(self, sheets: list[tuple[Sheet, str]], width: int, height: int) -> Rules:
        """The rules of sheets (each with its ``media`` attribute) under one viewport."""
        key = (width, height, *((id(sheet), media) for sheet, media in sheets))
        found = self._rules.get(key)
        if found is None:
            found = self._rules[key] = self._indexed(sheets, Media(width, height))
            if len(self._rules) > _MOST_INDEXES:
                self._rules.popitem(last=False)
        else:
            self._rules.move_to_end(key)
        return found

    def _indexed(self, sheets: list[tuple[Sheet, str]], media: Media) -> Rules:
        rules = Rules([sheet for sheet, _ in sheets])
        shown = [sheet for sheet, query in sheets if media.matches(query)]
        ranks = _ranks([layer for sheet in shown for layer in sheet.layers])
        place = 0
        for sheet in shown:
            if not self.spend(2 * len(sheet.rules)):
                break
            for rule in sheet.rules:
                if rule.media and not all(media.matches(query) for query in rule.media):
                    continue
                found = _key_of(rule.selector, self)
                if found is None:
                    continue
                what, key = found
                normal, important = rule.normal, rule.important
                if what not in (BEFORE, AFTER):
                    normal, important = _of_elements(normal), _of_elements(important)
                if normal or important:
                    place += 1
                    entry = Entry(rule.selector, normal, important, ranks[rule.layer], place)
                    rules.entries.setdefault(what, {}).setdefault(key, []).append(entry)
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
_WAITS = re.compile(r":(?:hover|focus|active|visited|focus-within|focus-visible)(?![-\w])")


def _key_of(text: str, cache: StyleCache) -> tuple[str, str] | None:
    """What a selector styles, and by what to look it up; ``None`` where it never applies."""
    what = ELEMENT
    suffix = _SUFFIX.search(text)
    bare = text
    if suffix:
        what = suffix.group(1).lower()
        bare = text[: suffix.start()]
        if bare == "" or bare[-1] in " >+~":
            return what, "*"
    simple = _ONE_CLASS.fullmatch(bare)
    if simple is not None:  # no need to compile what no element may ask for
        if simple.group(2) and _WAITS.search(simple.group(2)):
            return None
        return what, "." + unescaped(simple.group(1))
    selector = cache.selector(text)
    if selector is None:
        return None
    if selector.slotted:
        return (SLOTTED, "*") if text.startswith("::slotted") and what == ELEMENT else None
    if selector.host and len(selector.compounds) == 1:
        return (HOST, "*") if what == ELEMENT else None
    last = selector.compounds[0]
    if last.id:
        return what, "#" + last.id
    if last.classes:
        return what, "." + min(last.classes)
    return what, last.tag or "*"


def _applied(choices: list[Choice]) -> Outcome:
    """Declarations of matching rules, weakest first, put over one another. Among important ones early layers win."""
    if not choices:
        return NOTHING
    normal: dict[str, str] = {}
    urgent: list[tuple[int, int, int, Declarations]] = []
    for _, weight, entry in choices:
        normal.update(entry.normal)
        if entry.important:
            urgent.append((-entry.layer, weight, entry.place, entry.important))
    important: dict[str, str] = {}
    for *_, declarations in sorted(urgent):
        important.update(declarations)
    return normal, important


_NO_CONTENT = frozenset({"none", "normal", "initial", "inherit", "unset"})
_OUT_OF_LINE = frozenset({"absolute", "fixed", "left", "right", "inline-start", "inline-end", "inherit"})


def _adds_content(entry: Entry) -> bool:
    return any(name == "content" and value not in _NO_CONTENT for name, value in (*entry.normal, *entry.important))


def _material(choices: list[Choice]) -> list[Choice]:
    """Without the rules that change nothing: ``position`` and ``float`` where none takes an element out of the line."""
    kept = {"display", "visibility", "content-visibility"}
    for *_, entry in choices:
        for name, value in (*entry.normal, *entry.important):
            if value in _OUT_OF_LINE:
                kept.add(name)
    return [one for one in choices if any(name in kept for name, _ in (*one[2].normal, *one[2].important))]
