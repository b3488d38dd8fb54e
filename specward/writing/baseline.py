"""The baseline writer: a trace becomes a spec, without a model, the same bytes every time.

Steps are cut where a person would draw a breath: a new page, another form, a dialog. Assertions are chosen by the
table in ``assertions.py``; what must not be written down becomes ``secret("NAME")``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from specward.recording.actions import Action, ActionKind, EffectKind, Trace
from specward.writing.acts import acts_of
from specward.writing.assembling import Division, Written, assemble
from specward.writing.titles import page_name, spec_title, step_title

MOST_PER_STEP = 8
MOST_STEPS = 200


def write(trace: Trace, others: Sequence[Trace] = ()) -> Written:
    """The spec of a trace. ``others`` are traces of the same path: what is not true in all of them is not asserted."""
    groups = _cut(trace.actions)
    while len(groups) > MOST_STEPS:  # a very long session: neighbours become one step
        groups = [[*one, *other] for one, other in zip_longest(groups[::2], groups[1::2], fillvalue=())]
    acts = acts_of(trace, others)
    divisions = [Division(step_title(group), len(group)) for group in groups]
    title = spec_title(_first_page(trace), trace.actions)
    return assemble(trace, acts, title, divisions, [act.asserted for act in acts])


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
