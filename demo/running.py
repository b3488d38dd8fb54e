"""Runs the spec of a recording against a shop, as an exported Playwright test.

``Runner`` is the place to put another way of running: a function from a job and a shop's URL to an outcome.
"""

from __future__ import annotations

import functools
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser, Error, expect, sync_playwright

from demo.flows import FIXTURES, FLOWS
from demo.record import RECORDINGS, flags, names
from specward.execution.browser import find_chromium
from specward.language.export.playwright_python import export_python
from specward.language.ir import Spec
from specward.recording.reading import read_events
from specward.recording.tracing import trace
from specward.writing.composing import compose

EXPECT_WITHIN = 3_000
"""Milliseconds an assertion waits; the shop answers in ten, and in 250 where it is made slow."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run: ``why`` is empty where it passed."""

    why: str
    seconds: float

    @property
    def passed(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Job:
    """The spec of a recording, with what it is to be run with. A spec does not say how large its window was."""

    name: str
    spec: Spec
    secrets: Mapping[str, str]
    screen: tuple[int, int]


Runner = Callable[[Job, str], Outcome]


@functools.cache
def job(name: str) -> Job:
    """The job of a recording: its spec as ``specward generate`` writes it."""
    flow, mask = names()[name]
    composed = compose(trace(read_events(RECORDINGS / f"{name}.json.gz")))
    secrets = {**flow.secrets, **flow.masks.get(mask, {})}
    return Job(name, composed.written.spec, secrets, flow.screen)


def unmasked() -> list[str]:
    """The recordings whose specs say everything."""
    return [name for name, (_, mask) in names().items() if not mask]


class Exported:
    """A :data:`Runner` that has one Chromium for all its runs: ``with Exported() as run: run(job, url)``."""

    def __enter__(self) -> Exported:
        self._driver = sync_playwright().start()
        self.browser: Browser = self._driver.chromium.launch(executable_path=find_chromium(), args=flags())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.browser.close()
        self._driver.stop()

    def __call__(self, job: Job, url: str) -> Outcome:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, _environment(url, job.secrets):
            (Path(folder) / "fixtures").symlink_to(FIXTURES)
            module: dict[str, Any] = {"__file__": str(Path(folder) / "tests" / "test_it.py")}
            # The exporter's own output, which is code; a spec itself is never executed.
            exec(compile(export_python(job.spec), "exported", "exec"), module)  # noqa: S102
            test = next(value for name, value in module.items() if name.startswith("test_"))
            expect.set_options(timeout=EXPECT_WITHIN)
            width, height = job.screen
            context = self.browser.new_context(base_url=url, viewport={"width": width, "height": height})
            page = context.new_page()
            page.set_default_timeout(EXPECT_WITHIN)
            try:
                test(page)
                why = ""
            except (AssertionError, Error, LookupError) as failed:
                notes = " ".join(getattr(failed, "__notes__", ()))
                why = f"{notes} {' '.join(str(failed).split())}".strip()
            finally:
                context.close()
        return Outcome(why, time.monotonic() - started)


@contextmanager
def _environment(url: str, secrets: Mapping[str, str]) -> Iterator[None]:
    """What an exported test reads from its environment."""
    ours = {"BASE_URL": url, **{f"SPECWARD_SECRET_{name}": value for name, value in secrets.items()}}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def main() -> None:
    """``python -m demo.running [NAME]...``: runs the specs of the recordings on a fresh shop each, twice in a row."""
    import sys

    from demo.shop import Shop

    wanted = sys.argv[1:] or [name for name in names() if (RECORDINGS / f"{name}.json.gz").exists()]
    passed = 0
    with Exported() as run:
        for name in wanted:
            for attempt in (1, 2):
                with Shop() as shop:
                    outcome = run(job(name), shop.url)
                passed += outcome.passed
                print(f"{name:30} {attempt} {outcome.seconds:5.1f}s {outcome.why[:500] or 'ok'}", flush=True)
    print(f"{passed} of {2 * len(wanted)} runs passed; {len(FLOWS)} flows")


if __name__ == "__main__":
    main()
