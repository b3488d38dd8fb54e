"""What a spec could not assert, in words that its reader can act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from specward.language.ir import Call
from specward.recording.actions import Action
from specward.writing.assertions import Assertion


class Why(StrEnum):
    """Why no assertion follows an action. The values are stable."""

    MASKED = "masked"
    VOLATILE = "volatile"
    DIFFERS = "differs-between-sessions"
    SAID = "said-already"
    UNSAYABLE = "cannot-be-pointed-at"
    NOTHING = "nothing-changed"
    LEFT_OUT = "left-out"
    """The writer had something to assert, and chose not to."""


_IN_WORDS = {
    Why.MASKED: "what changed is masked",
    Why.VOLATILE: "what changed reads differently each time (dates, numbers that are given out)",
    Why.DIFFERS: "what changed differs between the sessions",
    Why.SAID: "what changed is asserted already, or says too little",
    Why.UNSAYABLE: "what changed cannot be pointed at for sure",
    Why.NOTHING: "nothing changed",
    Why.LEFT_OUT: "the model chose none of what changed",
}

_ASSERTED = {
    "expect_url": "address",
    "expect_popup": "window",
    "expect_title": "title",
    "expect_visible": "thing that came",
    "expect_hidden": "thing that went",
    "expect_text": "text",
    "expect_value": "value",
    "expect_checked": "box",
    "expect_count": "count",
}


@dataclass(frozen=True, slots=True)
class Silent:
    """An action that no assertion follows."""

    action: int
    """Which of the trace's, from 0."""
    step: str
    call: Call
    why: Why


def why_silent(action: Action, kept: Sequence[Assertion], *, stable: bool) -> Why:
    """Why nothing is asserted after ``action``: ``kept`` was chosen and stood before already, ``stable`` says whether
    all sessions of the path had its effects."""
    if kept:
        return Why.SAID
    if not stable:
        return Why.DIFFERS
    if action.effects:
        return Why.SAID
    if action.unsaid.masked:
        return Why.MASKED
    if action.unsaid.volatile:
        return Why.VOLATILE
    return Why.UNSAYABLE if action.unsaid.changed else Why.NOTHING


def in_words(actions: Sequence[Action], chosen: Sequence[Assertion], silent: Sequence[Silent]) -> list[str]:
    """Sentences: what was masked and what is asserted instead, and how many actions go without, for which reasons."""
    notes: list[str] = []
    masked = sum(action.unsaid.masked for action in actions)
    if masked:
        pages = sum(1 for action in actions if action.unsaid.masked)
        notes.append(
            f"{counted(masked, 'text')} that came with {counted(pages, 'action')} "
            f"{'was' if masked == 1 else 'were'} masked by the recorder and cannot be asserted; asserted instead: "
            f"{_kinds(chosen) or 'nothing'}. Record the texts of the page unmasked, or add assertions by hand"
        )
    reasons = Counter(one.why for one in silent)
    plain = reasons[Why.NOTHING] + reasons[Why.SAID]  # filling a field changes nothing else: no news
    if len(silent) > plain or len(silent) > len(actions) // 2:
        listed = ", ".join(f"after {reasons[why]} {_IN_WORDS[why]}" for why in Why if reasons[why])
        notes.append(f"no assertion follows {len(silent)} of {counted(len(actions), 'action')}: {listed}")
    return notes


def _kinds(chosen: Sequence[Assertion]) -> str:
    kinds = Counter(_ASSERTED[one.call.primitive] for one in chosen)
    return ", ".join(counted(number, kind) for kind, number in kinds.most_common())


def counted(number: int, noun: str) -> str:
    """``1 text``, ``2 texts``, ``2 things that came``."""
    if number == 1:
        return f"1 {noun}"
    first, _, rest = noun.partition(" ")
    first += "es" if first.endswith(("s", "x")) else "s"
    return f"{number} {first} {rest}".rstrip()
