"""Is what a model wrote what was recorded? Each action once and in order, each check one that its action brought about.

The gate says whether a text is a spec, and grounding whether what it names was seen somewhere. A click on a button that
was seen and not clicked passes both; it does not pass here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from specward.language.findings import MAX_FINDINGS, Finding, Rule
from specward.language.gate import check
from specward.language.ir import Call, Spec
from specward.language.parsing import Parsed, parse_text
from specward.language.primitive import Kind
from specward.language.registry import REGISTRY
from specward.recording.actions import Trace
from specward.writing.acts import Act, must_keep, ways_to_act
from specward.writing.assembling import Division, Written, assemble
from specward.writing.assertions import Assertion
from specward.writing.facts import Facts
from specward.writing.prompting import ORIGIN
from specward.writing.titles import step_title
from specward.writing.titling import titled
from specward.writing.veiling import NotShown


@dataclass(slots=True)
class _Found:
    """What was read so far."""

    calls: list[Call] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    asserted: list[list[Assertion]] = field(default_factory=list)
    divisions: list[Division] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def faithful(text: str, trace: Trace, baseline: Written, facts: Facts) -> Written | list[Finding]:
    """The spec that a model's text comes to, or what is wrong with it, by its lines. Never raises, whatever it holds.

    Nothing in the findings stems from the recording but the ids that the model was told.
    """
    checked = check(text, origins=[ORIGIN])
    if checked.spec is None:
        return list(checked.findings)
    parsed = parse_text(text, [ORIGIN])
    found = _read(checked.spec, parsed, trace, baseline.acts, facts)
    if found.findings:
        found.findings.sort(key=lambda finding: (finding.line, finding.column))
        return found.findings[:MAX_FINDINGS]
    title = titled(checked.spec.title) or baseline.spec.title
    return assemble(trace, baseline.acts, title, found.divisions, found.asserted, found.calls)


def _read(spec: Spec, parsed: Parsed, trace: Trace, acts: Sequence[Act], facts: Facts) -> _Found:
    found = _Found()
    if spec.requires or spec.viewport is not None:
        message = "The first line is spec(title, origin=...) and nothing else, and requires(...) is not yours to write."
        found.findings.append(Finding(Rule.UNFAITHFUL, 1, 1, message, "Take it out."))
    for number, step in enumerate(spec.steps):
        before = len(found.calls)
        for position, call in enumerate(step.calls):
            if not _take(call, parsed.place(number, position), trace, acts, facts, found):
                return found  # what follows is counted from here: each of its lines would be wrong
        taken = len(found.calls) - before
        if taken:
            title = titled(step.title) or step_title(trace.actions[before : before + taken])
            found.divisions.append(Division(title, taken))
    if len(found.calls) < len(acts):
        line, column = found.places[-1] if found.places else (1, 1)
        message = f"After this, a{len(found.calls) + 1} is missing, and what follows it."
        found.findings.append(Finding(Rule.UNFAITHFUL, line, column, message, "Write every action, once, in order."))
        return found
    for index, kept in enumerate(must_keep(acts)):
        left = sum(one not in found.asserted[index] for one in kept)
        if left:
            message = f"After a{index + 1}, {left} of the checks that are marked as kept are missing."
            found.findings.append(Finding(Rule.DROPPED, *found.places[index], message, "Write them after this call."))
    return found


def _take(call: Call, place: tuple[int, int], trace: Trace, acts: Sequence[Act], facts: Facts, found: _Found) -> bool:
    """Notes one call; ``False`` where an action is not the one whose turn it is."""
    index = len(found.calls)
    try:
        real = facts.veil.lifted(call)
    except NotShown:
        real = None
    if REGISTRY[call.primitive].kind is Kind.ACTION:
        if index >= len(acts):
            message = f"All {len(acts)} actions of the document stand before this one."
            found.findings.append(Finding(Rule.UNFAITHFUL, *place, message, "Take it out."))
            return False
        if real not in ways_to_act(trace.actions[index], acts[index]):
            message = f"This is not a{index + 1}, which comes here."
            hint = f'Write it as "write" of a{index + 1} says, or as one of its "or".'
            found.findings.append(Finding(Rule.UNFAITHFUL, *place, message, hint))
            return False
        assert real is not None  # noqa: S101  # it is one of them
        found.calls.append(real)
        found.places.append(place)
        found.asserted.append([])
        return True
    mine = next((one for one in _after(acts, index - 1) if one.call == real), None)
    if mine is None or mine in found.asserted[-1]:
        where = f'"then" of a{index}' if index else "any action: none stands before it"
        message = f"This check is not in {where}." if mine is None else "This check stands there already."
        hint = 'After an action only checks of its own "then", each once.'
        found.findings.append(Finding(Rule.VACUOUS, *place, message, hint))
    else:
        found.asserted[-1].append(mine)
    return True


def _after(acts: Sequence[Act], index: int) -> tuple[Assertion, ...]:
    return (*acts[index].asserted, *acts[index].offered) if index >= 0 else ()
