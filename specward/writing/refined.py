"""The refined writer: a model says by ids where steps begin and what else to assert, and gives titles.

It can name neither an action nor what must stay, so an answer can add, change, drop or reorder none of them: the worst
that it can do is to divide badly, to choose poorly, and to give bad titles, which are bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from specward.language.registry import MAX_STEPS
from specward.recording.actions import Trace
from specward.writing.acts import Act, must_keep
from specward.writing.assembling import Division, Written, assemble
from specward.writing.assertions import Assertion, in_reading_order
from specward.writing.facts import Facts
from specward.writing.models.client import Failure, ModelFailed
from specward.writing.titles import step_title
from specward.writing.titling import titled


def refined(answer: str, trace: Trace, baseline: Written, facts: Facts) -> Written:
    """The spec that an answer makes of a session. Raises :class:`ModelFailed`."""
    title, begins, keep = _read(answer)
    acts = baseline.acts
    unknown = keep - facts.optional.keys()
    if unknown:
        raise ModelFailed(Failure.UNFAITHFUL)
    return assemble(
        trace,
        acts,
        titled(title) or baseline.spec.title,
        _divisions(begins, trace, acts),
        _asserted(acts, [facts.optional[id] for id in keep]),
    )


def _read(answer: str) -> tuple[str, list[tuple[int, str]], set[str]]:
    """Title, where steps begin (the number of the action, from 0) and what they are called, and what to keep."""
    try:
        data = orjson.loads(answer)
    except orjson.JSONDecodeError:
        raise ModelFailed(Failure.MALFORMED) from None
    if type(data) is not dict or data.keys() != {"title", "steps", "keep"}:
        raise ModelFailed(Failure.MALFORMED)
    steps, keep = data["steps"], data["keep"]
    if type(steps) is not list or type(keep) is not list or not all(type(id) is str for id in keep):
        raise ModelFailed(Failure.MALFORMED)
    return _text(data["title"]), [_begin(step) for step in steps], set(keep)


def _begin(step: Any) -> tuple[int, str]:
    if type(step) is not dict or step.keys() != {"from", "title"}:
        raise ModelFailed(Failure.MALFORMED)
    id = _text(step["from"])
    number = id.removeprefix("a")
    if not number.isascii() or not number.isdigit() or len(number) > 5 or id != f"a{int(number)}":
        raise ModelFailed(Failure.UNFAITHFUL)
    return int(number) - 1, _text(step["title"])


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ModelFailed(Failure.MALFORMED)
    return value


def _divisions(begins: Sequence[tuple[int, str]], trace: Trace, acts: Sequence[Act]) -> list[Division]:
    starts = [start for start, _ in begins]
    if starts[:1] != [0] or len(starts) > MAX_STEPS:
        raise ModelFailed(Failure.UNFAITHFUL)
    ends = [*starts[1:], len(acts)]
    if not all(start < end for start, end in zip(starts, ends, strict=True)):
        raise ModelFailed(Failure.UNFAITHFUL)
    return [
        Division(titled(title) or step_title(trace.actions[start:end]), end - start)
        for (start, title), end in zip(begins, ends, strict=True)
    ]


def _asserted(acts: Sequence[Act], keep: Sequence[tuple[int, Assertion]]) -> list[tuple[Assertion, ...]]:
    chosen = [set(kept) for kept in must_keep(acts)]
    for number, one in keep:
        chosen[number].add(one)
    # In the order of the candidates, whatever order they were named in: the same choice is the same spec.
    return [
        in_reading_order(one for one in (*act.asserted, *act.offered) if one in chosen[number])
        for number, act in enumerate(acts)
    ]
