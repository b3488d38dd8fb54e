"""What a trace comes to, action by action: the call that does it again, and what can be asserted after it.

It is the same for every writer: a model chooses among these, and writes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from specward.language.ir import Arg, Call, Fixture, Secret
from specward.recording.actions import Action, ActionKind, Dropped, Effect, Trace
from specward.recording.locators import Locator
from specward.writing.assertions import Assertion, assertions_for, further_assertions
from specward.writing.silence import Why, why_silent


@dataclass(frozen=True, slots=True)
class Act:
    """One action as it is written, and what the baseline asserts after it."""

    call: Call
    asserted: tuple[Assertion, ...]
    offered: tuple[Assertion, ...]
    """What could be asserted besides, and is not: best first."""
    why_silent: Why
    """Why nothing is asserted, where nothing is."""


def acts_of(trace: Trace, others: Sequence[Trace] = ()) -> tuple[Act, ...]:
    """One for each action. ``others`` are traces of the same path: what is not true in all of them is not asserted."""
    names = _secret_names(trace.actions)
    stable = _stable_effects(trace, others)
    acts: list[Act] = []
    previous: tuple[Call, ...] = ()
    for index, action in enumerate(trace.actions):
        wanted = assertions_for(action)
        kept = tuple(one for one in wanted if one.effect in stable[index])
        fresh = tuple(one for one in kept if one.call not in previous)
        why = why_silent(action, kept, stable=bool(kept) or not wanted)
        acts.append(Act(_call(action, names.get(index)), fresh, _offered(action, stable[index], kept, previous), why))
        if kept:
            previous = tuple(one.call for one in kept)
    return tuple(acts)


def must_keep(acts: Sequence[Act]) -> list[frozenset[Assertion]]:
    """For each action the assertions that no model may leave out: what a person would check, and where there is none
    such in the whole session, the best that there is."""
    kept = [frozenset(one for one in act.asserted if one.must_keep) for act in acts]
    asserted = [(number, one) for number, act in enumerate(acts) for one in act.asserted]
    if asserted and not any(kept):
        number, best = max(asserted, key=lambda each: each[1].score)
        kept[number] = frozenset({best})
    return kept


def ways_to_act(action: Action, act: Act) -> list[Call]:
    """The calls that do what was done: the same to the same element, pointed at in each way that found it."""
    if action.target is None:
        return [act.call]
    first = "source" if act.call.primitive == "drag_to" else "target"
    return [
        Call(act.call.primitive, tuple((name, ranked.locator if name == first else arg) for name, arg in act.call.args))
        for ranked in action.target.locators
    ]


def unwritable(trace: Trace) -> tuple[Trace, tuple[Dropped, ...]]:
    """A trace without the actions that cannot be written at all, and why each cannot."""
    kept: list[Action] = []
    dropped: list[Dropped] = []
    for action in trace.actions:
        if action.kind is ActionKind.SELECT and action.value is not None and not action.value.strip():
            dropped.append(Dropped(action.events[0], action.kind.value, "the chosen option has no words"))
        elif action.kind is ActionKind.DRAG and action.to is None:
            dropped.append(Dropped(action.events[0], action.kind.value, "where it was dropped is not in the recording"))
        else:
            kept.append(action)
    if not dropped:
        return trace, ()
    return replace(trace, actions=tuple(kept)), tuple(dropped)


def _stable_effects(trace: Trace, others: Sequence[Trace]) -> list[set[Effect]]:
    """For each action the effects that it had in every session of the path: they are equally long."""
    stable = [set(action.effects) for action in trace.actions]
    for other in others:
        for kept, action in zip(stable, other.actions, strict=False):
            kept &= set(action.effects)
    return stable


def _offered(
    action: Action, stable: AbstractSet[Effect], kept: Sequence[Assertion], previous: Sequence[Call]
) -> tuple[Assertion, ...]:
    """What else holds after an action in every session, and was not said just before."""
    rest = further_assertions(action, kept)
    return tuple(one for one in rest if one.effect in stable and one.call not in previous)


def _secret_names(actions: Sequence[Action]) -> dict[int, str]:
    """A name for each secret that is filled in, by the index of its action.

    Two fields with the same words get two names. A field that is filled again on the same page had its first value
    refused, so the values differ: the earlier ones are named as tries.
    """
    names: dict[int, str] = {}
    fields: dict[Locator, str] = {}
    tries: dict[tuple[Locator, str], list[int]] = {}
    for index, action in enumerate(actions):
        target = action.target
        if target is None or not target.secret or action.value is not None:
            continue
        if target.locator not in fields:
            name, number = target.secret_name, 2
            while name in fields.values():
                name, number = f"{target.secret_name}_{number}", number + 1
            fields[target.locator] = name
        names[index] = fields[target.locator]
        tries.setdefault((target.locator, action.page), []).append(index)
    for indexes in tries.values():
        for number, index in enumerate(indexes[:-1], 1):
            names[index] = f"{names[index]}_TRY_{number}"
    return names


def _call(action: Action, secret: str | None) -> Call:
    if action.target is None:
        if action.kind is ActionKind.GOTO:
            return Call("goto", (("url", action.value or "/"),))
        if action.kind is ActionKind.ANSWER:
            return Call("answer_dialog", (("answer", action.value or "dismiss"),))
        return Call(action.kind.value, ())
    target: tuple[str, Arg] = ("target", action.target.locator)
    value = action.value or ""
    match action.kind:
        case ActionKind.FILL:
            return Call("fill", (target, ("value", Secret(secret) if secret else value)))
        case ActionKind.SELECT:
            return Call("select_option", (target, ("option", Secret(secret) if secret else value)))
        case ActionKind.PRESS:
            return Call("press", (target, ("key", value)))
        case ActionKind.UPLOAD:
            return Call("set_input_files", (target, ("fixture", Fixture(value or "file"))))
        case ActionKind.DRAG:
            end = action.to or action.target
            return Call("drag_to", (("source", action.target.locator), ("target", end.locator)))
        case _:
            return Call(action.kind.value, (target,))
