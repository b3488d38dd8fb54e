"""What each call of a spec stands on: the action of the recording, the events it was read from, and what it caused.

The recording is gone by then. What is left is the sheet, and from which events each of its steps was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from specward.language.ir import DEFAULT_VIEWPORT, Call, Fixture, Secret, Spec
from specward.language.primitive import Kind
from specward.language.printer import print_call
from specward.language.registry import REGISTRY
from specward.recording.actions import Action, ActionKind, EffectKind
from specward.recording.locators import Locator
from specward.recording.sheet import Sheet, SheetStep
from specward.writing.acts import Act, must_keep

_INSTEAD: Final = {"goto": "/", "answer_dialog": "dismiss", "set_input_files": "file"}
"""What an action says where the recording has no value."""
_VALUES: Final = ("url", "value", "option", "key", "fixture", "answer")
"""Parameters that hold the value of an action."""


@dataclass(frozen=True, slots=True)
class ReadFrom:
    """The events of the recording that an action was read from: the first, the last, and how many; ``at`` is in
    milliseconds since the session's first action."""

    first: int
    last: int
    count: int
    at: int


@dataclass(frozen=True, slots=True)
class Ground:
    """What one call stands on. ``step`` is the number in the sheet, from 0: for an assertion that of the action before
    it, for an action that was not recorded ``None``."""

    step: int | None
    is_action: bool


def read_from(actions: Sequence[Action]) -> list[list[int]]:
    """From which events each action was read, as JSON: what :func:`events_of` reads again."""
    began = actions[0].at if actions else 0.0
    return [
        [action.events[0], action.events[-1], len(action.events), max(0, round(action.at - began))]
        if action.events
        else []
        for action in actions
    ]


def events_of(notes: Mapping[str, Any]) -> tuple[ReadFrom | None, ...]:
    """What :func:`read_from` wrote; ``None`` for an action that left no event."""
    return tuple(ReadFrom(*one) if len(one) == 4 else None for one in notes.get("events", []))


def said_beside(spec: Spec) -> dict[str, Any]:
    """What a generated spec says that no sheet keeps, as JSON: which secret each action is given, in their order, and
    how the spec begins. An edit is held against it too."""
    secrets = [
        next((arg.name for _, arg in call.args if isinstance(arg, Secret)), "")
        for step in spec.steps
        for call in step.calls
        if REGISTRY[call.primitive].kind is Kind.ACTION
    ]
    return {"secrets": secrets, "requires": list(spec.requires), "viewport": str(spec.viewport or DEFAULT_VIEWPORT)}


def begins_otherwise(spec: Spec, beside: Mapping[str, Any]) -> bool:
    """Whether a spec runs on a page of another size, or from another state, than what was generated."""
    begins = said_beside(spec)
    return any(begins[name] != beside.get(name, begins[name]) for name in ("requires", "viewport"))


def grounds(spec: Spec, sheet: Sheet, beside: Mapping[str, Any]) -> tuple[tuple[Ground, ...], ...]:
    """For each call of each step what it stands on. ``beside`` is from :func:`said_beside`.

    Actions are looked for in the order of the recording: one that was moved before another, or added, stands on
    nothing, although its locator may have been seen; nor does one that puts in what was put in at another place.
    """
    walk = _Walk(sheet.steps, beside.get("secrets", ()))
    return tuple(tuple(walk.ground(call) for call in step.calls) for step in spec.steps)


def added(spec: Spec, sheet: Sheet, beside: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """The actions of a spec that the recording did not show at that place, as numbers of step and call, from 0."""
    return tuple(
        (number, position)
        for number, step in enumerate(grounds(spec, sheet, beside))
        for position, ground in enumerate(step)
        if ground.is_action and ground.step is None
    )


def unseen(spec: Spec, sheet: Sheet) -> tuple[tuple[int, int], ...]:
    """The assertions of a state that the recording never showed there, as numbers of step and call, from 0: that
    something is gone which never went, or ticked which never was."""
    gone = {effect.locator for step in sheet.steps for effect in step.effects if effect.kind is EffectKind.GONE}
    ticked = {
        (effect.locator, effect.count > 0)
        for step in sheet.steps
        for effect in step.effects
        if effect.kind is EffectKind.CHECKED
    } | {
        (locator, step.kind is ActionKind.CHECK)
        for step in sheet.steps
        if step.kind in (ActionKind.CHECK, ActionKind.UNCHECK)
        for locator in step.locators
    }
    return tuple(
        (number, position)
        for number, step in enumerate(spec.steps)
        for position, call in enumerate(step.calls)
        if (call.primitive == "expect_hidden" and call.get("target") not in gone)
        or (call.primitive == "expect_checked" and (call.get("target"), call.get("checked") is not False) not in ticked)
    )


def left_out(spec: Spec, sheet: Sheet, beside: Mapping[str, Any]) -> tuple[int, ...]:
    """The steps of the sheet whose action a spec does not do, from 0."""
    done = {ground.step for step in grounds(spec, sheet, beside) for ground in step if ground.is_action}
    return tuple(number for number in range(len(sheet.steps)) if number not in done)


def kept_beside(acts: Sequence[Act]) -> list[list[Any]]:
    """What a person would check in any case, as JSON: number of the action, from 0, and the call."""
    return [
        [number, print_call(one.call)]
        for number, kept in enumerate(must_keep(acts))
        for one in acts[number].asserted
        if one in kept
    ]


def unchecked(spec: Spec, sheet: Sheet, beside: Mapping[str, Any]) -> tuple[str, ...]:
    """The calls of :func:`kept_beside` that do not follow their action any more, although that is done."""
    walked = grounds(spec, sheet, beside)
    done = {ground.step for step in walked for ground in step if ground.is_action}
    there = {
        (ground.step, print_call(call))
        for step, stands in zip(spec.steps, walked, strict=True)
        for call, ground in zip(step.calls, stands, strict=True)
    }
    wanted = ((number, call) for number, call in beside.get("kept", ()) if number in done)
    return tuple(call for number, call in wanted if (number, call) not in there)


class _Walk:
    """One way through the sheet."""

    def __init__(self, steps: Sequence[SheetStep], secrets: Sequence[str]) -> None:
        self._steps = steps
        self._secrets = secrets
        self._next = 0
        self._last: int | None = None

    def ground(self, call: Call) -> Ground:
        if REGISTRY[call.primitive].kind is not Kind.ACTION:
            return Ground(self._last, is_action=False)
        for number in range(self._next, len(self._steps)):
            secret = self._secrets[number] if number < len(self._secrets) else ""
            if _is(call, self._steps[number], secret):
                self._next = number + 1
                self._last = number
                return Ground(number, is_action=True)
        self._last = None
        return Ground(None, is_action=True)


def _is(call: Call, step: SheetStep, secret: str) -> bool:
    if call.primitive != step.kind.value:
        return False
    if not all(_put_in(arg, step, secret) for name, arg in call.args if name in _VALUES):
        return False
    located = [arg for _, arg in call.args if isinstance(arg, Locator)]
    if step.kind is ActionKind.DRAG:
        # Of the weaker locators the sheet does not say which end they are of.
        return located == list(step.locators[:2])
    return all(one in step.locators for one in located)


def _put_in(arg: object, step: SheetStep, secret: str) -> bool:
    """Whether this was put in at just this place: the same field may have been filled with something else before."""
    if isinstance(arg, Secret):
        return step.value is None and arg.name == secret
    recorded = step.value or _INSTEAD.get(step.kind.value, "")
    return not secret and (arg.name if isinstance(arg, Fixture) else arg) == recorded
