"""Plays the flows in the demo shop with the real rrweb recorder, and keeps what it recorded.

``python -m demo.record [NAME]...`` needs Chromium and ``npm ci``; the recordings it writes are committed, so that
nobody else needs it.
"""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from playwright.sync_api import Browser, sync_playwright

from demo.flows import MASKS, RECORDINGS, Flow, names
from demo.person import Person
from demo.shop import Shop
from specward.execution.browser import find_chromium

HERE = Path(__file__).resolve().parent
RECORDER = HERE.parent / "node_modules" / "rrweb" / "dist" / "rrweb.umd.min.cjs"

ORIGIN = "http://127.0.0.1:8765"
EPOCH = 1_767_225_600_000
"""When every recording begins, in milliseconds: what is recorded again differs by its content only."""

# Only the top frame records; it sees into frames of its own origin by itself. The recorder makes a frame of its own to
# get at unpatched prototypes: recording that one too would never end.
# The recorder leaves out the browser's own questions: the page tells, as a site that wants them in its specs does.
START = """
for (const kind of ['confirm', 'prompt']) {
  const ask = window[kind];
  window[kind] = (...words) => {
    const given = ask.apply(window, words);
    rrweb.record.addCustomEvent('dialog', { kind, accepted: given !== false && given !== null });
    return given;
  };
}
if (window === window.top) window.addEventListener('DOMContentLoaded', () => {
  rrweb.record({ emit: (event) => window.keepEvent(JSON.stringify(event)), userTriggeredOnInput: true, ...OPTIONS });
});
"""
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
_READ_ALOUD = ("title", "placeholder", "aria-label")


def flags() -> list[str]:
    """What Chromium is started with; as root it has no sandbox to offer."""
    return [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def record(browser: Browser, flow: Flow, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rrweb events of one flow, in a fresh shop and a fresh browser context."""
    events: list[dict[str, Any]] = []
    with Shop() as shop:
        width, height = flow.screen
        context = browser.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.expose_function("keepEvent", lambda event: events.append(orjson.loads(event)))
        page.add_init_script(RECORDER.read_text() + START.replace("OPTIONS", orjson.dumps(options).decode()))
        page.goto(shop.url)
        flow.walk(Person(page, flow.seed))
        page.wait_for_load_state()
        page.wait_for_timeout(600)  # rrweb writes mouse moves in batches, half a second apart
        context.close()
        real = shop.url.encode()
    events = orjson.loads(orjson.dumps(events).replace(real, ORIGIN.encode()))
    began = events[0]["timestamp"]
    for event in events:
        event["timestamp"] += EPOCH - began
    return events


def mask_attributes(value: Any) -> None:
    """Masks, in place, the attributes that are read aloud, as Sentry's recorder does."""
    if isinstance(value, list):
        for one in value:
            mask_attributes(one)
    elif isinstance(value, dict):
        attributes = value.get("attributes")
        if isinstance(attributes, dict):
            for name in _READ_ALOUD:
                if isinstance(attributes.get(name), str):
                    attributes[name] = "*" * len(attributes[name])
        for one in value.values():
            if isinstance(one, dict | list):
                mask_attributes(one)


def main() -> None:
    RECORDINGS.mkdir(exist_ok=True)
    known = names()
    wanted = sys.argv[1:] or list(known)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=flags())
        for name in wanted:
            flow, mask = known[name]
            events = record(browser, flow, MASKS.get(mask, {}))
            if mask == "all":
                mask_attributes(events)
            packed = gzip.compress(orjson.dumps(events), mtime=0)
            (RECORDINGS / f"{name}.json.gz").write_bytes(packed)
            print(f"{name}: {len(events)} events, {len(packed):,} bytes", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
