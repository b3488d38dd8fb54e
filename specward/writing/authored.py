"""The authored writer: a model writes the text of the spec, is told what is wrong with it, and may mend it.

Its text is data like any other: it passes the gate, is held against the recording call by call, and what is kept is
made of the recording's own calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import orjson

from specward.language.findings import Finding
from specward.language.registry import MAX_SOURCE_BYTES
from specward.recording.actions import Trace
from specward.writing.assembling import Written
from specward.writing.facts import Facts
from specward.writing.fidelity import faithful
from specward.writing.models.client import Failure, ModelFailed, Prompt, Turn
from specward.writing.models.writers import Writer
from specward.writing.prompting import prompt_for

MOST_TRIES: Final = 3
_MOST_OBJECTIONS: Final = 10


def authored(ask: Callable[[Prompt], str], trace: Trace, baseline: Written, facts: Facts) -> Written:
    """The spec that a model writes of a session, in three tries at most. Raises :class:`ModelFailed`."""
    turns: list[Turn] = []
    for _ in range(MOST_TRIES):
        answer = ask(prompt_for(facts, Writer.AUTHORED, tuple(turns)))
        verdict = faithful(_text_of(answer), trace, baseline, facts)
        if isinstance(verdict, Written):
            return verdict
        turns.append(Turn(answer, objections(verdict)))
    raise ModelFailed(Failure.NOT_A_SPEC)


def objections(findings: Sequence[Finding]) -> str:
    """What a model is told of its text: JSON, a line for each finding, ten at most."""
    told = [
        {"line": one.line, "column": one.column, "rule": one.rule.value, "say": f"{one.message} {one.hint}"}
        for one in findings[:_MOST_OBJECTIONS]
    ]
    return b"\n".join(orjson.dumps(one) for one in told).decode()


def _text_of(answer: str) -> str:
    try:
        data = orjson.loads(answer)
    except orjson.JSONDecodeError:
        raise ModelFailed(Failure.MALFORMED) from None
    if type(data) is not dict or data.keys() != {"spec"} or type(data["spec"]) is not str:
        raise ModelFailed(Failure.MALFORMED)
    text: str = data["spec"]
    if len(text) > MAX_SOURCE_BYTES:
        raise ModelFailed(Failure.TOO_LONG)
    return text if text.endswith("\n") else text + "\n"
