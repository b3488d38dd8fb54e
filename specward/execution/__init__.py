"""Running specs: an interpreter of the IR in Chromium, inside an egress wall and hard limits.

Nothing here is imported by the gate or the exporters; Playwright is imported only when a run starts.
"""

from __future__ import annotations

from specward.execution.limits import Limits
from specward.execution.outcomes import CallResult, Failure, FailureKind, Outcome, RunResult, StepResult, Stop
from specward.execution.running import RunSettings, run_spec
from specward.execution.supplies import Supplies

__all__ = [
    "CallResult",
    "Failure",
    "FailureKind",
    "Limits",
    "Outcome",
    "RunResult",
    "RunSettings",
    "StepResult",
    "Stop",
    "Supplies",
    "run_spec",
]
