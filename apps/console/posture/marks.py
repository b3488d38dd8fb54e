"""How something stood on a day, in one word; and of several, the one that counts."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from apps.compliance.checking import Outcome
from apps.compliance.standing import Standing


class Mark(StrEnum):
    """The worst that was seen on a day. The order of ``_WORSE`` is that of what counts first."""

    KEPT = "kept"
    BROKEN = "broken"
    ACCEPTED = "accepted"
    """It failed, and somebody had accepted that: never hidden, never counted as kept."""
    UNKNOWN = "unknown"
    """Nobody looked though somebody should have. A monitor that stopped must not be green."""
    ASIDE = "aside"
    """It did not apply on that day."""
    BEFORE = "before"
    """From before it was looked at for the first time."""

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def tone(self) -> str:
        """The colour, which never stands alone: each has a shape and words besides."""
        return _TONES[self]


_WORDS: Final = {
    Mark.KEPT: "Kept", Mark.BROKEN: "Not kept", Mark.ACCEPTED: "Accepted exception", Mark.UNKNOWN: "Not known",
    Mark.ASIDE: "Does not apply", Mark.BEFORE: "Not looked at yet",
}  # fmt: skip
_TONES: Final = {
    Mark.KEPT: "good", Mark.BROKEN: "bad", Mark.ACCEPTED: "warn", Mark.UNKNOWN: "quiet", Mark.ASIDE: "quiet",
    Mark.BEFORE: "quiet",
}  # fmt: skip
_WORSE: Final = (Mark.BROKEN, Mark.UNKNOWN, Mark.ACCEPTED, Mark.KEPT, Mark.ASIDE, Mark.BEFORE)
RANK: Final = {mark: rank for rank, mark in enumerate(_WORSE)}
"""The less, the worse."""
RANKED: Final = _WORSE


def worst(marks: Iterable[Mark]) -> Mark:
    """What several of them come to; of none: nobody has looked yet."""
    return min(marks, key=RANK.__getitem__, default=Mark.BEFORE)


OF_STANDING: Final = {
    Standing.KEPT: Mark.KEPT, Standing.BROKEN: Mark.BROKEN, Standing.ACCEPTED: Mark.ACCEPTED,
    Standing.UNKNOWN: Mark.UNKNOWN, Standing.NOT_APPLICABLE: Mark.ASIDE,
}  # fmt: skip
OF_OUTCOME: Final = {
    Outcome.PASS: Mark.KEPT, Outcome.NOT_APPLICABLE: Mark.ASIDE, Outcome.FAIL: Mark.BROKEN, Outcome.ERROR: Mark.BROKEN,
}  # fmt: skip
