"""Who may write a spec."""

from __future__ import annotations

from enum import StrEnum


class Writer(StrEnum):
    """Who writes specs. The values are stable."""

    BASELINE = "baseline"
    """A compiler, no model: the same bytes every time."""
    REFINED = "refined"
    """A model groups, chooses and gives titles, by ids; it writes nothing that is executed."""
    AUTHORED = "authored"
    """A model writes the text of the spec, which passes the gate and is held against the recording."""
