"""What each call of a spec stands on: the action of the recording, the events it was read from, and what it caused.

The recording is gone by then. What is left is the sheet, and from which events each of its steps was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from specward.language.ir import Call, Spec
from specward.language.primitive import Kind
from specward.language.registry import REGISTRY
from specward.recording.actions import Action
from specward.recording.locators import Locator
from specward.recording.sheet import Sheet, SheetStep

_AS_RECORDED: Final = frozenset({"goto", "press"})
"""Actions whose value has no locator by which grounding would judge it."""


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


def grounds(spec: Spec, sheet: Sheet) -> tuple[tuple[Ground, ...], ...]:
    """For each call of each step what it stands on.

    Actions are looked for in the order of the recording: one that was moved before another, or added, stands on
    nothing, although its locator may have been seen.
    """
    walk = _Walk(sheet.steps)
    return tuple(tuple(walk.ground(call) for call in step.calls) for step in spec.steps)


def added(spec: Spec, sheet: Sheet) -> tuple[tuple[int, int], ...]:
    """The actions of a spec that the recording did not show at that place, as numbers of step and call, from 0."""
    return tuple(
        (number, position)
        for number, step in enumerate(grounds(spec, sheet))
        for position, ground in enumerate(step)
        if ground.is_action and ground.step is None
    )


def left_out(spec: Spec, sheet: Sheet) -> tuple[int, ...]:
    """The steps of the sheet whose action a spec does not do, from 0."""
    done = {ground.step for step in grounds(spec, sheet) for ground in step if ground.is_action}
    return tuple(number for number in range(len(sheet.steps)) if number not in done)


class _Walk:
    """One way through the sheet."""

    def __init__(self, steps: Sequence[SheetStep]) -> None:
        self._steps = steps
        self._next = 0
        self._last: int | None = None

    def ground(self, call: Call) -> Ground:
        if REGISTRY[call.primitive].kind is not Kind.ACTION:
            return Ground(self._last, is_action=False)
        for number in range(self._next, len(self._steps)):
            if _is(call, self._steps[number]):
                self._next = number + 1
                self._last = number
                return Ground(number, is_action=True)
        self._last = None
        return Ground(None, is_action=True)


def _is(call: Call, step: SheetStep) -> bool:
    if call.primitive != step.kind.value:
        return False
    if call.primitive in _AS_RECORDED and step.value not in [arg for _, arg in call.args]:
        return False
    return all(arg in step.locators for _, arg in call.args if isinstance(arg, Locator))
