"""CSS selectors over the recorded page (Selectors Level 4, the part that style sheets use to hide and show things).

What depends on a pointer or on focus (``:hover``, ``:focus``) never matches; an unknown pseudo-class makes the selector
unusable. Patterns are linear and every selector is capped: style sheets are untrusted input.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from specward.recording.dom import DOCUMENT, ELEMENT, TEXT, Node
from specward.recording.roles import is_natively_disabled

LONGEST_SELECTOR = 2_000
_MOST_STEPS = 4_000
_DEEPEST = 6

_IDENTIFIER = re.compile(r"(?:[-\w]|[^\x00-\x7f]|\\(?:[0-9a-fA-F]{1,6}[ \t\n\r\f]?|[^0-9a-fA-F\n]))++")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n\r\f]?|(.))", re.DOTALL)
_SPACES = re.compile(r"[ \t\n\r\f]*+")
_ATTRIBUTE = re.compile(
    r"""\[\s*+(?:[-\w]*+\|(?!=))?((?:[-\w:]|\\.)++)\s*+(?:([~|^$*]?=)\s*+"""
    r"""(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|((?:[-\w]|[^\x00-\x7f]|\\.)++))\s*+([iIsS]?)\s*+)?\]""",
    re.DOTALL,
)
_NTH = re.compile(r"\s*+(?:(odd|even)|([+-]?\d{0,6})n(?:\s*+([+-])\s*+(\d{1,6}))?|([+-]?\d{1,6}))\s*+")

_NEVER = frozenset(
    "hover focus focus-visible focus-within active visited target target-within fullscreen modal popover-open autofill "
    "-webkit-autofill user-invalid user-valid playing paused seeking buffering stalled muted volume-locked "
    "picture-in-picture current past future local-link -webkit-full-screen indeterminate".split()
)
_ALWAYS = frozenset({"defined", "scope"})
_PSEUDO_ELEMENTS = frozenset({"before", "after"})
_ANY = frozenset({"is", "where", "matches", "-webkit-any", "any"})


class Surroundings:
    """What selectors ask about a page besides the element itself: its siblings. Valid for one version of the page."""

    def __init__(self) -> None:
        self._siblings: dict[tuple[int, bool], dict[int, tuple[int, list[Node]]]] = {}
        self._types: dict[tuple[int, bool, str], dict[int, tuple[int, int]]] = {}
        self._classes: dict[str, frozenset[str]] = {}
        self.steps = 0

    def classes(self, node: Node) -> frozenset[str]:
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


_NO_CLASSES: frozenset[str] = frozenset()
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
        return self._from(0, node, around)

    def _from(self, at: int, node: Node, around: Surroundings) -> bool:
        """Do the compounds from ``at`` leftwards hold, the first of them for ``node``? Backtracks, within a budget."""
        around.steps += 1
        if around.steps > _MOST_STEPS or not self.compounds[at].holds(node, around):
            return False
        if at == len(self.combinators):
            return True
        combinator = self.combinators[at]
        if combinator == ">":
            parent = self._parent(node, at + 1)
            return parent is not None and self._from(at + 1, parent, around)
        if combinator == " ":
            above = self._parent(node, at + 1)
            while above is not None:
                if self._from(at + 1, above, around):
                    return True
                if around.steps > _MOST_STEPS:
                    return False
                above = self._parent(above, at + 1)
            return False
        index, siblings = around.siblings(node)
        if combinator == "+":
            return index > 0 and self._from(at + 1, siblings[index - 1], around)
        while index > 0 and around.steps <= _MOST_STEPS:
            index -= 1
            if self._from(at + 1, siblings[index], around):
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


class _Unusable(Exception):
    """The selector is malformed, or says something that is not understood."""


def compile_selector(text: str) -> Selector | None:
    """One complex selector, ``None`` for one that can never be applied."""
    if len(text) > LONGEST_SELECTOR:
        return None
    try:
        reader = _Reader(text.strip(), 0)
        selector = reader.complex()
        return selector if reader.at == len(reader.text) else None
    except (_Unusable, ValueError, OverflowError):
        return None


def split_list(text: str) -> list[str]:
    """The selectors of a list: split at the commas outside brackets and strings."""
    if "," not in text:
        return [text]
    if not any(c in text for c in "([\"'\\"):
        return text.split(",")
    parts: list[str] = []
    depth = start = 0
    for found in _LIST_MARKS.finditer(text):
        mark = found.group()
        if mark in "([":
            depth += 1
        elif mark in ")]":
            depth -= 1
        elif mark == "," and depth <= 0:
            parts.append(text[start : found.start()])
            start = found.end()
    parts.append(text[start:])
    return parts


_LIST_MARKS = re.compile(r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\\.|[()\[\],]""", re.DOTALL)


def unescaped(text: str) -> str:
    """An identifier or string without its CSS escapes."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    code, plain = found.groups()
    if code is None:
        return "" if plain == "\n" else str(plain)
    value = int(code, 16)
    return chr(value) if 0 < value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else "\ufffd"


class _Reader:
    """Reads one selector, left to right."""

    def __init__(self, text: str, level: int) -> None:
        if level > _DEEPEST:
            raise _Unusable
        self.text = text
        self.at = 0
        self._level = level

    def complex(self, *, relative: bool = False) -> Selector:
        compounds: list[Compound] = []
        combinators: list[str] = []
        specificity = 0
        pseudo, host, slotted = "", False, False
        if relative:
            combinators.append(self._combinator() or " ")
        while True:
            compound, weight, element, is_host, is_slotted = self._compound(first=not compounds)
            compounds.append(compound)
            specificity += weight
            host, slotted = host or is_host, slotted or is_slotted
            if element:
                pseudo = element
            combinator = self._combinator()
            if combinator is None or self.at >= len(self.text):
                break
            if pseudo:
                raise _Unusable
            combinators.append(combinator)
        if not relative:
            compounds.reverse()
            combinators.reverse()
        needs = {f".{name}" for one in compounds[1:] for name in one.classes}
        needs.update(f"#{one.id}" for one in compounds[1:] if one.id)
        return Selector(tuple(compounds), tuple(combinators), specificity, pseudo, host, slotted, frozenset(needs))

    def _combinator(self) -> str | None:
        text = self.text
        start = self.at
        end = _SPACES.match(text, start).end()  # type: ignore[union-attr]
        if end < len(text) and text[end] in ">+~":
            if text[end : end + 2] == "||":
                raise _Unusable
            self.at = _SPACES.match(text, end + 1).end()  # type: ignore[union-attr]
            return text[end]
        self.at = end
        return " " if end > start and end < len(text) else None

    def _compound(self, *, first: bool) -> tuple[Compound, int, str, bool, bool]:
        text = self.text
        tag, id, pseudo = "", "", ""
        classes: list[str] = []
        tests: list[Test] = []
        weight = 0
        host = slotted = False
        start = self.at
        while self.at < len(text):
            mark = text[self.at]
            if pseudo and mark != ":":
                break
            if mark == "*":
                self.at += 1
                if text[self.at : self.at + 1] == "|":
                    self.at += 1
            elif mark == ".":
                self.at += 1
                classes.append(self._identifier())
                weight += 1 << 10
            elif mark == "#":
                self.at += 1
                id = self._identifier()
                weight += 1 << 20
            elif mark == "[":
                tests.append(self._attribute())
                weight += 1 << 10
            elif mark == ":":
                if text[self.at + 1 : self.at + 2] == ":" or self._legacy_element():
                    self.at += 2 if text[self.at + 1] == ":" else 1
                    name = self._identifier().lower()
                    if name == "slotted" and self.at < len(text) and text[self.at] == "(":
                        inner, inner_weight = self._list(self._argument())
                        tests.append(_any_of(inner))
                        weight += inner_weight + 1
                        slotted = True
                    elif name in _PSEUDO_ELEMENTS and not pseudo:
                        pseudo = name
                        weight += 1
                    else:
                        raise _Unusable
                else:
                    self.at += 1
                    name = self._identifier().lower()
                    if name == "host" or name == "host-context":
                        if not first or name == "host-context":
                            raise _Unusable
                        host = True
                        weight += 1 << 10
                        if self.at < len(text) and text[self.at] == "(":
                            inner, inner_weight = self._list(self._argument())
                            tests.append(_any_of(inner))
                            weight += inner_weight
                    else:
                        test, more = self._pseudo_class(name)
                        weight += more
                        if test is not None:
                            tests.append(test)
            elif self.at == start and _IDENTIFIER.match(text, self.at):
                tag = self._identifier().lower()
                if text[self.at : self.at + 1] == "|" and text[self.at + 1 : self.at + 2] != "|":
                    self.at += 1
                    tag = self._identifier().lower() if text[self.at : self.at + 1] != "*" else ""
                weight += 1
            else:
                break
        if self.at == start:
            raise _Unusable
        return Compound(tag, id, frozenset(classes), tuple(tests)), weight, pseudo, host, slotted

    def _legacy_element(self) -> bool:
        found = _IDENTIFIER.match(self.text, self.at + 1)
        return found is not None and found.group().lower() in _PSEUDO_ELEMENTS

    def _identifier(self) -> str:
        found = _IDENTIFIER.match(self.text, self.at)
        if found is None:
            raise _Unusable
        self.at = found.end()
        return unescaped(found.group())

    def _argument(self) -> str:
        """What stands between the brackets that begin here."""
        start = self.at + 1
        depth = 0
        for found in _LIST_MARKS.finditer(self.text, self.at):
            mark = found.group()
            if mark == "(":
                depth += 1
            elif mark == ")":
                depth -= 1
                if depth == 0:
                    self.at = found.end()
                    return self.text[start : found.start()]
        raise _Unusable

    def _list(self, argument: str, *, relative: bool = False, forgiving: bool = False) -> tuple[list[Selector], int]:
        selectors: list[Selector] = []
        for part in split_list(argument):
            try:
                reader = _Reader(part.strip(), self._level + 1)
                selector = reader.complex(relative=relative)
                if reader.at < len(reader.text) or selector.pseudo_element:
                    raise _Unusable
                selectors.append(selector)
            except _Unusable:
                if not forgiving:
                    raise
        return selectors, max((selector.specificity for selector in selectors), default=0)

    def _attribute(self) -> Test:
        found = _ATTRIBUTE.match(self.text, self.at)
        if found is None:
            raise _Unusable
        self.at = found.end()
        name, operator, double, single, bare, flag = found.groups()
        name = unescaped(name).lower()
        value = unescaped(next((given for given in (double, single, bare) if given is not None), ""))
        return _attribute_test(name, operator, value, fold=bool(flag) and flag in "iI")

    def _pseudo_class(self, name: str) -> tuple[Test | None, int]:
        plain = 1 << 10
        has_argument = self.at < len(self.text) and self.text[self.at] == "("
        argument = self._argument() if has_argument else ""
        if name in _ANY and has_argument:
            inner, weight = self._list(argument, forgiving=True)
            return _any_of(inner), 0 if name == "where" else weight
        if name == "not" and has_argument:
            inner, weight = self._list(argument)
            held = _any_of(inner)
            return (lambda node, around: not held(node, around)), weight
        if name == "has" and has_argument:
            inner, weight = self._list(argument, relative=True, forgiving=True)
            return (lambda node, around: any(_has(one, node, around) for one in inner)), weight
        if name.startswith("nth-"):
            if name not in _NTHS or not has_argument:
                raise _Unusable
            return _nth(name, argument), plain
        if has_argument:
            if name in ("lang", "dir", "state", "-webkit-any-link"):
                return _never, plain
            raise _Unusable
        if name in _NEVER:
            return _never, plain
        if name in _ALWAYS:
            return None, plain
        test = _STATES.get(name)
        if test is None:
            raise _Unusable
        return test, plain


def _never(node: Node, around: Surroundings) -> bool:
    return False


def _any_of(selectors: list[Selector]) -> Test:
    def test(node: Node, around: Surroundings) -> bool:
        return any(selector._from(0, node, around) for selector in selectors)

    return test


def _attribute_test(name: str, operator: str | None, wanted: str, *, fold: bool) -> Test:
    if fold or name == "type":  # HTML 4.16.2: some attributes' values compare without case
        wanted = wanted.lower()
        fold = True

    def test(node: Node, around: Surroundings) -> bool:
        value = node.attr(name)
        if value is None:
            return False
        if operator is None:
            return True
        if fold:
            value = value.lower()
        match operator:
            case "=":
                return value == wanted
            case "~=":
                return wanted != "" and wanted in value.split()
            case "|=":
                return value == wanted or value.startswith(wanted + "-")
            case "^=":
                return wanted != "" and value.startswith(wanted)
            case "$=":
                return wanted != "" and value.endswith(wanted)
        return wanted != "" and wanted in value

    return test


def _has(selector: Selector, node: Node, around: Surroundings) -> bool:
    """``:has()``: compounds run from left to right here, the first combinator starts at ``node``."""

    def follow(at: int, start: Node) -> bool:
        around.steps += 1
        if around.steps > _MOST_STEPS:
            return False
        if at == len(selector.compounds):
            return True
        return any(
            selector.compounds[at].holds(one, around) and follow(at + 1, one)
            for one in _steps(selector.combinators[at], start, around)
        )

    return follow(0, node)


def _steps(combinator: str, node: Node, around: Surroundings) -> list[Node]:
    children = [child for child in node.children if child.kind == ELEMENT and not child.in_shadow]
    if combinator == ">":
        return children
    if combinator in "+~":
        index, siblings = around.siblings(node)
        return siblings[index + 1 : index + 2] if combinator == "+" else siblings[index + 1 : index + 500]
    found: list[Node] = []
    stack = list(reversed(children))
    while stack and len(found) < 2_000:
        one = stack.pop()
        found.append(one)
        around.steps += 1
        if around.steps > _MOST_STEPS:
            break
        stack.extend(child for child in reversed(one.children) if child.kind == ELEMENT and not child.in_shadow)
    return found


_NTHS = frozenset({"nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"})


def _nth(name: str, argument: str) -> Test:
    found = _NTH.fullmatch(argument.lower())
    if found is None:
        raise _Unusable
    word, step, sign, offset, number = found.groups()
    if word:
        a, b = 2, 1 if word == "odd" else 0
    elif number is not None:
        a, b = 0, int(number)
    else:
        a = int(step) if step not in ("", "+", "-") else int(f"{step}1")
        b = int(f"{sign}{offset}") if sign else 0
    of_type, last = "type" in name, "last" in name

    def test(node: Node, around: Surroundings) -> bool:
        if of_type:
            index, count = around.of_type(node)
        else:
            index, siblings = around.siblings(node)
            count = len(siblings)
        place = (count - index if last else index + 1) - b
        return place == 0 if a == 0 else place % a == 0 and place // a >= 0

    return test


def _is_root(node: Node, around: Surroundings) -> bool:
    return node.parent is not None and node.parent.kind == DOCUMENT


def _is_empty(node: Node, around: Surroundings) -> bool:
    return not any(
        child.kind == ELEMENT or (child.kind == TEXT and child.text != "")
        for child in node.children
        if not child.in_shadow
    )


def _is_checked(node: Node, around: Surroundings) -> bool:
    return node.attr("selected" if node.tag == "option" else "checked") is not None


def _can_be_disabled(node: Node) -> bool:
    return node.tag in ("button", "input", "select", "textarea", "option", "optgroup", "fieldset")


def _is_field(node: Node) -> bool:
    return node.tag in ("input", "select", "textarea")


def _shows_placeholder(node: Node, around: Surroundings) -> bool:
    return node.attr("placeholder") is not None and not node.attr("value")


_STATES: dict[str, Test] = {
    "root": _is_root,
    "empty": _is_empty,
    "first-child": lambda node, around: around.siblings(node)[0] == 0,
    "last-child": lambda node, around: around.siblings(node)[0] == len(around.siblings(node)[1]) - 1,
    "only-child": lambda node, around: len(around.siblings(node)[1]) == 1,
    "first-of-type": lambda node, around: around.of_type(node)[0] == 0,
    "last-of-type": lambda node, around: around.of_type(node)[0] == around.of_type(node)[1] - 1,
    "only-of-type": lambda node, around: around.of_type(node)[1] == 1,
    "checked": _is_checked,
    "disabled": lambda node, around: (
        _can_be_disabled(node) and (is_natively_disabled(node) or "disabled" in node.attrs)
    ),
    "enabled": lambda node, around: _can_be_disabled(node) and not is_natively_disabled(node),
    "required": lambda node, around: _is_field(node) and node.attr("required") is not None,
    "optional": lambda node, around: _is_field(node) and node.attr("required") is None,
    "read-only": lambda node, around: not _is_field(node) or node.attr("readonly") is not None,
    "read-write": lambda node, around: _is_field(node) and node.attr("readonly") is None,
    "placeholder-shown": _shows_placeholder,
    "link": lambda node, around: node.tag in ("a", "area") and node.attr("href") is not None,
    "any-link": lambda node, around: node.tag in ("a", "area") and node.attr("href") is not None,
    "-webkit-any-link": lambda node, around: node.tag in ("a", "area") and node.attr("href") is not None,
    "open": lambda node, around: node.tag in ("details", "dialog") and node.attr("open") is not None,
}
