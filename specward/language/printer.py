"""The canonical text of a spec. One value, one text: what is approved by digest is what is printed here."""

from __future__ import annotations

import hashlib

from specward.language.characters import quote
from specward.language.ir import Arg, Call, Fixture, Secret, Spec
from specward.language.registry import REGISTRY
from specward.recording.locators import Frame, Locator


def print_spec(spec: Spec) -> str:
    """The text of ``spec``, ending in a newline. For every spec that passed the gate, parsing it gives the spec."""
    size = "" if spec.viewport is None else f", viewport={quote(str(spec.viewport))}"
    lines = [f"spec({quote(spec.title)}, origin={quote(spec.origin)}{size})"]
    lines.extend(f"requires({quote(name)})" for name in spec.requires)
    for step in spec.steps:
        lines.append(f"\nwith step({quote(step.title)}):")
        lines.extend(f"    {print_call(call)}" for call in step.calls)
    lines.append("")
    return "\n".join(lines)


def print_call(call: Call) -> str:
    """The text of one call, without indentation. Raises ``KeyError`` for a call that is not in the registry."""
    parameters = REGISTRY[call.primitive].by_name
    parts = [
        f"{name}={_print_arg(arg)}" if parameters[name].keyword_only else _print_arg(arg) for name, arg in call.args
    ]
    return f"{call.primitive}({', '.join(parts)})"


def print_locator(locator: Locator) -> str:
    """The text of one locator: ``role("button", name="Pay", nth=1, within=...)``."""
    text = f"{locator.by.value}({quote(locator.value)}"
    if locator.name is not None:
        text += f", name={quote(locator.name)}"
    if locator.nth is not None:
        text += f", nth={locator.nth}"
    within = locator.within
    if within is None:
        return text + ")"
    if isinstance(within, Frame):
        return f"{text}, within=frame({print_locator(within.owner)}))"
    return f"{text}, within={print_locator(within)})"


def spec_digest(spec: Spec) -> str:
    """SHA-256 of the canonical text in UTF-8, as 64 hex digits: what an approval names and a run compares."""
    return hashlib.sha256(print_spec(spec).encode()).hexdigest()


def _print_arg(arg: Arg) -> str:
    if isinstance(arg, str):
        return quote(arg)
    if isinstance(arg, Locator):
        return print_locator(arg)
    if isinstance(arg, Secret):
        return f"secret({quote(arg.name)})"
    if isinstance(arg, Fixture):
        return f"fixture({quote(arg.name)})"
    return str(arg)
