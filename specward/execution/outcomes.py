"""What a run leaves behind: frozen values, with a JSON form. No value of a secret is in any of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a call, a step or a run ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class FailureKind(StrEnum):
    """Why a call failed. The values are stable."""

    NOT_FOUND = "not-found"
    AMBIGUOUS = "ambiguous"
    NOT_ACTIONABLE = "not-actionable"
    NO_OPTION = "no-option"
    WRONG_KIND = "wrong-kind"
    NOT_AS_EXPECTED = "not-as-expected"
    NAVIGATION = "navigation"
    UNRESPONSIVE = "unresponsive"
    REFUSED = "refused"
    STOPPED = "stopped"
    BROWSER = "browser"


class Stop(StrEnum):
    """Why a run was ended before its spec was through. The values are stable."""

    TIME = "time-limit"
    MEMORY = "memory-limit"
    WINDOWS = "window-limit"
    DOWNLOADS = "download-limit"
    TRAFFIC = "traffic-limit"
    DIALOGS = "dialog-limit"
    PAGE_CRASHED = "page-crashed"
    BROWSER_GONE = "browser-gone"
    WORKER_GONE = "worker-gone"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed: ``expected`` and ``seen`` in the words of the spec, ``message`` both in one sentence."""

    kind: FailureKind
    expected: str
    seen: str

    @property
    def message(self) -> str:
        return f"Expected {self.expected}; {self.seen}."


@dataclass(frozen=True, slots=True)
class CallResult:
    """One call: its canonical text, how it ended, and how long it took in milliseconds."""

    call: str
    outcome: Outcome
    milliseconds: float
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step: the first failed call makes it failed, none run makes it skipped."""

    title: str
    outcome: Outcome
    milliseconds: float
    calls: tuple[CallResult, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An address that the wall let nobody reach, and how often it was tried.

    ``by_page`` is false for what Chromium asks for by itself.
    """

    target: str
    reason: str
    count: int
    by_page: bool = True


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run of one spec. ``digest`` is that of the spec, as approvals name it.

    ``wall`` names what stood between the page and the network: ``proxy``, ``proxy+netns``, or ``none``.
    ``screenshot`` is the path of the failure's picture, ``url`` and ``excerpt`` are the page as it was then.
    """

    title: str
    digest: str
    base_url: str
    outcome: Outcome
    milliseconds: float
    steps: tuple[StepResult, ...]
    stop: Stop | None = None
    stop_message: str = ""
    url: str = ""
    excerpt: str = ""
    screenshot: str | None = None
    refusals: tuple[Refusal, ...] = ()
    wall: str = "proxy"
    windows: int = 0
    downloads: int = 0

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.PASSED

    @property
    def refused_to_page(self) -> tuple[Refusal, ...]:
        """The refusals that say something about the page."""
        return tuple(refusal for refusal in self.refusals if refusal.by_page)

    @property
    def failed_call(self) -> CallResult | None:
        """The first call that failed."""
        return next((c for s in self.steps for c in s.calls if c.outcome is Outcome.FAILED), None)

    @property
    def message(self) -> str:
        """Why the run failed, in one sentence; empty for one that passed."""
        if self.stop is not None:
            return self.stop_message
        failed = self.failed_call
        return failed.failure.message if failed is not None and failed.failure is not None else ""

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON; the keys are stable."""
        return {
            "title": self.title,
            "digest": self.digest,
            "base_url": self.base_url,
            "outcome": self.outcome.value,
            "milliseconds": round(self.milliseconds, 1),
            "stop": None if self.stop is None else {"code": self.stop.value, "message": self.stop_message},
            "message": self.message,
            "url": self.url,
            "excerpt": self.excerpt,
            "screenshot": self.screenshot,
            "wall": self.wall,
            "windows": self.windows,
            "downloads": self.downloads,
            "refusals": [
                {"target": r.target, "reason": r.reason, "count": r.count, "by_page": r.by_page} for r in self.refusals
            ],
            "steps": [_step_json(step) for step in self.steps],
        }


def _step_json(step: StepResult) -> dict[str, Any]:
    return {
        "title": step.title,
        "outcome": step.outcome.value,
        "milliseconds": round(step.milliseconds, 1),
        "calls": [
            {
                "call": call.call,
                "outcome": call.outcome.value,
                "milliseconds": round(call.milliseconds, 1),
                "failure": None
                if call.failure is None
                else {
                    "kind": call.failure.kind.value,
                    "expected": call.failure.expected,
                    "seen": call.failure.seen,
                    "message": call.failure.message,
                },
            }
            for call in step.calls
        ],
    }
