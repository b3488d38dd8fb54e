"""What it costs to have Specward run a spec: against the same steps written by hand, and without the wall."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.table import Row, paired
from specward.execution.running import RunSettings, run_spec
from specward.language.gate import parse

SHOP = Path(__file__).resolve().parent.parent / "demo" / "shop"
LOOKS = 6

SPEC = """\
spec("Guest reads and searches", origin="https://shop.example")
""" + "".join(
    f"""
with step("Look {number}"):
    goto("/")
    expect_visible(role("heading", name="Mugs and more"))
    click(role("button", name="How to care for a mug"))
    expect_visible(role("heading", name="Caring for your mug"))
    click(role("button", name="Close"))
    expect_hidden(role("heading", name="Caring for your mug"))
    fill(label("Search"), "Blue")
    expect_value(label("Search"), "Blue")
"""
    for number in range(LOOKS)
)


def running(rounds: int = 5) -> list[Row]:
    """Seconds per run, paired; a browser is started for each run on both sides. Skipped, and said so, without one."""
    chromium = os.environ.get("SPECWARD_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        return [Row("specward run / by hand", "not measured: Chromium is missing", "", "")]
    spec = parse(SPEC)
    calls = sum(len(step.calls) for step in spec.steps)
    with _shop() as base_url:
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
            expect(page.get_by_role("heading", name="Mugs and more", exact=True)).to_be_visible()
            page.get_by_role("button", name="How to care for a mug", exact=True).click()
            expect(page.get_by_role("heading", name="Caring for your mug", exact=True)).to_be_visible()
            page.get_by_role("button", name="Close", exact=True).click()
            expect(page.get_by_role("heading", name="Caring for your mug", exact=True)).to_be_hidden()
            page.get_by_label("Search", exact=True).fill("Blue")
            expect(page.get_by_label("Search", exact=True)).to_have_value("Blue")
        browser.close()


@contextmanager
def _shop() -> Iterator[str]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return

    handler = functools.partial(Handler, directory=str(SHOP))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    from bench.table import show

    started = time.perf_counter()
    show("Running a spec", running())
    print(f"{time.perf_counter() - started:.0f} s")
