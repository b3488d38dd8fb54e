"""How calls end, in words for people: what happened, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from apps.inference.models import OK, ModelCall
from specward.writing.models.client import Failure


@dataclass(frozen=True, slots=True)
class Words:
    """``short`` for a badge; ``what`` happened; ``then`` what followed, or what to do."""

    short: str
    what: str
    then: str = ""


_COMPILED: Final = "The compiler wrote the spec instead."
OF_FAILURE: Final[Mapping[Failure, Words]] = {
    Failure.REFUSED: Words("Refused by the model", "The model declined to answer.", _COMPILED),
    Failure.TRUNCATED: Words("Cut short", "The answer was longer than it may be, and ends in the middle.", _COMPILED),
    Failure.TIMED_OUT: Words("Timed out", "There was no whole answer within the time that a spec has.", _COMPILED),
    Failure.RATE_LIMITED: Words(
        "Rate limited", "The provider takes no more requests for now.", f"{_COMPILED} The next call may go well."
    ),
    Failure.UNAVAILABLE: Words("Unavailable", "The provider failed, or was not reached.", _COMPILED),
    Failure.REJECTED: Words(
        "Rejected",
        "The provider refused the request.",
        f"{_COMPILED} Look at the model's id and the region; then ask your operator about the key.",
    ),
    Failure.MALFORMED: Words("Malformed", "What came was no answer of the API, or counted what cannot be.", _COMPILED),
    Failure.TOO_LONG: Words("Too long", "The answer was larger than is read.", _COMPILED),
    Failure.UNFAITHFUL: Words("Unfaithful", "The answer named what was not offered, or left out what must stay."),
    Failure.NOT_A_SPEC: Words("No spec", "What the model wrote did not pass the gate."),
    Failure.BUDGET_SPENT: Words(
        "Budget spent",
        "It could have taken more than is left of the month's budget: nothing was sent.",
        f"{_COMPILED} An owner may raise the budget; otherwise models write again next month.",
    ),
    Failure.NOT_CONFIGURED: Words(
        "Not configured",
        "There was no model to be asked, or the settings were changed meanwhile: nothing was sent.",
        _COMPILED,
    ),
}
_OK: Final = Words("Answered", "The model answered within its limits.")
_OF_STATE: Final = {
    ModelCall.State.RESERVED: Words("Under way", "The model is being asked."),
    ModelCall.State.LOST: Words(
        "Lost", "Its worker stopped before the answer came.", "All that was reserved counts as taken."
    ),
}


PURPOSES: Final = {
    ModelCall.Purpose.REFINE: "To group the steps of a recording, choose among assertions and give titles",
    ModelCall.Purpose.AUTHOR: "To write the text of a spec",
    ModelCall.Purpose.REPAIR: "To mend the text of a spec that was objected to",
    ModelCall.Purpose.CHECK: "To try the settings, with nothing of yours",
}


def words_of(name: str) -> Words:
    """Of an outcome; of the state of a call that has none."""
    if name == OK:
        return _OK
    if name in _OF_STATE:
        return _OF_STATE[ModelCall.State(name)]
    try:
        return OF_FAILURE[Failure(name)]
    except ValueError:
        return Words(name, "")


def words_of_call(call: ModelCall) -> Words:
    """Of a call as it is now."""
    return words_of(call.outcome or call.state)
