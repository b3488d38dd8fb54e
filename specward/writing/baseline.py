"""The baseline writer: a trace becomes a spec, without a model, the same bytes every time.

Steps are cut where a person would draw a breath: a new page, another form, a dialog. Assertions are chosen by the
table in ``assertions.py``; what must not be written down becomes ``secret("NAME")``.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import zip_longest

from specward.language.ir import Arg, Call, Fixture, Secret, Spec, Step, viewport_of
from specward.recording.actions import Action, ActionKind, Dropped, Effect, EffectKind, Trace
from specward.recording.locators import Locator
from specward.writing.assertions import Assertion, assertions_for, further_assertions
from specward.writing.silence import Silent, counted, in_words, why_silent
from specward.writing.titles import page_name, spec_title, step_title

MOST_PER_STEP = 8
MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Act:
    """One action as it is written, and what is asserted after it."""

    call: Call
    asserted: tuple[Assertion, ...]
    offered: tuple[Assertion, ...]
    """What could be asserted besides, and is not: best first."""


@dataclass(frozen=True, slots=True)
class Written:
    """A spec and what its reader should know about it."""

    spec: Spec
    assertions: tuple[Assertion, ...]
    secrets: tuple[tuple[str, str], ...]
    """Names and why each is a secret."""
    fixtures: tuple[str, ...]
    notes: tuple[str, ...]
    silent: tuple[Silent, ...] = ()
    """The actions that no assertion follows, and why."""
    acts: tuple[Act, ...] = ()
    """The actions one by one, in whichever steps they stand."""


def write(trace: Trace, others: Sequence[Trace] = ()) -> Written:
    """The spec of a trace. ``others`` are traces of the same path: what is not true in all of them is not asserted."""
    names = _secret_names(trace.actions)
    stable = _stable_effects(trace, others)
    steps: list[Step] = []
    chosen: list[Assertion] = []
    silent: list[Silent] = []
    acts: list[Act] = []
    notes: list[str] = []
    page = _first_page(trace)
    secrets: dict[str, str] = {}
    fixtures: dict[str, None] = {}
    groups = _cut(trace.actions)
    while len(groups) > MOST_STEPS:  # a very long session: neighbours become one step
        groups = [[*one, *other] for one, other in zip_longest(groups[::2], groups[1::2], fillvalue=())]
    previous: tuple[Call, ...] = ()
    index = 0
    for group in groups:
        calls: list[Call] = []
        title = step_title(group)
        for action in group:
            secret = names.get(index)
            index += 1
            acting = _call(action, secret)
            calls.append(acting)
            if secret is not None and action.target is not None:
                secrets[secret] = action.target.secret
            if action.kind is ActionKind.UPLOAD:
                fixtures[action.value or "file"] = None
            wanted = assertions_for(action)
            kept = tuple(one for one in wanted if one.effect in stable[index - 1])
            fresh = tuple(one for one in kept if one.call not in previous)
            calls.extend(one.call for one in fresh)
            chosen.extend(fresh)
            acts.append(Act(acting, fresh, _offered(action, stable[index - 1], kept, previous)))
            if not fresh:
                why = why_silent(action, kept, stable=bool(kept) or not wanted)
                silent.append(Silent(index - 1, title, acting, why))
            if kept:
                previous = tuple(one.call for one in kept)
        steps.append(Step(title, tuple(calls)))
    requires = ("signed in",) if trace.signed_in else ()
    if trace.signed_in:
        notes.append(f"the session began signed in ({trace.signed_in!r} is on its first page)")
    masked = sum(1 for reason in secrets.values() if reason == "masked by the recorder")
    if masked:
        supply = "was masked by the recorder: supply it as a secret"
        if masked > 1:
            supply = "were masked by the recorder: supply them as secrets"
        notes.append(f"{counted(masked, 'value')} {supply}")
    if not chosen:
        notes.append("nothing on the page was seen to change: the spec acts and asserts nothing")
    notes.extend(in_words(trace.actions, chosen, silent))
    viewport = viewport_of(*trace.size) if trace.size is not None else None
    spec = Spec(spec_title(page, trace.actions), trace.origin, requires, tuple(steps), viewport)
    return Written(
        spec, tuple(chosen), tuple(secrets.items()), tuple(fixtures), tuple(notes), tuple(silent), tuple(acts)
    )


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


def _cut(actions: Sequence[Action]) -> list[list[Action]]:
    """The actions in groups: a new one after a page was reached, and where the form or dialog changes."""
    groups: list[list[Action]] = []
    for action in actions:
        if not groups or _begins_step(groups[-1], action):
            groups.append([])
        groups[-1].append(action)
    return groups


def _first_page(trace: Trace) -> str:
    """What the first page is called: by its title, else by its first heading, else by its path."""
    if not trace.actions:
        return "/"
    first = trace.actions[0]
    name = page_name(trace.title, first.value or "/")
    if name.startswith("/"):
        return next((effect.text for effect in first.effects if effect.role == "heading"), name)
    return name


def _begins_step(group: list[Action], action: Action) -> bool:
    last = group[-1]
    if last.kind is ActionKind.ANSWER:
        return False  # the answer stands before what brings the question
    if len(group) >= MOST_PER_STEP or last.target is None or action.target is None:
        return True
    if any(
        effect.kind in (EffectKind.URL, EffectKind.TITLE)
        or (effect.kind in (EffectKind.APPEARED, EffectKind.GONE) and effect.role in ("dialog", "alertdialog"))
        for effect in last.effects
    ):
        return True
    if last.kind is ActionKind.PRESS:
        return True
    return action.target.form != last.target.form


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
