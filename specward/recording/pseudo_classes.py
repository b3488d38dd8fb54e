"""What CSS asks of an element besides its tag, id and classes: attributes, places, states, other selectors.

What depends on a pointer or on focus (``:hover``, ``:focus``) is never so; ``:checked`` is what the live attribute
says.
"""

from __future__ import annotations

import re

from specward.recording.dom import DOCUMENT, ELEMENT, TEXT, Node
from specward.recording.roles import is_natively_disabled
from specward.recording.selectors import MOST_STEPS, Selector, Surroundings, Test

_NTH = re.compile(r"\s*+(?:(odd|even)|([+-]?\d{0,6})n(?:\s*+([+-])\s*+(\d{1,6}))?|([+-]?\d{1,6}))\s*+")

NEVER = frozenset(
    "hover focus focus-visible focus-within active visited target target-within fullscreen modal popover-open autofill "
    "-webkit-autofill user-invalid user-valid playing paused seeking buffering stalled muted volume-locked "
    "picture-in-picture current past future local-link -webkit-full-screen indeterminate".split()
)


class Unusable(Exception):
    """The selector is malformed, or says something that is not understood."""


def never(node: Node, around: Surroundings) -> bool:
    return False


def any_of(selectors: list[Selector]) -> Test:
    def test(node: Node, around: Surroundings) -> bool:
        return any(selector.holds_from(0, node, around) for selector in selectors)

    return test


def attribute_test(name: str, operator: str | None, wanted: str, *, fold: bool) -> Test:
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


def has(selector: Selector, node: Node, around: Surroundings) -> bool:
    """``:has()``: compounds run from left to right here, the first combinator starts at ``node``."""

    def follow(at: int, start: Node) -> bool:
        around.steps += 1
        if around.steps > MOST_STEPS:
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
        if around.steps > MOST_STEPS:
            break
        stack.extend(child for child in reversed(one.children) if child.kind == ELEMENT and not child.in_shadow)
    return found


NTHS = frozenset({"nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type"})


def nth(name: str, argument: str) -> Test:
    found = _NTH.fullmatch(argument.lower())
    if found is None:
        raise Unusable
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


STATES: dict[str, Test] = {
    "root": _is_root,
    "scope": _is_root,
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
