"""Runs the spec of a recording as the Playwright test that it is exported to, to hold the exporter against the shop."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser, Error, expect, sync_playwright

from demo.flows import FIXTURES
from demo.record import chromium, flags
from demo.running import Job, Outcome
from specward.language.export.playwright_python import export_python

EXPECT_WITHIN = 3_000
"""Milliseconds an assertion waits; the shop answers in ten, and in 250 where it is made slow."""


class Exported:
    """A :data:`Runner` that has one Chromium for all its runs: ``with Exported() as run: run(job, url)``."""

    def __enter__(self) -> Exported:
        self._driver = sync_playwright().start()
        self.browser: Browser = self._driver.chromium.launch(executable_path=chromium(), args=flags())
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
