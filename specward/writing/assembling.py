"""From what somebody chose to the spec and what its reader should know: the same for each writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from specward.language.ir import Call, Secret, Spec, Step, viewport_of
from specward.recording.actions import ActionKind, Trace
from specward.writing.acts import Act
from specward.writing.assertions import Assertion
from specward.writing.silence import Silent, Why, counted, in_words
from specward.writing.titling import titled


@dataclass(frozen=True, slots=True)
class Division:
    """One step: what it is called, and how many of the actions that come next it takes."""

    title: str
    actions: int


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


def assemble(
    trace: Trace,
    acts: Sequence[Act],
    title: str,
    divisions: Sequence[Division],
    asserted: Sequence[Sequence[Assertion]],
    calls: Sequence[Call] | None = None,
) -> Written:
    """The spec of a trace in these divisions, with these assertions after each action.

    The divisions take all actions, and no more (ValueError). ``calls`` say the actions in other words than ``acts``.
    """
    acting = [act.call for act in acts] if calls is None else calls
    if sum(division.actions for division in divisions) != len(acts) or len(asserted) != len(acts):
        raise ValueError("the divisions do not take each action once")
    steps: list[Step] = []
    silent: list[Silent] = []
    index = 0
    for division in divisions:
        written: list[Call] = []
        for number in range(index, index + division.actions):
            written += [acting[number], *(one.call for one in asserted[number])]
            if not asserted[number]:
                why = Why.LEFT_OUT if acts[number].asserted else acts[number].why_silent
                silent.append(Silent(number, division.title, acting[number], why))
        steps.append(Step(division.title, tuple(written)))
        index += division.actions
    chosen = tuple(one for after in asserted for one in after)
    requires = ("signed in",) if trace.signed_in else ()
    viewport = viewport_of(*trace.size) if trace.size is not None else None
    secrets = _secrets(trace, acts)
    return Written(
        Spec(title, trace.origin, requires, tuple(steps), viewport),
        chosen,
        tuple(secrets.items()),
        tuple(dict.fromkeys(a.value or "file" for a in trace.actions if a.kind is ActionKind.UPLOAD)),
        tuple(_notes(trace, secrets, chosen, silent)),
        tuple(silent),
        tuple(acts),
    )


def _secrets(trace: Trace, acts: Sequence[Act]) -> dict[str, str]:
    secrets: dict[str, str] = {}
    for action, act in zip(trace.actions, acts, strict=True):
        for _, arg in act.call.args:
            if isinstance(arg, Secret) and action.target is not None:
                secrets[arg.name] = action.target.secret
    return secrets


def _notes(trace: Trace, secrets: dict[str, str], chosen: Sequence[Assertion], silent: Sequence[Silent]) -> list[str]:
    notes: list[str] = []
    if trace.signed_in:
        words = titled(trace.signed_in)
        notes.append("the session began signed in" + (f" (\u201c{words}\u201d is on its first page)" if words else ""))
    masked = sum(1 for reason in secrets.values() if reason == "masked by the recorder")
    if masked:
        supply = "was masked by the recorder: supply it as a secret"
        if masked > 1:
            supply = "were masked by the recorder: supply them as secrets"
        notes.append(f"{counted(masked, 'value')} {supply}")
    if not chosen:
        notes.append("nothing on the page was seen to change: the spec acts and asserts nothing")
    return notes + in_words(trace.actions, chosen, silent)
