"""Every page in a real browser: wide and narrow, light and dark, without a word in the console.

``SPECWARD_SCREENSHOTS`` names a folder that the pages are then drawn into.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.apps.console.serving import served
from tests.cast import ACME, ALICE, PLATFORM, SAM, Person

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

WIDE = """[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth)
    .map(e => `${e.tagName}.${e.className}`).slice(0, 8)"""
SIZES = {"narrow": (390, 844), "wide": (1280, 900)}
OF_ALICE = (
    "/console/",
    "/console/accounts/user/",
    "/console/accounts/user/?q=nobody-at-all",
    "/console/accounts/user/invite/",
    "/console/accounts/token/",
    "/console/audit/",
    "/console/account/",
    "/console/account/password/",
    "/console/account/sessions/",
    "/console/account/tokens/",
    "/console/account/tokens/new/",
    "/console/no-such-page/",
)
OF_SAM = (
    "/platform/",
    "/platform/tenants/tenant/",
    "/platform/tenants/provisioning/",
    "/platform/tenants/provisioning/new/",
)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def port(django_db_setup: None, worker_id: str, until: Callable[..., None]) -> Iterator[int]:
    with served(f"test_console_{worker_id}", until) as listening:
        yield listening


def complaints(page: Page) -> list[str]:
    """What the page says from now on: errors, and what the policy refused."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console",
        lambda message: (
            # Chromium writes a line for each 404, and those are asked for here.
            said.append(message.text)
            if message.type in ("error", "warning") and "status of 404" not in message.text
            else None
        ),
    )
    return said


def enter(page: Page, at: str, person: Person) -> None:
    page.goto(at + "/sign-in/")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/(console|platform)/$"))


def look(page: Page, name: str) -> None:
    """The page is not wider than the window; its picture is kept where somebody wants it."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}: {page.evaluate(WIDE)}"
    folder = os.environ.get("SPECWARD_SCREENSHOTS")
    if folder:
        named = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        page.screenshot(path=Path(folder) / f"{named}.png", full_page=True)


def walk(context: BrowserContext, port: int, size: str) -> list[str]:
    page = context.new_page()
    said = complaints(page)
    acme, platform = f"http://{ACME.host}:{port}", f"http://{PLATFORM.host}:{port}"
    for path in ("/sign-in/", "/forgot/"):
        page.goto(acme + path)
        look(page, f"{size} {path}")
    enter(page, acme, ALICE)
    for path in OF_ALICE:
        page.goto(acme + path)
        look(page, f"{size} {path}")
    for listing, row, name in (
        ("accounts/user/", "Bob", "person"),
        ("accounts/token/", "Nightly report", "token"),
    ):
        page.goto(f"{acme}/console/{listing}")
        page.get_by_role("link", name=row).click()
        look(page, f"{size} {name}")
    page.goto(f"{acme}/console/audit/?object_type=accounts.user&action=1")
    page.locator("main tbody a").first.click()
    look(page, f"{size} audit entry")
    enter(page, platform, SAM)
    for path in OF_SAM:
        page.goto(platform + path)
        look(page, f"{size} {path}")
    return said


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_says_a_word_in_the_browsers_console(browser: Browser, port: int, scheme: str) -> None:
    for size, (width, height) in SIZES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            has_touch=size == "narrow",
        )
        assert walk(context, port, f"{scheme} {size}") == []
        context.close()


def test_alice_makes_a_token_and_copies_it_and_finds_her_way_by_the_keyboard(browser: Browser, port: int) -> None:
    context = browser.new_context()
    page = context.new_page()
    said = complaints(page)
    acme = f"http://{ACME.host}:{port}"
    enter(page, acme, ALICE)
    page.keyboard.press("Control+k")
    page.keyboard.type("new tok")
    page.keyboard.press("Enter")
    page.get_by_label("Name").fill("By keyboard")
    page.get_by_label("audit.read").check()
    look(page, "token form")
    page.get_by_role("button", name="Make the token").click()
    assert page.locator("#secret").inner_text().startswith("swd_")
    look(page, "token made")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.goto(acme + "/console/accounts/user/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+k")
    look(page, "palette")
    assert said == []
    context.close()


def test_forms_work_without_scripts(browser: Browser, port: int) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    acme = f"http://{ACME.host}:{port}"
    enter(page, acme, ALICE)
    page.goto(acme + "/console/account/")
    page.get_by_label("Name").fill("Alice the Owner")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Your name is changed."
    context.close()
