"""From text to IR: ``ast.parse``, an allow-list of nodes and fields, and the structure of a spec.

This takes a text that :mod:`lexis` has let through, and still trusts nothing of that: each node is met by its exact
type, and what is not expected at a place is refused there.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from specward.language.arguments import Arguments, Positioned, describe
from specward.language.characters import shown
from specward.language.findings import MAX_FINDINGS, Finding, Rule
from specward.language.ir import Arg, Call, Spec, Step, Viewport
from specward.language.registry import CALLS, MAX_CALLS, MAX_REQUIRES, MAX_STEPS, REGISTRY
from specward.language.vocabulary import read_viewport
from specward.recording.locators import Frame

# All nodes a spec can consist of, with all of their fields. A release of Python that adds a field to one of them
# makes the gate refuse everything until somebody has looked at what the field means.
ALLOWED_NODES: Final[dict[type[ast.AST], tuple[str, ...]]] = {
    ast.Module: ("body", "type_ignores"),
    ast.Expr: ("value",),
    ast.With: ("items", "body", "type_comment"),
    ast.withitem: ("context_expr", "optional_vars"),
    ast.Call: ("func", "args", "keywords"),
    ast.keyword: ("arg", "value"),
    ast.Name: ("id", "ctx"),
    ast.Load: (),
    ast.Constant: ("value", "kind"),
}

Place = tuple[int, int]
"""Line and column, both from 1; the column counts characters."""


class Parsed:
    """What parsing made of a text: the spec if nothing was refused, the findings, and where each call stands."""

    __slots__ = ("_calls", "_lines", "findings", "spec")

    def __init__(self, text: str) -> None:
        self.spec: Spec | None = None
        self.findings: list[Finding] = []
        self._lines: list[str] | None = text.split("\n")
        self._calls: list[list[ast.Call]] = []

    def place(self, step: int, call: int, parameter: str | None = None) -> Place:
        """Where call ``call`` of step ``step`` stands (both counted from 0), or its argument for ``parameter``."""
        node = self._calls[step][call]
        if parameter is not None and isinstance(node.func, ast.Name):
            for keyword in node.keywords:
                if keyword.arg == parameter:
                    return self.node_place(keyword.value)
            for known, arg in zip(REGISTRY[node.func.id].positional, node.args, strict=False):
                if known.name == parameter:
                    return self.node_place(arg)
        return self.node_place(node)

    def node_place(self, node: Positioned) -> Place:
        """Where a node begins. ``ast`` counts columns in UTF-8 bytes, people count characters."""
        if isinstance(node, ast.withitem):
            node = node.context_expr
        line = self._lines[node.lineno - 1] if self._lines else ""
        return node.lineno, len(line.encode()[: node.col_offset].decode(errors="replace")) + 1

    def report(self, rule: Rule, node: Positioned, message: str, hint: str) -> None:
        """Takes note of a refusal at a node."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(rule, *self.node_place(node), message, hint))


def parse_text(text: str, origins: Sequence[str] | None) -> Parsed:
    """Parses a text that :func:`lexis.scan` found nothing in. ``origins`` are canonical; ``None`` allows its own.

    Never raises; what is wrong is in the findings of the result.
    """
    parsed = Parsed(text)
    tree = _tree(text, parsed)
    if tree is not None:
        _Lowering(parsed, origins).module(tree)
    return parsed


def _tree(text: str, parsed: Parsed) -> ast.Module | None:
    for node_type, fields in ALLOWED_NODES.items():
        if node_type._fields != fields:
            message = f"This Python's {node_type.__name__} node has fields that the gate does not know."
            parsed.findings.append(Finding(Rule.NODE, 1, 1, message, "Run the gate on a supported Python."))
            return None
    try:
        return ast.parse(text)
    except SyntaxError as error:
        # Positions of a SyntaxError count characters, from 1; a few have none.
        line, column = error.lineno or 1, error.offset or 1
        message = f"The text does not parse: {error.msg}."
        hint = "Check parentheses, quotes, commas and indentation there."
        parsed.findings.append(Finding(Rule.SYNTAX, line, max(column, 1), message, hint))
    except (ValueError, MemoryError, RecursionError):
        message = "The text is too deep or too odd to parse."
        parsed.findings.append(Finding(Rule.SYNTAX, 1, 1, message, "Write plain calls, one a line."))
    return None


class _Lowering:
    """One walk over the tree of one text."""

    __slots__ = ("_arguments", "_calls", "_origins", "_parsed", "_report")

    def __init__(self, parsed: Parsed, origins: Sequence[str] | None) -> None:
        self._parsed = parsed
        self._report = parsed.report
        self._origins = origins
        self._arguments = Arguments(parsed.report)
        self._calls = 0

    def module(self, tree: ast.Module) -> None:
        body = tree.body
        if tree.type_ignores or not body:
            self._at_start("The text holds no spec.")
            return
        header = None
        rest: Sequence[ast.stmt] = body
        if type(body[0]) is ast.With:
            self._no_header(body[0])
        else:
            header, rest = self._header(body[0]), body[1:]
        requires: list[str] = []
        steps: list[Step] = []
        for statement in rest:
            if type(statement) is ast.With:
                step = self._step(statement)
                if step is not None:
                    steps.append(step)
                    if len(steps) == MAX_STEPS + 1:
                        self._too_many(statement, f"more than {MAX_STEPS} steps")
                        return
            else:
                self._requires(statement, requires, bool(steps))
        if not steps and not self._parsed.findings:
            self._at_start("The spec has no step.")
        if header is not None and not self._parsed.findings:
            title, origin, viewport = header
            self._parsed.spec = Spec(title, origin, tuple(requires), tuple(steps), viewport)

    def _header(self, statement: ast.stmt) -> tuple[str, str, Viewport | None] | None:
        call = self._call(statement)
        if call is None:
            return None
        name = _callee(call)
        if name != "spec":
            self._no_header(statement)
            return None
        values = self._arguments.bind(call, REGISTRY["spec"])
        if values is None:
            return None
        title, origin, size = values["title"], values["origin"], values.get("viewport")
        viewport = read_viewport(size) if isinstance(size, str) else None
        if not isinstance(title, str) or not isinstance(origin, str) or (size is None) != (viewport is None):
            raise TypeError("the registry's entry for spec is not a title, an origin and a viewport")
        if self._origins is not None and origin not in self._origins:
            self._report(
                Rule.ORIGIN,
                call,
                f"The origin {shown(origin)} is not allowed here.",
                f"Allowed: {', '.join(sorted(self._origins)[:5]) or 'none'}.",
            )
            return None
        self._arguments.origin = origin
        self._arguments.allowed = frozenset(self._origins if self._origins is not None else (origin,))
        return title, origin, viewport

    def _requires(self, statement: ast.stmt, requires: list[str], after_step: bool) -> None:
        call = self._call(statement)
        if call is None:
            return
        name = _callee(call)
        if name != "requires":
            if name == "spec":
                message, hint = "A second spec(...) stands in the text.", "One text holds one spec."
            elif name in CALLS:
                message, hint = f"{name} stands outside a step.", 'Put it into a block: with step("..."):'
            else:
                message, hint = (
                    f"{_named(name)} cannot stand at the top level.",
                    'Use spec, requires and with step("..."):',
                )
            self._report(Rule.STRUCTURE, statement, message, hint)
            return
        if after_step:
            self._report(Rule.STRUCTURE, statement, "requires stands after a step.", "Move it below spec(...).")
            return
        values = self._arguments.bind(call, REGISTRY["requires"])
        required = values["name"] if values is not None else None
        if not isinstance(required, str):
            return
        if required in requires:
            self._report(Rule.STRUCTURE, call, f"{shown(required)} is required twice.", "Name it once.")
        elif len(requires) >= MAX_REQUIRES:
            self._too_many(call, f"more than {MAX_REQUIRES} requires")
        else:
            requires.append(required)

    def _step(self, statement: ast.With) -> Step | None:
        if len(statement.items) != 1 or statement.type_comment is not None:
            self._report(Rule.NODE, statement, "A with has more than one part.", 'Write with step("..."): alone.')
            return None
        item = statement.items[0]
        call = item.context_expr
        if item.optional_vars is not None or type(call) is not ast.Call or _callee(call) != "step":
            self._report(Rule.NODE, item, "Only step(...) can stand after with.", 'Write with step("what is done"):')
            return None
        values = self._arguments.bind(call, REGISTRY["step"])
        calls: list[Call] = []
        nodes: list[ast.Call] = []
        for inner in statement.body:
            node = self._call(inner)
            if node is None:
                continue
            name = _callee(node)
            primitive = CALLS.get(name) if name is not None else None
            if primitive is None:
                self._report(
                    Rule.STRUCTURE, inner, f"{_named(name)} cannot stand in a step.", "Use an action or an assertion."
                )
                continue
            self._calls += 1
            if self._calls > MAX_CALLS:
                if self._calls == MAX_CALLS + 1:
                    self._too_many(node, f"more than {MAX_CALLS} calls")
                break
            bound = self._arguments.bind(node, primitive)
            if bound is not None:
                args: list[tuple[str, Arg]] = []
                for parameter in primitive.by_name:
                    value = bound.get(parameter)
                    if value is not None and not isinstance(value, Frame):
                        args.append((parameter, value))
                calls.append(Call(primitive.name, tuple(args)))
                nodes.append(node)
        self._parsed._calls.append(nodes)
        title = values["title"] if values is not None else None
        return Step(title, tuple(calls)) if isinstance(title, str) else None

    def _call(self, statement: ast.stmt) -> ast.Call | None:
        """The call that a statement consists of, or ``None``, reported."""
        if type(statement) is ast.Expr and type(statement.value) is ast.Call:
            if _callee(statement.value) is not None:
                return statement.value
            self._report(Rule.NODE, statement, "Only a primitive can be called, by its name.", "See the primitives.")
            return None
        what = describe(statement.value) if type(statement) is ast.Expr else None
        kind = statement.value if type(statement) is ast.Expr else statement
        message = (
            f"{what.capitalize()} alone is no call." if what else f"{type(kind).__name__} is not part of the language."
        )
        self._report(Rule.NODE, statement, message, "Write calls of primitives, one a line.")
        return None

    def _no_header(self, statement: ast.stmt) -> None:
        hint = 'Begin with spec("what it does", origin="https://...").'
        self._report(Rule.STRUCTURE, statement, "The first call is not spec(...).", hint)

    def _too_many(self, node: Positioned, what: str) -> None:
        self._report(Rule.LIMIT, node, f"The spec has {what}.", "Split the flow into several specs.")

    def _at_start(self, message: str) -> None:
        hint = 'Begin with spec("...", origin="https://...") and one block with step("..."): that holds calls.'
        self._parsed.findings.append(Finding(Rule.STRUCTURE, 1, 1, message, hint))


def _callee(call: ast.Call) -> str | None:
    function = call.func
    return function.id if type(function) is ast.Name and type(function.ctx) is ast.Load else None


def _named(name: str | None) -> str:
    primitive = REGISTRY.get(name) if name is not None else None
    return f"The {primitive.kind} {primitive.name}" if primitive is not None else shown(name or "")
