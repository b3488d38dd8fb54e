"""A site and one browser for the tests that look at single calls."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from specward.execution.concealing import Concealer
from specward.execution.ending import Ending
from specward.execution.limits import Limits
from specward.execution.outcomes import CallResult
from specward.execution.stage import Stage
from specward.execution.supplies import Supplies
from specward.execution.walking import Walk
from specward.execution.wall.policy import Refusals
from specward.language import parse
from tests.execution.site import Site, serving

SECRET = "tulip-4711 &c"


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


# For a module and not for the session: Playwright's plain interface runs once in a thread, and others need it too.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site.origin, service_workers="block")
    yield context
    context.close()


Perform = Callable[..., Walk]

PATIENT = Limits(action=10.0, assertion=8.0)
"""For calls that will pass, however slow the machine."""
SHORT = Limits(action=0.7, assertion=0.5)
"""For calls that will fail anyway."""


@pytest.fixture
def perform(context: BrowserContext, site: Site, tmp_path: Path) -> Iterator[Perform]:
    """Performs calls, each list of them a step that begins on the page of controls."""
    fixtures = tmp_path / "fixtures"
    fixtures.mkdir()
    (fixtures / "invoice.txt").write_text("12.00")
    listening: list[Stage] = []

    def perform(*steps: Sequence[str], limits: Limits = PATIENT, picture: Path | None = None) -> Walk:
        text = 'spec("Alice tries", origin="https://acme.example")\n'
        for number, calls in enumerate(steps):
            body = "\n".join(f"    {call}" for call in ('goto("/controls.html")', *calls))
            text += f'\nwith step("Try {number}"):\n{body}\n'
        spec = parse(text)
        supplies = Supplies({"CODE": SECRET, "LARGE": "Large"}, fixtures)
        stage = Stage(
            spec,
            site.origin,
            frozenset({site.origin}),
            supplies,
            limits,
            Ending(),
            time.monotonic() + 100,
            context.new_page(),
        )
        stage.listen(context)
        listening.append(stage)
        walk = Walk(spec, Concealer(supplies.secrets))
        walk.walk(stage, Refusals(), picture)
        return walk

    yield perform
    for stage in listening:
        stage.leave(context)
    for page in context.pages:
        page.close()


def failed(walk: Walk) -> CallResult | None:
    """The call that failed."""
    return next((call for step in walk.steps() for call in step.calls if call.failure is not None), None)
