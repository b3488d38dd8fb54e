"""How long rrweb's own Replayer takes in Chromium to fast-forward the same recording to its end."""

from __future__ import annotations

import functools
import os
import statistics
from pathlib import Path

import orjson

from bench.recordings import measured
from bench.table import Row, paired
from bench.tracing import trace_bytes
from specward.execution.browser import BrowserMissing, find_chromium

RRWEB = Path(__file__).resolve().parent.parent / "node_modules" / "rrweb" / "dist" / "rrweb.umd.min.cjs"

_REPLAY = """
(raw) => {
  const events = JSON.parse(raw);
  const root = document.createElement('div');
  document.body.replaceChildren(root);
  const started = performance.now();
  const replayer = new rrweb.Replayer(events, { root, showWarning: false, showDebug: false, mouseTail: false });
  replayer.pause(events[events.length - 1].timestamp - events[0].timestamp + 1);
  const took = performance.now() - started;
  replayer.destroy();
  return took;
}
"""


def against_the_replayer(rounds: int = 3) -> list[Row]:
    """Milliseconds of both, and how many times faster ours is. Skipped, and said so, without Chromium or rrweb."""
    from playwright.sync_api import Error, sync_playwright

    try:
        chromium = find_chromium()
    except BrowserMissing:
        chromium = ""
    if not chromium or not RRWEB.exists():
        return [Row("rrweb's Replayer / trace", "not measured: Chromium or node_modules is missing", "", "")]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    rows: list[Row] = []
    ratios: list[float] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--disable-background-networking", *sandbox])
        for name, raw in measured():
            events = orjson.loads(raw)
            if len(events) < 3 or not all(event.get("timestamp") for event in events):
                continue
            page = browser.new_page()
            page.route("**/*", lambda route: route.abort())
            page.goto("about:blank")
            page.add_script_tag(content=RRWEB.read_text())
            page.evaluate("(raw) => { window.raw = raw }", raw.decode())
            try:
                theirs = (
                    statistics.median(page.evaluate(f"() => ({_REPLAY})(window.raw)") for _ in range(rounds)) / 1000
                )
            except Error as failed:
                rows.append(Row("rrweb's Replayer / trace", name, "the Replayer failed", str(failed)[:40]))
                continue
            finally:
                page.close()
            ours, _, _ = paired(functools.partial(trace_bytes, raw), int, rounds)
            ratio = theirs / ours
            ratios.append(ratio)
            figure = f"{theirs * 1000:,.0f} ms / {ours * 1000:,.0f} ms"
            rows.append(Row("rrweb's Replayer / trace", name, figure, f"{ratio:.1f}x", "over 10x", ratio > 10))
        browser.close()
    if ratios:
        middle = statistics.median(ratios)
        rows.append(Row("rrweb's Replayer / trace", "median of these", "", f"{middle:.1f}x", "over 10x", middle > 10))
    return rows
