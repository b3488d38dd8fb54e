"""What it costs to have Specward run a spec: against the same steps written by hand, and without the wall."""

from __future__ import annotations

import functools
import os
import re

from bench.table import Row, paired
from demo.shop import Shop
from specward.execution.browser import BrowserMissing, find_chromium
from specward.execution.running import RunSettings, run_spec
from specward.language.gate import parse

LOOKS = 6

SPEC = """\
spec("Guest reads and searches", origin="https://shop.example")
""" + "".join(
    f"""
with step("Look {number}"):
    goto("/")
    expect_visible(role("heading", name="Things to drink from"))
    click(role("link", name="See everything"))
    expect_url("/products")
    fill(role("searchbox", name="Search the shop"), "teapot")
    expect_value(role("searchbox", name="Search the shop"), "teapot")
    press(role("searchbox", name="Search the shop"), "Enter")
    expect_url("/search")
"""
    for number in range(LOOKS)
)


def running(rounds: int = 5) -> list[Row]:
    """Seconds per run, paired; a browser is started for each run on both sides. Skipped, and said so, without one."""
    try:
        chromium = find_chromium()
    except BrowserMissing:
        return [Row("specward run / by hand", "not measured: Chromium is missing", "", "")]
    spec = parse(SPEC)
    calls = sum(len(step.calls) for step in spec.steps)
    with Shop() as shop:
        base_url = shop.url
        walled = functools.partial(_run, RunSettings(base_url=base_url, chromium=chromium))
        bare = functools.partial(_run, RunSettings(base_url=base_url, chromium=chromium, walled=False))
        by_hand = functools.partial(_by_hand, base_url, chromium)
        ours, theirs, ratio = paired(walled, by_hand, rounds)
        inside, outside, wall = paired(walled, bare, rounds)
    on = f"{calls} calls in {len(spec.steps)} steps, a fresh browser each"
    return [
        Row(
            "specward run / by hand", on, f"{ours:.2f} s / {theirs:.2f} s", f"{ratio:.2f}x", "under 1.15x", ratio < 1.15
        ),
        Row(
            "with the wall / without", on, f"{inside:.2f} s / {outside:.2f} s", f"{wall:.2f}x", "under 1.2x", wall < 1.2
        ),
    ]


def _run(settings: RunSettings) -> None:
    result = run_spec(parse(SPEC), settings)
    assert result.passed, result.message


def _by_hand(base_url: str, chromium: str) -> None:
    """The same steps as somebody would write them, without Specward."""
    from playwright.sync_api import expect, sync_playwright

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--disable-background-networking", *sandbox]
        )
        page = browser.new_context(base_url=base_url).new_page()
        for _ in range(LOOKS):
            page.goto("/")
            expect(page.get_by_role("heading", name="Things to drink from", exact=True)).to_be_visible()
            page.get_by_role("link", name="See everything", exact=True).click()
            expect(page).to_have_url(re.compile(r"/products(\?.*)?$"))
            search = page.get_by_role("searchbox", name="Search the shop", exact=True)
            search.fill("teapot")
            expect(search).to_have_value("teapot")
            search.press("Enter")
            expect(page).to_have_url(re.compile(r"/search(\?.*)?$"))
        browser.close()
