"""The walk over the IR: call by call, until one fails; then what the page showed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from specward.execution.concealing import Concealer
from specward.execution.explaining import explain, is_gone, is_late
from specward.execution.outcomes import CallResult, Failure, FailureKind, Outcome, StepResult
from specward.execution.performing import PERFORMANCES, CallFailed, expected
from specward.execution.stage import Stage
from specward.execution.supplies import SupplyMissing
from specward.execution.wall.policy import Refusals
from specward.language.ir import Call, Spec
from specward.language.printer import print_call

if TYPE_CHECKING:
    from playwright.sync_api import Locator as Found

_LOOK_SECONDS: Final = 1.5
_PICTURE_SECONDS: Final = 4.0
_MAX_MASKS: Final = 50


class Walk:
    """One walk, and what it found; its texts have gone through the concealer."""

    def __init__(self, spec: Spec, concealer: Concealer) -> None:
        self._spec = spec
        self._concealer = concealer
        self._done: list[list[CallResult]] = [[] for _ in spec.steps]
        self.url = ""
        self.excerpt = ""
        self.screenshot: Path | None = None
        self.windows = 0
        self.downloads = 0
        self.browser_gone = False
        self._failed = False

    @property
    def passed(self) -> bool:
        """Whether every call was performed, and none failed."""
        return not self._failed and all(
            len(done) == len(step.calls) for done, step in zip(self._done, self._spec.steps, strict=True)
        )

    def walk(self, stage: Stage, refusals: Refusals, picture: Path | None) -> None:
        """Perform all calls up to the first that fails, and look at the page then."""
        for done, step in zip(self._done, self._spec.steps, strict=True):
            for call in step.calls:
                if stage.ending.stop is not None:
                    self._failed = True
                else:
                    done.append(self._perform(stage, call, refusals))
                    self._failed = done[-1].outcome is Outcome.FAILED
                if self._failed:
                    break
            if self._failed:
                break
        self.windows, self.downloads = stage.windows, stage.downloads
        self.url = self._concealer.text(stage.page.url)
        if self._failed and stage.ending.stop is None and not self.browser_gone:
            self._picture(stage, picture)

    def steps(self) -> tuple[StepResult, ...]:
        """The results, with what was not performed as skipped."""
        results = []
        for done, step in zip(self._done, self._spec.steps, strict=True):
            skipped = [CallResult(print_call(call), Outcome.SKIPPED, 0.0) for call in step.calls[len(done) :]]
            if any(call.outcome is Outcome.FAILED for call in done):
                outcome = Outcome.FAILED
            else:
                outcome = Outcome.SKIPPED if skipped else Outcome.PASSED
            total = sum(call.milliseconds for call in done)
            results.append(StepResult(self._concealer.text(step.title), outcome, total, (*done, *skipped)))
        return tuple(results)

    def _perform(self, stage: Stage, call: Call, refusals: Refusals) -> CallResult:
        from playwright.sync_api import Error

        refused_before = refusals.count
        failure: Failure | None = None
        started = time.monotonic()
        milliseconds: float | None = None
        performance = PERFORMANCES[call.primitive]
        try:
            if not performance.assertion and call.get("target") is not None:
                stage.wait_for_load()
            performance.perform(stage, call)
        except CallFailed as failed:
            failure = failed.failure
        except SupplyMissing as missing:
            failure = Failure(FailureKind.REFUSED, expected(call), str(missing).rstrip("."))
        except (Error, AssertionError) as error:
            milliseconds = (time.monotonic() - started) * 1000
            failure = self._explain(stage, call, str(error), refusals.last(refused_before))
        if failure is not None:
            failure = Failure(failure.kind, failure.expected, self._concealer.text(failure.seen))
        elapsed = (time.monotonic() - started) * 1000 if milliseconds is None else milliseconds
        outcome = Outcome.PASSED if failure is None else Outcome.FAILED
        return CallResult(print_call(call), outcome, elapsed, failure)

    def _explain(self, stage: Stage, call: Call, message: str, refused: str) -> Failure:
        if stage.cut and is_late(message):
            stage.ending.end_for_time(stage.limits)
        if stage.ending.stop is not None:
            return Failure(FailureKind.STOPPED, expected(call), "the run was stopped meanwhile")
        if is_gone(message):
            self.browser_gone = True
            responds = False
        else:
            responds = self._look(stage)
        performance = PERFORMANCES[call.primitive]
        return explain(message, expected(call), assertion=performance.assertion, responds=responds, refused=refused)

    def _look(self, stage: Stage) -> bool:
        """Keeps the text of the visible page; whether the page answered at all."""
        from playwright.sync_api import Error

        try:
            text = stage.page.locator("body").inner_text(timeout=stage.milliseconds(_LOOK_SECONDS))
        except Error:
            return False
        # Concealed before it is cut, or half a secret could stand at the end.
        text = self._concealer.text(text[: stage.limits.excerpt * 20])
        self.excerpt = text if len(text) <= stage.limits.excerpt else text[: stage.limits.excerpt] + "..."
        return True

    def _picture(self, stage: Stage, path: Path | None) -> None:
        from playwright.sync_api import Error

        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stage.page.screenshot(
                path=path, timeout=stage.milliseconds(_PICTURE_SECONDS), mask=self._masks(stage), animations="disabled"
            )
        except (Error, OSError):
            return
        self.screenshot = path

    def _masks(self, stage: Stage) -> list[Found]:
        """What a picture leaves out: fields that hold a secret, and elements whose text is one."""
        masks = list(stage.secret_fields)
        for value in stage.supplies.secrets.values():
            if value.strip():
                masks += [frame.get_by_text(value) for frame in stage.page.frames[:10]]
        return masks[:_MAX_MASKS]
