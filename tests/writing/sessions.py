"""Sessions that a model is asked about, and what has to hold of whatever comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from specward.language.gate import check
from specward.language.ir import Call, Spec
from specward.language.primitive import Kind
from specward.language.printer import print_call
from specward.language.registry import REGISTRY
from specward.recording.reading import read_events
from specward.recording.sheet import Sheet
from specward.recording.tracing import trace
from specward.writing.composing import Composed, compose
from specward.writing.facts import must_keep

DEMO = Path(__file__).resolve().parents[2] / "demo" / "recordings"


@cache
def session(name: str) -> Composed:
    """A demo recording, as the baseline writes it."""
    return compose(trace(read_events(DEMO / f"{name}.json.gz")))


def calls(spec: Spec, kind: Kind) -> list[Call]:
    """The calls of a spec that are actions, or that are assertions, in order."""
    return [call for step in spec.steps for call in step.calls if REGISTRY[call.primitive].kind is kind]


def after_each_action(spec: Spec) -> list[list[Call]]:
    """The assertions that follow each action."""
    found: list[list[Call]] = []
    for step in spec.steps:
        for call in step.calls:
            if REGISTRY[call.primitive].kind is Kind.ACTION:
                found.append([])
            else:
                found[-1].append(call)
    return found


def harm(made: Composed, baseline: Composed) -> Iterator[str]:
    """What is worse in a spec than in the baseline's of the same session: nothing, or what it is."""
    spec, plain = made.written.spec, baseline.written.spec
    actions, recorded = calls(spec, Kind.ACTION), calls(plain, Kind.ACTION)
    if [call.primitive for call in actions] != [call.primitive for call in recorded]:
        yield "an action was added, dropped or moved"
    for number, (call, was) in enumerate(zip(actions, recorded, strict=False)):
        target = baseline.trace.actions[number].target
        known = {ranked.locator for ranked in target.locators} if target is not None else set()
        first = "source" if call.primitive == "drag_to" else "target"
        if dict(call.args) != {**dict(was.args), first: call.get(first)} and call != was:
            yield f"action {number + 1} was changed: {print_call(call)}"
        elif call != was and call.get(first) not in known:
            yield f"action {number + 1} points elsewhere: {print_call(call)}"
    if (spec.origin, spec.requires, spec.viewport) != (plain.origin, plain.requires, plain.viewport):
        yield "it begins otherwise"
    for number, (kept, there) in enumerate(
        zip(must_keep(baseline.written.acts), after_each_action(spec), strict=False)
    ):
        yield from (
            f"after action {number + 1} is missing: {print_call(one.call)}" for one in kept if one.call not in there
        )
    checked = check(made.text, origins=[plain.origin], sheet=Sheet.from_bytes(made.sheet))
    yield from (str(finding) for finding in checked.findings)
