"""The demo's sessions, as the baseline writes them: what a model is asked about."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from specward.recording.reading import read_events
from specward.recording.tracing import trace
from specward.writing.composing import Composed, compose

DEMO = Path(__file__).resolve().parents[2] / "demo" / "recordings"


@cache
def session(name: str) -> Composed:
    """A demo recording, by its name."""
    return compose(trace(read_events(DEMO / f"{name}.json.gz")))
