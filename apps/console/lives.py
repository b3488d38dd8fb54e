"""A recording's life as a picture: its steps in order, how each stands, and whether the page is to follow."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final

from apps.recordings.models import Recording, State
from apps.recordings.reasons import reason_of

_STANDS: Final = {
    "done": "done", "running": "under way", "failed": "failed", "waiting": "to come", "skipped": "left out",
}  # fmt: skip
_WORKING: Final = frozenset({State.ARRIVING, State.RECEIVED, State.GENERATING, State.DISCARDING})


@dataclass(frozen=True, slots=True)
class LifeStep:
    """``stands`` is one of done, running, failed, waiting and skipped; ``note`` is what a person may want to know."""

    key: str
    title: str
    stands: str
    when: datetime.datetime | None = None
    note: str = ""

    @property
    def words(self) -> str:
        return _STANDS[self.stands]


def is_working(recording: Recording) -> bool:
    """Whether it changes by itself: somebody is at it, or will be at once."""
    return State(recording.state) in _WORKING


def steps_of(recording: Recording) -> tuple[LifeStep, ...]:
    """Received, made, ready, discarded."""
    return (_received(recording), _made(recording), _ready(recording), _discarded(recording))


def told(recording: Recording) -> dict[str, Any]:
    """The same for the script that follows: words and ways, and nothing of the recording."""
    return {
        "state": recording.state,
        "words": recording.get_state_display(),
        "working": is_working(recording),
        "why": reason_of(recording.reason).what if recording.reason else "",
        "steps": {s.key: {"stands": s.stands, "words": s.words, "note": s.note} for s in steps_of(recording)},
    }


def _received(recording: Recording) -> LifeStep:
    arriving = recording.state == State.ARRIVING
    return LifeStep("received", "Received", "running" if arriving else "done", None if arriving else recording.created)


def _made(recording: Recording) -> LifeStep:
    title = "Spec is made"
    match State(recording.state):
        case State.RECEIVED:
            return LifeStep("made", title, "waiting", note="Waits for a worker")
        case State.GENERATING:
            return LifeStep("made", title, "running", note=recording.get_step_display() if recording.step else "")
        case State.FAILED:
            return LifeStep("made", title, "failed", note="No spec was made")
    if recording.specified is not None:
        return LifeStep("made", title, "done")
    return LifeStep("made", title, "waiting" if recording.state == State.ARRIVING else "skipped")


def _ready(recording: Recording) -> LifeStep:
    if recording.specified is not None:
        return LifeStep("ready", "Spec is ready", "done", recording.specified)
    ended = recording.state in (State.DISCARDING, State.DISCARDED)
    return LifeStep("ready", "Spec is ready", "skipped" if ended else "waiting")


def _discarded(recording: Recording) -> LifeStep:
    match State(recording.state):
        case State.DISCARDED:
            return LifeStep("discarded", "Discarded", "done", recording.discarded)
        case State.DISCARDING:
            return LifeStep("discarded", "Discarded", "running", note="Its bytes are being deleted")
    if recording.held is not None:
        return LifeStep("discarded", "Discarded", "waiting", note="Kept: under a legal hold")
    if recording.keep_days == 0 and recording.specified is None:
        return LifeStep("discarded", "Discarded", "waiting", note="As soon as its spec is made")
    return LifeStep("discarded", "Discarded", "waiting", note=f"By {recording.discard_after:%d %b %Y}")
