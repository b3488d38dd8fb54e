"""The console without a mouse, without motion and on paper; and that the policy's refusals are heard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.cast import ALICE, BOB

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]
_FOCUS = """() => {
    const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
    return {
        name: e.getAttribute('aria-label') || e.textContent.trim() || e.name,
        ring: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
    };
}"""


def test_alice_finds_her_way_by_the_keyboard_alone(page: Page, console: Served) -> None:
    enter(page, console.acme, ALICE)
    page.goto(console.acme + "/console/accounts/user/")
    page.keyboard.press("Tab")
    skip = page.evaluate(_FOCUS)
    assert skip == {"name": "Skip to content", "ring": True, "seen": True}
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    visited = []
    for _ in range(60):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        assert focus["ring"] and focus["seen"], focus
        visited.append(focus["name"])
        if focus["name"] == "JSONL":
            break
    assert [name for name in visited if name in ("q", "Choose Bob", "Bob", "Apply", "JSONL")] == [
        "q",
        "Choose Bob",
        "Bob",
        "Apply",
        "JSONL",
    ]
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Go to", exact=True)
    expect(palette).to_be_visible()
    look(page, "palette")
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    assert page.evaluate(_FOCUS)["name"] == "JSONL"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+k")
    page.keyboard.type("new tok")
    option = page.locator("#palette input").get_attribute("aria-activedescendant")
    assert page.locator(f"#{option}").inner_text().startswith("New token")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("New token")


def test_bob_finds_a_recording_by_the_keyboard_and_saves_a_filter_of_the_list(page: Page, console: Served) -> None:
    enter(page, console.acme, BOB)
    page.keyboard.press("Control+k")
    page.keyboard.type("voucher")
    field = page.locator("#palette input")
    expect(page.locator("#palette [data-found]")).to_have_text([re.compile("Recording"), re.compile("Spec")])
    expect(page.locator("#palette-told")).to_have_text("2 places")
    expect(field).to_have_attribute("aria-activedescendant", "palette-found-1")
    look(page, "palette found")
    page.keyboard.type(" that nobody uploaded")
    expect(page.locator(".palette-none")).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "false")
    assert field.get_attribute("aria-activedescendant") is None
    look(page, "palette none")
    field.fill("recor")
    expect(page.locator("#palette-told")).to_have_text("3 places")
    first = field.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") != first
    page.keyboard.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") == first
    assert page.locator("#palette [aria-selected=true]").count() == 1
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recordings")
    page.goto(console.acme + "/console/recordings/recording/?state__exact=failed")
    page.get_by_text("Save this filter").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("To be mended")
    look(page, "saving a filter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Saved as")).to_have_text("Saved as To be mended.")
    saved = page.get_by_role("group", name="Your saved filters")
    expect(saved.get_by_role("link", name="To be mended")).to_have_attribute("aria-current", "true")
    look(page, "saved filter")
    page.goto(console.acme + "/console/recordings/recording/")
    saved.get_by_role("link", name="To be mended").focus()
    page.keyboard.press("Tab")
    assert page.evaluate(_FOCUS) == {"name": "Delete the saved filter To be mended", "ring": True, "seen": True}
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Delete the saved filter To be mended?")
    page.get_by_role("button", name="Yes, do it").press("Enter")
    expect(page.get_by_text("The saved filter is deleted.")).to_be_visible()
    expect(saved).to_have_count(0)


def test_the_theme_is_remembered_and_nothing_moves_for_those_who_want_that(browser: Browser, console: Served) -> None:
    context = browser.new_context(reduced_motion="reduce", color_scheme="light")
    page = context.new_page()
    enter(page, console.acme, ALICE)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    moving = (
        "[...document.querySelectorAll('*')].filter(e => parseFloat(getComputedStyle(e).transitionDuration)).length"
    )
    assert page.evaluate(moving) == 0
    context.close()
    still = browser.new_context(reduced_motion="no-preference")
    page = still.new_page()
    page.goto(console.acme + "/sign-in/")
    assert page.evaluate(moving) > 0
    still.close()


def test_the_log_on_paper_is_the_log_alone_with_who_printed_it(page: Page, console: Served) -> None:
    enter(page, console.acme, ALICE)
    page.goto(console.acme + "/console/audit/")
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in (".top", ".menu", ".filters", ".list-end"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.get_by_text("printed by Alice on")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('.badge')).color") == "rgb(0, 0, 0)"
    look(page, "print log")


def test_what_the_policy_refuses_is_heard_so_that_silence_means_something(browser: Browser, console: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    said = complaints(page)
    enter(page, console.acme, ALICE)
    assert said == []
    page.evaluate("document.querySelector('main').setAttribute('style', 'color: red')")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = true'}))")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.invalid/pixel'}))")
    page.wait_for_function("document.images.length > 1")
    assert page.evaluate("window.ran") is None
    assert [word for word in ("style-src", "script-src", "img-src") if not any(word in line for line in said)] == []
    context.close()
