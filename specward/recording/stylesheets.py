"""Style sheets, read for the few properties that decide what is shown and how texts run together.

One pass of linear patterns over the text; only rules that declare such a property are kept, and their selectors are
compiled when an element first asks for them. Own code because the libraries are too slow for it: tinycss2 1.5 with
cssselect2 takes half a second for a sheet of 450 KB, twenty times what this reader takes, and the JSON around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from specward.recording.selector_parsing import LONGEST_SELECTOR, split_list, unescaped

MOST_RULES = 20_000
_MOST_BLOCKS = 200_000
_DEEPEST = 16
_MOST_SELECTORS = 400

# Possessive patterns throughout, so that no text makes them slow.
_QUOTED = r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'"""
_RUN = rf"""[^{{}}"'\\]*+(?:(?:\\.|{_QUOTED})[^{{}}"'\\]*+)*+"""
"""Text without braces, save in strings."""
_PART = re.compile(rf"({_RUN})(?:\{{({_RUN})\}}|([{{}}]))|(.+)", re.DOTALL)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_PROPERTIES = r"display|visibility|position|float|content-visibility|content|--[-\w]*?content"
_WANTED = re.compile(rf"(?<![-\w])(?:{_PROPERTIES})\s*+:")
_DECLARED = re.compile(
    rf"""(?:^|;)\s*+({_PROPERTIES})\s*+:((?:[^;"'\\]++|\\.|{_QUOTED})*+)""", re.DOTALL | re.IGNORECASE
)
_IMPORTANT = re.compile(r"!\s*+important\s*+$", re.IGNORECASE)
_STRING = re.compile(r""""((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|attr\(\s*+([-\w]++)\s*+\)""", re.DOTALL)
_ESCAPED = re.compile(rf"\\.|{_QUOTED}", re.DOTALL)

_DISPLAYS = frozenset(
    "none contents inline block inline-block flex inline-flex grid inline-grid flow-root list-item table inline-table "
    "table-row table-cell table-row-group table-header-group table-footer-group table-column table-column-group "
    "table-caption -webkit-box -webkit-inline-box -webkit-flex -webkit-inline-flex ruby ruby-text run-in math "
    "inherit initial unset revert revert-layer".split()
)
_VALUES = {
    "display": _DISPLAYS,
    "visibility": frozenset({"visible", "hidden", "collapse", "inherit", "initial", "unset", "revert", "revert-layer"}),
    "position": frozenset("static relative absolute fixed sticky -webkit-sticky inherit initial unset".split()),
    "float": frozenset("none left right inline-start inline-end inherit initial unset".split()),
    "content-visibility": frozenset("visible auto hidden inherit initial unset".split()),
}

Declarations = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector with what it declares, split by importance."""

    selector: str
    normal: Declarations
    important: Declarations
    media: tuple[str, ...]
    layer: str
    """The cascade layer's dotted name; empty outside of layers."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The kept rules of one style sheet, in source order."""

    rules: tuple[Rule, ...]
    layers: tuple[str, ...]
    """Layers in order of first appearance."""


@dataclass(frozen=True, slots=True)
class _Around:
    """The blocks around the current place."""

    media: tuple[str, ...] = ()
    layer: str = ""
    selectors: tuple[str, ...] | None = None
    """The selectors of the style rule that a nested rule stands in."""
    skipped: bool = False


def read_sheet(text: str) -> Sheet:
    """The rules of a style sheet that say what is shown. Never raises; what is not understood is left out."""
    reader = _Reader()
    reader.read(_COMMENT.sub(" ", text) if "/*" in text else text)
    return Sheet(tuple(reader.rules), tuple(reader.layers))


def read_declarations(text: str) -> tuple[Declarations, Declarations]:
    """The normal and the important declarations of a block or a ``style`` attribute."""
    normal: list[tuple[str, str]] = []
    important: list[tuple[str, str]] = []
    for name, value in _DECLARED.findall(text):
        name = name.lower()
        value = value.strip()
        target = normal
        if "!" in value and _IMPORTANT.search(value):
            value = _IMPORTANT.sub("", value).strip()
            target = important
        if name in _VALUES:
            value = value.lower()
            if name == "display" and " " in value:
                value = _two_words(value)
            if value not in _VALUES[name]:
                continue
        target.append((name, value))
    return tuple(normal), tuple(important)


def _two_words(value: str) -> str:
    """``inline flex`` and the like, as the one word they mean (CSS Display 2)."""
    words = set(value.split())
    for inner in ("flex", "grid", "table"):
        if inner in words:
            return f"inline-{inner}" if "inline" in words else inner
    if "list-item" in words:
        return "list-item"
    if "flow-root" in words:
        return "inline-block" if "inline" in words else "flow-root"
    return "inline" if "inline" in words else "block"


def content_parts(value: str) -> list[tuple[str, str]] | None:
    """The parts of a ``content`` value, ``("text", ...)`` or ``("attr", name)``; ``None`` where it is no plain text."""
    alternative = _after_slash(value)
    parts: list[tuple[str, str]] = []
    at = 0
    for found in _STRING.finditer(alternative):
        if alternative[at : found.start()].strip():
            return None
        double, single, name = found.groups()
        parts.append(
            ("attr", name.lower()) if name else ("text", unescaped(double if double is not None else single or ""))
        )
        at = found.end()
    return None if alternative[at:].strip() else parts


def _after_slash(value: str) -> str:
    """The alternative text of ``content: <image> / "text"``, else the value itself."""
    if "/" not in value:
        return value
    bare = _ESCAPED.sub(_masked, value)
    at = bare.rfind("/")
    return value[at + 1 :] if at >= 0 and "(" not in bare[at:] and ")" not in bare[at:] else value


class _Reader:
    """Walks the blocks of a sheet with a stack of what is around."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.layers: dict[str, None] = {}
        self._anonymous = 0

    def read(self, text: str) -> None:
        around = _Around()
        stack: list[_Around] = []
        for count, found in enumerate(_PART.finditer(text)):
            before, body, brace, rest = found.groups()
            if rest is not None or count > _MOST_BLOCKS or len(self.rules) >= MOST_RULES:
                return
            if body is not None:
                if around.skipped or (
                    _WANTED.search(body.lower()) is None and (around.selectors is None or ":" not in before)
                ):
                    if "@" in before and not around.skipped:
                        self._enter(self._statements(before, around), around)
                    continue
                inner = self._enter(self._statements(before, around), around)
                if inner.selectors is not None and not inner.skipped:
                    self._keep(inner, body)
            elif brace == "{":
                stack.append(around)
                if len(stack) > _DEEPEST or around.skipped:
                    around = _Around(skipped=True)
                else:
                    around = self._enter(self._statements(before, around), around)
            else:
                if around.selectors is not None and not around.skipped and _WANTED.search(before.lower()):
                    self._keep(around, before)
                if stack:
                    around = stack.pop()

    def _statements(self, before: str, around: _Around) -> str:
        """The prelude of a block; what stands before it (declarations, ``@layer a, b;``) is dealt with."""
        if ";" not in before:
            return before.strip()
        bare = _ESCAPED.sub(_masked, before) if '"' in before or "'" in before or "\\" in before else before
        cut = bare.rfind(";") + 1
        head, prelude = before[:cut], before[cut:]
        if around.selectors is not None and _WANTED.search(head.lower()):
            self._keep(around, head)
        if "@layer" in head:
            for names in _LAYER_STATEMENT.findall(head):
                for name in names.split(",")[:100]:
                    self._layer(around, name.strip())
        return prelude.strip()

    def _enter(self, prelude: str, around: _Around) -> _Around:
        """What is around inside the block of a prelude."""
        if not prelude.startswith("@"):
            return _Around(around.media, around.layer, self._nested(prelude, around), around.skipped)
        found = _AT_RULE.match(prelude)
        if found is None:
            return _Around(skipped=True)
        argument = found.group(2).strip()
        match found.group(1).lower():
            case "media":
                return _Around((*around.media, argument[:500]), around.layer, around.selectors)
            case "layer":
                return _Around(around.media, self._layer(around, argument), around.selectors)
            case "supports" if not argument.lower().startswith("not"):
                return around
            case "scope" if not argument:
                return around
        return _Around(skipped=True)

    def _layer(self, around: _Around, name: str) -> str:
        if not name:
            self._anonymous += 1
            name = f"<{self._anonymous}>"
        full = f"{around.layer}.{name}" if around.layer else name
        if len(self.layers) < 1_000:
            self.layers.setdefault(full[:200], None)
        return full[:200]

    @staticmethod
    def _nested(prelude: str, around: _Around) -> tuple[str, ...]:
        selectors = tuple(
            part.strip() for part in split_list(prelude)[:_MOST_SELECTORS] if len(part) <= LONGEST_SELECTOR
        )
        if around.selectors is None:
            return selectors
        outer = around.selectors[0] if len(around.selectors) == 1 else f":is({','.join(around.selectors)})"
        if len(outer) > LONGEST_SELECTOR:
            return ()
        whole = outer if len(around.selectors) == 1 and outer.startswith(":is(") else f":is({outer})"
        return tuple(
            one.replace("&", whole) if "&" in one else f"{whole} {one}" for one in selectors if one.count("&") <= 3
        )

    def _keep(self, around: _Around, body: str) -> None:
        normal, important = read_declarations(body)
        if normal or important:
            for selector in around.selectors or ():
                self.rules.append(Rule(selector, normal, important, around.media, around.layer))


def _masked(found: re.Match[str]) -> str:
    return "_" * len(found.group())


_AT_RULE = re.compile(r"@([-\w]++)\s*+(.*)", re.DOTALL)
_LAYER_STATEMENT = re.compile(r"@layer\s++([^;{}]++);")
