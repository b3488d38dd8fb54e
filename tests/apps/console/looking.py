"""Looking at pages in Chromium: what they complain about, whether they fit, and their pictures."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Page

from tests.cast import Person

_WIDE = """[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth)
    .map(e => `${e.tagName}.${e.className}`).slice(0, 8)"""


def complaints(page: Page) -> list[str]:
    """What the page says from now on: errors, and what the policy refused."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console",
        lambda message: (
            # Chromium writes a line for each 404, and those are asked for here.
            said.append(message.text)
            if message.type in ("error", "warning") and "status of 40" not in message.text
            else None
        ),
    )
    return said


def sign_in(page: Page, at: str, email: str, password: str) -> None:
    page.goto(at + "/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def enter(page: Page, at: str, person: Person) -> None:
    sign_in(page, at, person.email, person.password)
    page.wait_for_url(re.compile(r"/(console|platform)/$"))


def look(page: Page, name: str) -> None:
    """The page is not wider than the window; its picture is kept where somebody wants it."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: {page.evaluate(_WIDE)}"
    folder = os.environ.get("SPECWARD_SCREENSHOTS")
    if folder:
        named = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        page.screenshot(path=Path(folder) / f"{named}.png", full_page=True)
