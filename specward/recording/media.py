"""Media queries against one viewport (Media Queries 4): a screen, a light colour scheme, a mouse."""

from __future__ import annotations

import re


class Media:
    """Media queries against one viewport: a light colour scheme, a screen, a mouse (Media Queries 4)."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._height = height
        self._known: dict[str, bool] = {}

    def matches(self, query: str) -> bool:
        """Does any query of the list hold? What is not understood does not."""
        known = self._known.get(query)
        if known is None:
            known = self._known[query] = any(self._one(part.strip().lower()) for part in query.split(","))
        return known

    def _one(self, query: str) -> bool:
        if query == "":
            return True
        negated = query.startswith("not ") and query[4:].lstrip()[:1] != "("
        if negated:
            query = query[4:]
        query = query.removeprefix("only ").strip()
        result = self._all(query)
        if result is None:
            return False
        return result != negated

    def _all(self, query: str) -> bool | None:
        held = True
        if " or " in query:
            results = [self._part(part.strip().strip("()").strip()) for part in query.split(" or ")[:20]]
            return any(result is True for result in results)
        for part in query.split(" and ")[:20]:
            part = part.strip()
            result = self._part(part)
            if result is None:
                return None
            held = held and result
        return held

    def _part(self, part: str) -> bool | None:
        if part.startswith("not "):
            result = self._part(part[4:].strip())
            return None if result is None else not result
        part = part.removeprefix("(").removesuffix(")").strip()
        while part.startswith("(") and part.endswith(")"):
            part = part[1:-1].strip()
        if part in ("all", "screen"):
            return True
        if part in ("print", "speech", "tty", "tv", "projection", "handheld", "braille", "embossed", "aural"):
            return False
        feature, colon, value = part.partition(":")
        if colon:
            return self._feature(feature.strip(), value.strip())
        if any(c in part for c in "<>="):
            return self._range(part)
        return part in _BOOLEAN if part in _BOOLEAN or part in _FALSE else None

    def _feature(self, feature: str, value: str) -> bool | None:
        bound = feature[:4]
        name = feature[4:] if bound in ("min-", "max-") else feature
        name = name.removeprefix("device-")
        if name in ("width", "height"):
            length = _pixels(value)
            if length is None:
                return None
            size = self._width if name == "width" else self._height
            return size >= length if bound == "min-" else size <= length if bound == "max-" else size == length
        if name == "orientation":
            return value == ("landscape" if self._width > self._height else "portrait")
        if "resolution" in name or "device-pixel-ratio" in name:
            number = _NUMBER.match(value)
            scale = float(number.group()) / (96 if value.endswith("dpi") else 1) if number else 1.0
            return scale <= 1 if "min-" in feature else scale >= 1 if "max-" in feature else scale == 1
        given = _FEATURES.get(name)
        return None if given is None else value == given

    def _range(self, part: str) -> bool | None:
        pieces = _COMPARISON.split(part)
        if len(pieces) not in (3, 5):
            return None
        values: list[float] = []
        for piece in pieces[::2]:
            piece = piece.strip()
            length = {"width": float(self._width), "height": float(self._height)}.get(piece, _pixels(piece))
            if length is None:
                return None
            values.append(length)
        return all(_compare(values[i], pieces[2 * i + 1], values[i + 1]) for i in range(len(values) - 1))


_BOOLEAN = frozenset({"hover", "any-hover", "pointer", "any-pointer", "width", "height", "color", "scripting"})
_FALSE = frozenset(
    {"monochrome", "grid", "prefers-reduced-motion", "prefers-contrast", "forced-colors", "inverted-colors"}
)
_FEATURES = {
    "prefers-color-scheme": "light",
    "prefers-reduced-motion": "no-preference",
    "prefers-contrast": "no-preference",
    "prefers-reduced-transparency": "no-preference",
    "prefers-reduced-data": "no-preference",
    "forced-colors": "none",
    "inverted-colors": "none",
    "hover": "hover",
    "any-hover": "hover",
    "pointer": "fine",
    "any-pointer": "fine",
    "display-mode": "browser",
    "scripting": "enabled",
    "update": "fast",
    "grid": "0",
}
_COMPARISON = re.compile(r"(<=|>=|<|>|=)")
_NUMBER = re.compile(r"[+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})")


def _pixels(value: str) -> float | None:
    number = _NUMBER.match(value)
    if number is None:
        return None
    scale = {"px": 1.0, "em": 16.0, "rem": 16.0, "": 1.0, "in": 96.0, "cm": 37.8, "pt": 4 / 3}.get(
        value[number.end() :].strip()
    )
    return None if scale is None else float(number.group()) * scale


def _compare(left: float, operator: str, right: float) -> bool:
    match operator:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
    return left == right
