"""Every page in a real browser: wide and narrow, light and dark, without a word in the console.

``SPECWARD_SCREENSHOTS`` names a folder that the pages are then drawn into.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.cast import ACME, ALICE, PLATFORM, SAM

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

SIZES = {"narrow": (390, 844), "wide": (1280, 900)}
SAMPLE = (("light", "wide"), ("dark", "narrow"))
WHOLE = (("light", "narrow"), ("dark", "wide"))
OF_ALICE = (
    "/console/",
    "/console/posture/",
    "/console/posture/promises/P1/?days=365",
    "/console/posture/controls/",
    "/console/posture/controls/C-LOG-1/",
    "/console/posture/checks/log.only_grows/",
    "/console/posture/checks/log.only_grows/accept/",
    "/console/posture/exceptions/",
    "/console/posture/acceptance/",
    "/console/posture/observations/",
    "/console/posture/evidence/",
    "/console/accounts/user/",
    "/console/accounts/user/?q=nobody-at-all",
    "/console/accounts/user/invite/",
    "/console/accounts/token/",
    "/console/accounts/token/?state=expired",
    "/console/recordings/recording/",
    "/console/recordings/recording/?kept=soon",
    "/console/recordings/recording/forget/",
    "/console/recordings/recording/upload/",
    "/console/go/?q=no-such-thing-anywhere",
    "/console/go/?q=order",
    "/console/audit/",
    "/console/audit/?since=2020-01-01&until=2020-01-02&request_id=no",
    "/console/audit/?since=2020-01-01&until=2020-01-02",
    "/console/audit/retention/",
    "/console/audit/exports/",
    "/console/audit/exports/?action=7&since=2026-11-01",
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
    f"/platform/tenants/tenant/{ACME.id}/",
    f"/platform/tenants/tenant/{ACME.id}/close/",
    f"/platform/tenants/tenant/{PLATFORM.id}/",
    "/platform/tenants/statechange/",
)


def walk(page: Page, console: Served, size: str) -> None:
    for path in ("/sign-in/", "/forgot/", "/join/" + "x" * 43 + "/"):
        page.goto(console.acme + path)
        look(page, f"{size} {path}")
    enter(page, console.acme, ALICE)
    for path in OF_ALICE:
        page.goto(console.acme + path)
        look(page, f"{size} {path}")
    for listing, row, name in (
        ("accounts/user/", "Bob", "person"),
        ("accounts/token/", "Nightly report", "token"),
        ("account/tokens/", "CI of the shop", "own token"),
        ("recordings/recording/", "Redeem a voucher", "recording ready"),
        ("recordings/recording/", "Track an order", "recording worked on"),
        ("recordings/recording/", "Report a damage", "recording failed"),
        ("recordings/recording/", "Write a review", "recording held"),
        ("recordings/recording/?state__exact=discarded", re.compile("^Recording [0-9a-f]{8}"), "recording discarded"),
    ):
        page.goto(f"{console.acme}/console/{listing}")
        page.get_by_role("link", name=row).click()
        look(page, f"{size} {name}")
        if name == "person":
            page.get_by_role("link", name="All of it").click()
            look(page, f"{size} history")
    page.goto(f"{console.acme}/console/recordings/recording/")
    page.get_by_role("link", name="Track an order").click()
    page.get_by_role("link", name="Discard…").click()
    look(page, f"{size} discard one")
    page.go_back()
    page.get_by_role("link", name="Place a hold…").click()
    look(page, f"{size} hold")
    page.goto(f"{console.acme}/console/recordings/recording/")
    page.get_by_label("Choose Report a damage").check()
    page.get_by_label("Choose Write a review").check()
    page.get_by_label("With those chosen").select_option(label="Discard…")
    page.get_by_role("button", name="Apply").click()
    look(page, f"{size} discard several")
    page.goto(f"{console.acme}/console/audit/?object_type=accounts.user&action=1")
    page.locator("main tbody a").first.click()
    look(page, f"{size} audit entry")
    enter(page, console.platform, SAM)
    for path in OF_SAM:
        page.goto(console.platform + path)
        look(page, f"{size} {path}")


@pytest.mark.parametrize(("scheme", "size"), [*SAMPLE, *WHOLE])
def test_no_page_says_a_word_in_the_browsers_console(
    browser: Browser, console: Served, scheme: str, size: str, soak: bool
) -> None:
    if (scheme, size) in WHOLE and not soak:
        pytest.skip("the other half of the schemes and sizes: script/soak")
    width, height = SIZES[size]
    context = browser.new_context(
        locale="en-GB",
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=size == "narrow",
    )
    page = context.new_page()
    said = complaints(page)
    elsewhere: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith((console.acme, console.platform)):
            elsewhere.append(request.url)

    page.on("request", watch)
    walk(page, console, f"{scheme} {size}")
    assert said == []
    assert elsewhere == []
    context.close()


def test_forms_work_without_scripts(browser: Browser, console: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(page, console.acme, ALICE)
    page.goto(console.acme + "/console/account/")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Your name is changed."
    context.close()
