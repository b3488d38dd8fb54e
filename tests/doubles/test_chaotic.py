"""Each failure by its name: what comes of it for a client that has a limit."""

from __future__ import annotations

import time

import pytest

from specward.doubles import Chaos, Chaotic, Reasonable, serving
from specward.writing.models.client import Answer, Failure, ModelFailed
from tests.doubles.asking import ask, ids_prompt, spec_prompt

ANSWERED = "an answer"
"""The client has no complaint: whether the text is of use is for the writer to say."""

COMES_OF_IT: dict[Chaos, Failure | str] = {
    Chaos.REFUSAL: Failure.REFUSED,
    Chaos.MAX_TOKENS: Failure.TRUNCATED,
    Chaos.CONTEXT_EXCEEDED: Failure.TRUNCATED,
    Chaos.PAUSE_TURN: Failure.MALFORMED,
    Chaos.NO_STOP_REASON: Failure.MALFORMED,
    Chaos.UNKNOWN_STOP_REASON: Failure.MALFORMED,
    Chaos.EMPTY_CONTENT: Failure.MALFORMED,
    Chaos.EMPTY_TEXT: ANSWERED,
    Chaos.SEVERAL_BLOCKS: Failure.MALFORMED,
    Chaos.THINKING_FIRST: ANSWERED,
    Chaos.TOOL_USE: Failure.MALFORMED,
    Chaos.UNKNOWN_BLOCK: Failure.MALFORMED,
    Chaos.TOO_LONG: Failure.TOO_LONG,
    Chaos.NO_JSON: ANSWERED,
    Chaos.CUT_JSON: ANSWERED,
    Chaos.FENCED_JSON: ANSWERED,
    Chaos.EXTRA_KEYS: ANSWERED,
    Chaos.DUPLICATE_KEYS: ANSWERED,
    Chaos.NAN: ANSWERED,
    Chaos.DEEP_ANSWER: ANSWERED,
    Chaos.HUGE_NUMBER: ANSWERED,
    Chaos.NEGATIVE_USAGE: Failure.MALFORMED,
    Chaos.ABSURD_USAGE: Failure.MALFORMED,
    Chaos.NO_USAGE: Failure.MALFORMED,
    Chaos.BAD_REQUEST: Failure.REJECTED,
    Chaos.UNAUTHORISED: Failure.REJECTED,
    Chaos.TOO_LARGE: Failure.REJECTED,
    Chaos.RATE_LIMITED: Failure.RATE_LIMITED,
    Chaos.RATE_LIMITED_FOR_LONG: Failure.RATE_LIMITED,
    Chaos.RATE_LIMITED_BACKWARDS: Failure.RATE_LIMITED,
    Chaos.BROKEN: Failure.UNAVAILABLE,
    Chaos.OVERLOADED: Failure.UNAVAILABLE,
    Chaos.REDIRECT: Failure.MALFORMED,
    Chaos.HTML: Failure.MALFORMED,
    Chaos.NOT_UTF8: Failure.MALFORMED,
    Chaos.DEEP_BODY: Failure.MALFORMED,
    Chaos.WRONG_TYPES: Failure.MALFORMED,
    Chaos.GZIP_BOMB: Failure.MALFORMED,
    Chaos.NOT_GZIP: Failure.MALFORMED,
    Chaos.HUGE_LENGTH: Failure.TIMED_OUT,
    Chaos.SHORT_BODY: Failure.MALFORMED,
    Chaos.ENDLESS_BODY: Failure.TOO_LONG,
    Chaos.ENDLESS_HEADERS: Failure.MALFORMED,
    Chaos.HANG_BEFORE_HEADERS: Failure.TIMED_OUT,
    Chaos.HANG_IN_BODY: Failure.TIMED_OUT,
    Chaos.SLOW_HEADERS: Failure.TIMED_OUT,
    Chaos.SLOW_BODY: Failure.TIMED_OUT,
    Chaos.RESET: Failure.UNAVAILABLE,
    Chaos.CLOSED: Failure.MALFORMED,
    Chaos.NOT_HTTP: Failure.MALFORMED,
}
_PATIENCE = 2.5
_SLACK = 20.0
"""Seconds beyond the limit that a machine under load may take to say so."""


def test_every_failure_has_its_row() -> None:
    assert set(COMES_OF_IT) == set(Chaos)


@pytest.mark.parametrize("chaos", list(Chaos), ids=lambda chaos: chaos.value)
def test_a_failure_ends_within_the_limit_as_what_it_is(chaos: Chaos) -> None:
    # Where the failure is a time-out it is not waited for longer than it takes to see one.
    seconds = _PATIENCE if COMES_OF_IT[chaos] is Failure.TIMED_OUT else 20.0
    started = time.monotonic()
    comes: Answer | Failure
    words = ""
    double = Chaotic(chaos)
    try:
        comes = ask(double, spec_prompt(), seconds=seconds)
    except ModelFailed as failed:
        comes, words = failed.failure, str(failed)
    assert time.monotonic() - started < seconds + _SLACK
    expected = COMES_OF_IT[chaos]
    assert isinstance(comes, Answer) if expected == ANSWERED else comes is expected
    assert double.asked == 1, "nothing is tried again"
    assert len(words) < 120 and "wireless" not in words, "what came is not quoted"


def test_a_redirect_takes_neither_key_nor_document_along() -> None:
    elsewhere = Reasonable()
    with serving(elsewhere) as address, pytest.raises(ModelFailed):
        ask(Chaotic(Chaos.REDIRECT, elsewhere=f"{address}/v1/messages"), ids_prompt())
    assert elsewhere.asked == 0
