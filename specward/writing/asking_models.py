"""A spec by whichever writer, and by the baseline where a model gives none: there is always one, with the reason.

The baseline writes first. A model's answer can only take its place once it has passed everything that the baseline's
own passes, so whatever a model does, or does not do, the worst spec is the one that would have been there without it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from specward.recording.actions import Trace
from specward.writing.assembling import Written
from specward.writing.authored import authored
from specward.writing.composing import Asked, Composed, compose, composed_of
from specward.writing.facts import Facts, facts_of
from specward.writing.models.client import Failure, ModelClient, ModelFailed, Prompt, Tokens
from specward.writing.models.writers import Writer
from specward.writing.prompting import prompt_for
from specward.writing.refined import refined

SECONDS: Final = 90.0
"""For all calls of one spec."""


def write_with(
    trace: Trace,
    others: Sequence[Trace] = (),
    *,
    writer: Writer,
    client: ModelClient | None,
    shapes_only: bool = False,
    seconds: float = SECONDS,
) -> Composed:
    """The spec of a trace by ``writer``, who asks ``client``; by the baseline where that comes to nothing.

    Takes ``seconds`` for a model at the most. Raises what :func:`~specward.writing.composing.compose` raises.
    """
    return improved(compose(trace, others), writer=writer, client=client, shapes_only=shapes_only, seconds=seconds)


def improved(
    composed: Composed,
    *,
    writer: Writer,
    client: ModelClient | None,
    shapes_only: bool = False,
    seconds: float = SECONDS,
) -> Composed:
    """What :func:`write_with` makes of a session that the baseline has written. Raises nothing of a model's."""
    if writer is Writer.BASELINE:
        return composed
    if client is None:
        return replace(composed, asked=writer, fallback=Failure.NOT_CONFIGURED)
    asking = _Asking(client, time.monotonic() + seconds)
    try:
        made = _made(composed, writer, asking, shapes_only=shapes_only)
    except ModelFailed as failed:
        return replace(composed, asked=writer, fallback=failed.failure, calls=tuple(asking.calls))
    return replace(made, asked=writer, calls=tuple(asking.calls))


def _made(composed: Composed, writer: Writer, asking: _Asking, *, shapes_only: bool) -> Composed:
    trace, baseline = composed.trace, composed.written
    facts = facts_of(trace, baseline, writer, shapes_only=shapes_only)
    written = _written(trace, baseline, facts, writer, asking)
    made = composed_of(trace, written, composed.dropped, composed.cut)
    if made is None:
        raise ModelFailed(Failure.TOO_LONG)
    if not made.checked.ok:
        raise ModelFailed(Failure.NOT_A_SPEC)
    return made


def _written(trace: Trace, baseline: Written, facts: Facts, writer: Writer, asking: _Asking) -> Written:
    if writer is Writer.AUTHORED:
        return authored(asking.ask, trace, baseline, facts)
    return refined(asking.ask(prompt_for(facts, writer)), trace, baseline, facts)


@dataclass(slots=True)
class _Asking:
    """The calls of one spec: all of them within one time."""

    client: ModelClient
    until: float
    calls: list[Asked] = field(default_factory=list)

    def ask(self, prompt: Prompt) -> str:
        began = time.monotonic()
        left = self.until - began
        if left <= 0:
            raise ModelFailed(Failure.TIMED_OUT)
        try:
            answer = self.client.ask(prompt, seconds=left)
        except ModelFailed as failed:
            self._note(prompt, began, failed.tokens, failed.failure)
            raise
        self._note(prompt, began, answer.tokens, None)
        return answer.text

    def _note(self, prompt: Prompt, began: float, tokens: Tokens | None, failure: Failure | None) -> None:
        size = prompt.size(self.client.model)
        took = round(1000 * (time.monotonic() - began))
        self.calls.append(Asked(size, len(prompt.document.encode()), took, tokens, failure))
