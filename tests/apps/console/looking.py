"""Looking at pages in Chromium: what they complain about, whether they fit, and their pictures."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Page

from tests.cast import Person

_WIDE = """[...document.querySelectorAll('body *')]
    .filter(e => !e.closest('.menu') && e.getBoundingClientRect().right > innerWidth)
    .map(e => `${e.tagName}.${e.className} ${e.textContent.slice(0, 40)}`).slice(0, 8)"""


_FAULTS = """() => {
    const faults = [], all = (s) => [...document.querySelectorAll(s)], seen = new Set();
    const said = (e) => (e.getAttribute('aria-label') || e.textContent || '').trim() || e.querySelector('img')?.alt;
    for (const e of all('input:not([type=hidden]), select, textarea'))
        if (!e.getAttribute('aria-label') && !e.labels.length) faults.push(`no label: ${e.outerHTML.slice(0, 80)}`);
    for (const e of all('a, button')) if (!said(e)) faults.push(`no name: ${e.outerHTML.slice(0, 80)}`);
    for (const e of all('img:not([alt])')) faults.push(`no alt: ${e.outerHTML}`);
    for (const e of all('th:not([scope])')) faults.push(`no scope: ${e.outerHTML}`);
    for (const e of all('[aria-describedby], [aria-labelledby], [aria-controls]'))
        for (const a of ['aria-describedby', 'aria-labelledby', 'aria-controls'])
            for (const id of (e.getAttribute(a) || '').split(' ').filter(Boolean))
                if (!document.getElementById(id)) faults.push(`${a} of nothing: ${id}`);
    for (const e of all('[id]')) seen.has(e.id) ? faults.push(`twice: #${e.id}`) : seen.add(e.id);
    const levels = all('h1, h2, h3, h4').filter(e => e.checkVisibility()).map(e => +e.tagName[1]);
    if (levels[0] !== 1 || levels.filter(l => l === 1).length !== 1) faults.push(`headings: ${levels}`);
    levels.forEach((l, i) => i && l > levels[i - 1] + 1 && faults.push(`a level is left out: ${levels}`));
    if (all('main').length !== 1 || document.documentElement.lang !== 'en') faults.push('no main, or no language');
    if (all('.menu').length && all('.menu [aria-current=page]').length !== 1) faults.push('no place in the menu');
    return faults;
}"""
"""What a reader of screens would miss, as far as it can be asked of the document."""


def complaints(page: Page) -> list[str]:
    """What the page says from now on: errors, and what the policy refused."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console",
        lambda message: (
            # Chromium writes a line for each refusal, and those are asked for here.
            said.append(message.text)
            if message.type in ("error", "warning") and "status of 4" not in message.text
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
    # A click on a link comes back when the next document has begun, at which moment it has no element yet.
    page.wait_for_load_state()
    page.wait_for_function("document.documentElement !== null")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: {page.evaluate(_WIDE)}"
    faults = page.evaluate(_FAULTS)
    assert faults == [], f"{name}: {faults}"
    folder = os.environ.get("SPECWARD_SCREENSHOTS")
    if folder:
        named = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        page.screenshot(path=Path(folder) / f"{named}.png", full_page=True)
