"""Reads CSS selectors, the part of Selectors Level 4 that style sheets use to hide and show things.

An unknown pseudo-class makes a selector unusable, as a malformed one is. Patterns are linear and every selector is
capped, because style sheets are untrusted input.
"""

from __future__ import annotations

import re

from specward.recording.pseudo_classes import NEVER, NTHS, STATES, Unusable, any_of, attribute_test, has, never, nth
from specward.recording.selectors import Compound, Selector, Test

LONGEST_SELECTOR = 2_000
_DEEPEST = 6

_IDENTIFIER = re.compile(r"(?:[-\w]|[^\x00-\x7f]|\\(?:[0-9a-fA-F]{1,6}[ \t\n\r\f]?|[^0-9a-fA-F\n]))++")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n\r\f]?|(.))", re.DOTALL)
_SPACES = re.compile(r"[ \t\n\r\f]*+")
_ATTRIBUTE = re.compile(
    r"""\[\s*+(?:[-\w]*+\|(?!=))?((?:[-\w:]|\\.)++)\s*+(?:([~|^$*]?=)\s*+"""
    r"""(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|((?:[-\w]|[^\x00-\x7f]|\\.)++))\s*+([iIsS]?)\s*+)?\]""",
    re.DOTALL,
)
_ALWAYS = frozenset({"defined"})
_PSEUDO_ELEMENTS = frozenset({"before", "after"})
_ANY = frozenset({"is", "where", "matches", "-webkit-any", "any"})
_LIST_MARKS = re.compile(r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\\.|[()\[\],]""", re.DOTALL)


def compile_selector(text: str) -> Selector | None:
    """One complex selector, ``None`` for one that can never be applied."""
    if len(text) > LONGEST_SELECTOR:
        return None
    try:
        reader = _Reader(text.strip(), 0)
        selector = reader.complex()
        return selector if reader.at == len(reader.text) else None
    except (Unusable, ValueError, OverflowError):
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
            raise Unusable
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
                raise Unusable
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
                raise Unusable
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
                        tests.append(any_of(inner))
                        weight += inner_weight + 1
                        slotted = True
                    elif name in _PSEUDO_ELEMENTS and not pseudo:
                        pseudo = name
                        weight += 1
                    else:
                        raise Unusable
                else:
                    self.at += 1
                    name = self._identifier().lower()
                    if name == "host" or name == "host-context":
                        if not first or name == "host-context":
                            raise Unusable
                        host = True
                        weight += 1 << 10
                        if self.at < len(text) and text[self.at] == "(":
                            inner, inner_weight = self._list(self._argument())
                            tests.append(any_of(inner))
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
            raise Unusable
        return Compound(tag, id, frozenset(classes), tuple(tests)), weight, pseudo, host, slotted

    def _legacy_element(self) -> bool:
        found = _IDENTIFIER.match(self.text, self.at + 1)
        return found is not None and found.group().lower() in _PSEUDO_ELEMENTS

    def _identifier(self) -> str:
        found = _IDENTIFIER.match(self.text, self.at)
        if found is None:
            raise Unusable
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
        raise Unusable

    def _list(self, argument: str, *, relative: bool = False, forgiving: bool = False) -> tuple[list[Selector], int]:
        selectors: list[Selector] = []
        for part in split_list(argument):
            try:
                reader = _Reader(part.strip(), self._level + 1)
                selector = reader.complex(relative=relative)
                if reader.at < len(reader.text) or selector.pseudo_element:
                    raise Unusable
                selectors.append(selector)
            except Unusable:
                if not forgiving:
                    raise
        return selectors, max((selector.specificity for selector in selectors), default=0)

    def _attribute(self) -> Test:
        found = _ATTRIBUTE.match(self.text, self.at)
        if found is None:
            raise Unusable
        self.at = found.end()
        name, operator, double, single, bare, flag = found.groups()
        name = unescaped(name).lower()
        value = unescaped(next((given for given in (double, single, bare) if given is not None), ""))
        return attribute_test(name, operator, value, fold=bool(flag) and flag in "iI")

    def _pseudo_class(self, name: str) -> tuple[Test | None, int]:
        plain = 1 << 10
        has_argument = self.at < len(self.text) and self.text[self.at] == "("
        argument = self._argument() if has_argument else ""
        if name in _ANY and has_argument:
            inner, weight = self._list(argument, forgiving=True)
            return any_of(inner), 0 if name == "where" else weight
        if name == "not" and has_argument:
            inner, weight = self._list(argument)
            held = any_of(inner)
            return (lambda node, around: not held(node, around)), weight
        if name == "has" and has_argument:
            inner, weight = self._list(argument, relative=True, forgiving=True)
            return (lambda node, around: any(has(one, node, around) for one in inner)), weight
        if name.startswith("nth-"):
            if name not in NTHS or not has_argument:
                raise Unusable
            return nth(name, argument), plain
        if has_argument:
            if name in ("lang", "dir", "state", "-webkit-any-link"):
                return never, plain
            raise Unusable
        if name in NEVER:
            return never, plain
        if name in _ALWAYS:
            return None, plain
        test = STATES.get(name)
        if test is None:
            raise Unusable
        return test, plain
