"""Arguments: from the nodes of a call to the values of the IR, each with exactly the type its parameter takes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from typing import Final, Protocol

from specward.language.characters import FORBIDDEN_DECODED, TextKind, character_name, shown
from specward.language.findings import Rule
from specward.language.ir import DEFAULT_VIEWPORT, LEAST_SIDE, MOST_SIDE, Arg, Fixture, Secret
from specward.language.primitive import STRINGS, Parameter, Primitive, Takes
from specward.language.registry import MAX_LOCATOR_DEPTH, REGISTRY
from specward.language.urls import UrlRefused, canonical_origin, canonical_url
from specward.language.vocabulary import ROLES, is_css, is_fixture_name, is_key, is_secret_name, read_viewport
from specward.recording.locators import Frame, Locator

Positioned = ast.expr | ast.keyword | ast.stmt | ast.withitem
Value = Arg | Frame


class Report(Protocol):
    """Takes note of a refusal at a node."""

    def __call__(self, rule: Rule, node: Positioned, message: str, hint: str) -> None: ...


class Arguments:
    """Binds and converts the arguments of calls. ``origin`` is ``None`` while the spec's own origin is unknown or bad:
    URLs are then not judged, as the spec is refused anyway."""

    __slots__ = ("_report", "allowed", "origin")

    def __init__(self, report: Report) -> None:
        self._report = report
        self.origin: str | None = None
        self.allowed: Collection[str] = ()

    def bind(self, call: ast.Call, primitive: Primitive, depth: int = 0) -> dict[str, Value] | None:
        """The values of a call by parameter, without those equal to their default; ``None`` if any was refused."""
        values: dict[str, Value] = {}
        good = True
        positional = primitive.positional
        args = call.args
        if len(args) > len(positional):
            self._report(
                Rule.ARGUMENT,
                args[len(positional)],
                f"{primitive.name} takes {len(positional)} arguments by position, not {len(args)}.",
                f"It is {primitive.signature}.",
            )
            good = False
        for parameter, node in zip(positional, args, strict=False):
            value = _CONVERT[parameter.takes](self, node, parameter, depth)
            if value is None:
                good = False
            else:
                values[parameter.name] = value
        if call.keywords:
            good = self._bind_keywords(call, primitive, values, depth) and good
        if not good:
            return None
        if not primitive.required <= values.keys():
            missing = next(p.name for p in primitive.parameters if p.required and p.name not in values)
            self._report(Rule.ARGUMENT, call, f"{primitive.name} lacks its {missing}.", f"It is {primitive.signature}.")
            return None
        if primitive.check is not None:
            # Frames stand in locators only, which have no check.
            problem = primitive.check({n: v for n, v in values.items() if not isinstance(v, Frame)})
            if problem is not None:
                self._report(Rule.RANGE, call, f"In {primitive.name}, {problem}", f"It is {primitive.signature}.")
                return None
        return values

    def _bind_keywords(self, call: ast.Call, primitive: Primitive, values: dict[str, Value], depth: int) -> bool:
        good = True
        seen = set(primitive.positional_names[: len(call.args)])
        for keyword in call.keywords:
            name = keyword.arg
            if name is None:
                self._report(Rule.NODE, keyword, "Unpacking is not part of the language.", "Write each argument.")
                good = False
                continue
            parameter = primitive.by_name.get(name)
            if parameter is None:
                self._report(
                    Rule.ARGUMENT,
                    keyword,
                    f"{primitive.name} has no parameter {shown(name)}.",
                    f"It is {primitive.signature}.",
                )
                good = False
                continue
            if name in seen:
                self._report(Rule.ARGUMENT, keyword, f"{primitive.name} is given {name} twice.", "Give it once.")
                good = False
                continue
            seen.add(name)
            value = _CONVERT[parameter.takes](self, keyword.value, parameter, depth)
            if value is None:
                good = False
            elif parameter.required or value != parameter.default or type(value) is not type(parameter.default):
                values[name] = value
        return good

    def locator(self, node: ast.expr, parameter: Parameter, depth: int) -> Locator | None:
        """The locator that a call of a locator primitive stands for."""
        primitive = self._callee(node, parameter)
        if primitive is None or not isinstance(node, ast.Call):
            return None
        if primitive.by is None:
            self._wrong_type(node, parameter)
            return None
        if depth >= MAX_LOCATOR_DEPTH:
            self._report(
                Rule.LIMIT,
                node,
                f"More than {MAX_LOCATOR_DEPTH} locators stand inside one another.",
                "Take the nearest one or two that tell the element apart.",
            )
            return None
        values = self.bind(node, primitive, depth + 1)
        if values is None:
            return None
        value = values[primitive.parameters[0].name]
        name, nth, within = values.get("name"), values.get("nth"), values.get("within")
        if (
            not isinstance(value, str)
            or not isinstance(name, str | None)
            or not isinstance(nth, int | None)
            or not isinstance(within, Locator | Frame | None)
        ):
            raise TypeError(f"the registry's entry for {primitive.name} does not make a locator")
        return Locator(primitive.by, value, name, nth, within)

    def place(self, node: ast.expr, parameter: Parameter, depth: int) -> Locator | Frame | None:
        """What may stand in ``within=``: a locator, or the frame that a locator owns."""
        if type(node) is ast.Call and type(node.func) is ast.Name and node.func.id == "frame":
            values = self.bind(node, REGISTRY["frame"], depth)
            owner = values["owner"] if values is not None else None
            return Frame(owner) if isinstance(owner, Locator) else None
        return self.locator(node, parameter, depth)

    def string(self, node: ast.expr, parameter: Parameter, kind: TextKind) -> str | None:
        """A plain string within the parameter's bounds, with no character that ``kind`` forbids."""
        if type(node) is not ast.Constant or type(node.value) is not str or node.kind is not None:
            self._wrong_type(node, parameter)
            return None
        text = node.value
        if not parameter.least <= len(text) <= parameter.most:
            empty = not text
            self._report(
                Rule.RANGE if empty else Rule.TEXT,
                node,
                f"The {parameter.name} is empty."
                if empty
                else f"The {parameter.name} has {len(text)} characters; the limit is {parameter.most}.",
                "Give it a text." if empty else "Shorten it.",
            )
            return None
        if not (text.isascii() and text.isprintable()):
            bad = FORBIDDEN_DECODED[kind].search(text)
            if bad is not None:
                self._report(
                    Rule.TEXT,
                    node,
                    f"The {parameter.name} holds {character_name(bad.group())}, which may not stand there.",
                    "Take it out.",
                )
                return None
        return text

    def _title(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        text = self.string(node, parameter, TextKind.TITLE)
        if text is not None and text.isspace():
            self._report(Rule.RANGE, node, f"The {parameter.name} is only white space.", "Give it a text.")
            return None
        return text

    def _text(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        return self.string(node, parameter, TextKind.PAGE)

    def _typed(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        return self.string(node, parameter, TextKind.TYPED)

    def _typed_or_secret(self, node: ast.expr, parameter: Parameter, depth: int) -> str | Secret | None:
        if type(node) is not ast.Call:
            return self.string(node, parameter, TextKind.TYPED)
        name = self._value_name(node, parameter, "secret")
        return None if name is None else Secret(name)

    def _fixture(self, node: ast.expr, parameter: Parameter, depth: int) -> Fixture | None:
        name = self._value_name(node, parameter, "fixture")
        return None if name is None else Fixture(name)

    def _value_name(self, node: ast.expr, parameter: Parameter, wanted: str) -> str | None:
        primitive = self._callee(node, parameter)
        if primitive is None or not isinstance(node, ast.Call):
            return None
        if primitive.name != wanted:
            self._wrong_type(node, parameter)
            return None
        values = self.bind(node, primitive)
        name = values["name"] if values is not None else None
        return name if isinstance(name, str) else None

    def _url(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        # The URL rules have their own limit and their own characters, and say more about both.
        if type(node) is not ast.Constant or type(node.value) is not str or node.kind is not None:
            self._wrong_type(node, parameter)
            return None
        if self.origin is None:
            return node.value
        try:
            return canonical_url(node.value, self.origin, self.allowed)
        except UrlRefused as refused:
            self._report(Rule.URL, node, str(refused), refused.hint)
            return None

    def _origin(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        text = self.string(node, parameter, TextKind.PAGE)
        if text is None:
            return None
        try:
            canonical = canonical_origin(text)
        except UrlRefused as refused:
            self._report(Rule.ORIGIN, node, str(refused), refused.hint)
            return None
        if canonical != text:
            self._report(
                Rule.ORIGIN, node, f"The origin {shown(text)} is not in canonical form.", f"Write {shown(canonical)}."
            )
            return None
        return text

    def _viewport(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        return self._word(
            node,
            parameter,
            Rule.RANGE,
            lambda text: read_viewport(text) is not None,
            f'Write width and height in CSS pixels, each {LEAST_SIDE} to {MOST_SIDE}, as in "{DEFAULT_VIEWPORT}".',
        )

    def _word(
        self, node: ast.expr, parameter: Parameter, rule: Rule, good: Callable[[str], bool], hint: str
    ) -> str | None:
        text = self.string(node, parameter, TextKind.PAGE)
        if text is None or good(text):
            return text
        self._report(rule, node, f"{shown(text)} is not an allowed {parameter.name}.", hint)
        return None

    def _role(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        return self._word(
            node, parameter, Rule.ROLE, ROLES.__contains__, "Use an ARIA role such as button, link, textbox, heading."
        )

    def _css(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        return self._word(
            node,
            parameter,
            Rule.CSS,
            is_css,
            'Use tags, #ids, .classes, [attribute="value"], > and single spaces only.',
        )

    def _key(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        return self._word(
            node,
            parameter,
            Rule.KEY,
            is_key,
            "Use a named key such as Enter, ArrowDown or F1, or one character, after Control+, Shift+, Alt+, Meta+.",
        )

    def _choice(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        choices = parameter.choices
        return self._word(node, parameter, Rule.RANGE, choices.__contains__, f"Use one of {', '.join(choices)}.")

    def _secret_name(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        return self._word(
            node, parameter, Rule.SECRET, is_secret_name, "Use capitals, digits and underscores, such as CARD_NUMBER."
        )

    def _fixture_name(self, node: ast.expr, parameter: Parameter, depth: int) -> str | None:
        return self._word(
            node,
            parameter,
            Rule.FIXTURE,
            is_fixture_name,
            "Use a plain file name without a folder, such as invoice.pdf.",
        )

    def _flag(self, node: ast.expr, parameter: Parameter, depth: int) -> bool | None:
        if type(node) is ast.Constant and type(node.value) is bool and node.kind is None:
            return node.value
        self._wrong_type(node, parameter)
        return None

    def _integer(self, node: ast.expr, parameter: Parameter, depth: int) -> int | None:
        if type(node) is not ast.Constant or type(node.value) is not int or node.kind is not None:
            self._wrong_type(node, parameter)
            return None
        if parameter.least <= node.value <= parameter.most:
            return node.value
        self._report(
            Rule.RANGE,
            node,
            f"The {parameter.name} is not between {parameter.least} and {parameter.most}.",
            "Give a number in that range.",
        )
        return None

    def _callee(self, node: ast.expr, parameter: Parameter) -> Primitive | None:
        """The primitive that ``node`` calls, or ``None``, reported, if it is no call of one."""
        if type(node) is ast.Call and type(node.func) is ast.Name and type(node.func.ctx) is ast.Load:
            primitive = REGISTRY.get(node.func.id)
            if primitive is not None:
                return primitive
        self._wrong_type(node, parameter)
        return None

    def _wrong_type(self, node: ast.expr, parameter: Parameter) -> None:
        what = describe(node)
        if what is None:
            self._report(
                Rule.NODE,
                node,
                f"{type(node).__name__} is not part of the spec language.",
                "An argument is a string, a number, True, False, or a call of a locator or value.",
            )
            return
        takes = "a string" if parameter.takes in STRINGS else parameter.takes.value
        self._report(
            Rule.TYPE,
            node,
            f"The {parameter.name} is {what}; it takes {takes}.",
            _TYPE_HINTS.get(parameter.takes, f"Give {takes}."),
        )


def describe(node: ast.expr) -> str | None:
    """What an argument is, for a message; ``None`` if nothing of its kind is part of the language."""
    if type(node) is ast.Constant:
        return _CONSTANTS.get(type(node.value))
    if type(node) is ast.Call and type(node.func) is ast.Name:
        return f"a call of {shown(node.func.id)}"
    return None


_CONSTANTS: Final = {str: "a string", int: "a number", bool: "True or False"}

_TYPE_HINTS: Final = {
    Takes.LOCATOR: 'Write a locator, such as role("button", name="Pay").',
    Takes.PLACE: "Write a locator, or frame(...) around the locator of an iframe.",
    Takes.FIXTURE: 'Write fixture("name.pdf"); a file is never given by its path.',
    Takes.VIEWPORT: f'Write the size as one string, such as "{DEFAULT_VIEWPORT}".',
    Takes.TYPED: "Write the string itself; a secret may only be filled in or chosen.",
}

_CONVERT: Final[dict[Takes, Callable[[Arguments, ast.expr, Parameter, int], Value | None]]] = {
    Takes.TITLE: Arguments._title,
    Takes.TEXT: Arguments._text,
    Takes.TYPED: Arguments._typed,
    Takes.FILLED: Arguments._typed_or_secret,
    Takes.URL: Arguments._url,
    Takes.ORIGIN: Arguments._origin,
    Takes.VIEWPORT: Arguments._viewport,
    Takes.ROLE: Arguments._role,
    Takes.CSS: Arguments._css,
    Takes.KEY: Arguments._key,
    Takes.CHOICE: Arguments._choice,
    Takes.FLAG: Arguments._flag,
    Takes.INTEGER: Arguments._integer,
    Takes.LOCATOR: Arguments.locator,
    Takes.PLACE: Arguments.place,
    Takes.FIXTURE: Arguments._fixture,
    Takes.VARIABLE: Arguments._secret_name,
    Takes.FIXTURE_NAME: Arguments._fixture_name,
}
