"""Plays human-like flows in the demo shop with the real rrweb recorder, and keeps what it recorded.

``python -m demo.record`` needs Chromium and ``npm ci``; the recordings it writes are committed, so that nobody else
needs it. Typing has its typos and the mouse its detours: a recording of a person is not a script.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
RECORDER = HERE.parent / "node_modules" / "rrweb" / "dist" / "rrweb.umd.min.cjs"
RECORDINGS = HERE / "recordings"

# The recorder makes a frame of its own to get at unpatched prototypes: recording that one too would never end.
START = """
if (window === window.top) window.addEventListener('DOMContentLoaded', () => {
  rrweb.record({ emit: (event) => window.keepEvent(JSON.stringify(event)), userTriggeredOnInput: true, ...OPTIONS });
});
"""
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Requests are nobody's business here."""


@contextmanager
def shop() -> Iterator[str]:
    """The shop on a free port of loopback; yields its origin."""
    handler = functools.partial(_Quiet, directory=str(HERE / "shop"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _type(page: Page, label: str, text: str) -> None:
    box = page.get_by_label(label)
    box.click()
    box.press_sequentially(text, delay=30)


def buy_a_mug(page: Page) -> None:
    """Finds a mug with a typo on the way, forgets the delivery, mends it, and pays."""
    page.mouse.move(300, 200)
    page.mouse.move(420, 260, steps=8)
    _type(page, "Search", "mgu")
    for _ in range(2):
        page.keyboard.press("Backspace")
    page.get_by_label("Search").press_sequentially("ug", delay=30)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add Blue mug").click()
    page.get_by_role("link", name="Cart").click()
    page.get_by_role("heading", name="Your cart").click()
    _type(page, "Full name", "Alice Example")
    _type(page, "Card number", "4111 1111 1111 1111")
    page.get_by_label("Wrap it as a gift").check()
    page.get_by_role("button", name="Pay now").click()
    page.get_by_label("Delivery").focus()
    page.keyboard.press(
        "ArrowDown"
    )  # by key, as a person does: a script's own choice is not told apart from the page's
    page.get_by_role("button", name="Pay now").click()
    page.wait_for_url("**/thanks.html")


def sign_in(page: Page) -> None:
    """Gets the password wrong first, then chooses how often to get mail."""
    page.get_by_role("link", name="Sign in").click()
    _type(page, "E-mail", "alice@acme.example")
    _type(page, "Password", "correct hose")
    page.get_by_role("button", name="Sign in").click()
    _type(page, "Password", "correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account.html")
    page.get_by_label("Once a week").check()
    page.get_by_role("button", name="Save").click()


def look_around(page: Page) -> None:
    """Reads the help, closes it, adds two things, takes one out again, and goes back."""
    page.get_by_role("button", name="How to care for a mug").click()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Add Teapot").click()
    page.get_by_role("button", name="Add Espresso cup").click()
    page.get_by_role("link", name="Cart").click()
    page.get_by_role("button", name="Remove Teapot").click()
    page.go_back()


FLOWS: dict[str, tuple[Callable[[Page], None], dict[str, Any]]] = {
    "buy-a-mug": (buy_a_mug, {}),
    "sign-in": (sign_in, {}),
    "look-around": (look_around, {}),
    "buy-a-mug-inputs-masked": (buy_a_mug, {"maskAllInputs": True}),
    "buy-a-mug-all-masked": (buy_a_mug, {"maskAllInputs": True, "maskTextSelector": "*"}),
}


def record(flow: Callable[[Page], None], options: dict[str, Any]) -> list[dict[str, Any]]:
    """The rrweb events of one flow, in a fresh browser context."""
    events: list[dict[str, Any]] = []
    executable = os.environ.get("SPECWARD_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        raise SystemExit("Chromium is not installed: install it, or name it in SPECWARD_CHROMIUM.")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with shop() as origin, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=[*QUIET, *sandbox])
        page = browser.new_page()
        page.expose_function("keepEvent", lambda event: events.append(orjson.loads(event)))
        page.add_init_script(RECORDER.read_text() + START.replace("OPTIONS", orjson.dumps(options).decode()))
        page.goto(origin)
        flow(page)
        page.wait_for_function("document.readyState === 'complete'")
        page.wait_for_timeout(300)  # rrweb writes mouse moves in batches, half a second apart
        browser.close()
        real = origin.encode()
    return orjson.loads(orjson.dumps(events).replace(real, b"http://127.0.0.1:8765"))


def main() -> None:
    RECORDINGS.mkdir(exist_ok=True)
    for name, (flow, options) in FLOWS.items():
        raw = orjson.dumps(record(flow, options))
        (RECORDINGS / f"{name}.json.gz").write_bytes(gzip.compress(raw, mtime=0))
        print(f"{name}: {len(raw):,} bytes")


if __name__ == "__main__":
    main()
