"""What people do in a browser, from its first page to its last: with real mail, real workers and the real policy."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from apps.tenants.roles import Role
from tests.apps.console.looking import enter, look, sign_in
from tests.apps.console.serving import Served
from tests.cast import ALICE, BOB, CORA, SAM

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]
NEW_PASSWORD = "another horse of quite some age"


def choose_password(page: Page, password: str) -> None:
    page.get_by_label("New password").fill(password)
    page.get_by_label("The same again").fill(password)


def test_erin_joins_by_the_link_of_a_mail_and_chooses_another_password_when_she_forgot_hers(
    page: Page, console: Served
) -> None:
    console.worker(Role.APP, "default")
    erin = "erin@acme.example"
    enter(page, console.acme, ALICE)
    page.goto(console.acme + "/console/accounts/user/invite/")
    page.get_by_label("E-mail address").fill(erin)
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    joining = console.link_to(erin)
    page.goto(joining)
    expect(page.get_by_role("heading", level=1)).to_have_text("Join Acme")
    look(page, "join")
    page.get_by_label("Your name").fill("Erin")
    choose_password(page, "too short")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_contain_text("too short")
    choose_password(page, "battery of horses, staple")
    page.get_by_role("button", name="Join").click()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, console.acme, erin, "battery of horses, staple")
    expect(page.get_by_role("navigation", name="Pages", exact=True)).to_contain_text("Erin")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill(erin)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_text("a mail with a link is on its way")).to_be_visible()
    look(page, "forgot sent")
    page.goto(joining)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link is not valid any more")
    page.goto(console.link_to(erin, "/reset/"))
    choose_password(page, NEW_PASSWORD)
    look(page, "reset")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your password is changed")
    sign_in(page, console.acme, erin, "battery of horses, staple")
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    sign_in(page, console.acme, erin, NEW_PASSWORD)
    expect(page.get_by_role("navigation", name="Pages", exact=True)).to_contain_text("Erin")


def test_sam_watches_a_tenant_being_made_suspends_it_closes_it_and_calls_that_off(page: Page, console: Served) -> None:
    console.worker(Role.MIGRATOR, "provisioning")
    enter(page, console.platform, SAM)
    page.goto(console.platform + "/platform/tenants/provisioning/new/")
    page.get_by_label("Name of the customer").fill("Initech")
    page.get_by_label("Host").fill("initech.localhost")
    page.get_by_label("First owner", exact=True).fill("Ines")
    page.get_by_label("E-mail address of the first owner").fill("ines@initech.example")
    page.get_by_role("button", name="Make the tenant").click()
    expect(page.get_by_text("This page follows by itself")).to_be_visible()
    look(page, "provisioning under way")
    expect(page.locator(".steps .done")).to_have_count(5, timeout=120_000)
    expect(page.get_by_role("status")).to_have_text("Done")
    look(page, "provisioning done")
    page.goto(console.platform + "/platform/tenants/tenant/")
    page.get_by_role("link", name="Initech").click()
    tenant = page.url

    def ask(link: str, button: str, *, typed: str = "Initech") -> None:
        page.goto(tenant)
        page.get_by_role("link", name=link).click()
        page.get_by_label("Why").fill("Unpaid since spring")
        page.get_by_label("Name of the customer").fill(typed)
        page.get_by_role("button", name=button).click()

    ask("Suspend…", "Suspend it", typed="Acme")
    expect(page.get_by_role("alert")).to_contain_text("not the name of the customer")
    look(page, "suspend refused")
    ask("Suspend…", "Suspend it")
    expect(page.get_by_role("status")).to_have_text("Done", timeout=60_000)
    look(page, "suspended")
    ask("Close…", "Close it")
    expect(page.get_by_role("status")).to_have_text("Done", timeout=60_000)
    look(page, "closing")
    page.goto(tenant)
    look(page, "tenant closing")
    ask("Call off the closing…", "Call it off")
    expect(page.get_by_role("status")).to_have_text("Done", timeout=60_000)
    page.goto(tenant)
    expect(page.locator(".facts .badge").first).to_have_text("Suspended")
    page.goto(tenant + "history/")
    expect(page.locator("main")).to_contain_text("Asked to close: Unpaid since spring")
    look(page, "history of a tenant")
    page.goto(console.platform + "/platform/tenants/statechange/")
    look(page, "changes")


def test_cora_makes_rotates_and_revokes_a_token(page: Page, console: Served) -> None:
    enter(page, console.acme, CORA)
    page.goto(console.acme + "/console/account/tokens/new/")
    page.get_by_label("Name").fill("Warehouse")
    page.get_by_label("audit.read").check()
    page.get_by_role("button", name="Make the token").click()
    first = page.locator("#secret").inner_text()
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("link", name="Warehouse").click()
    page.get_by_role("button", name="Rotate").click()
    second = page.locator("#secret").inner_text()
    assert first.startswith("swd_") and second.startswith("swd_") and first != second
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("link", name="Warehouse").first.click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("dialog")).to_contain_text("Revoke Warehouse?")
    look(page, "confirm")
    page.get_by_role("button", name="No").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("status")).to_contain_text("Warehouse is revoked.")
    expect(page.get_by_role("row", name="Warehouse").filter(has_text="Revoked")).to_have_count(1)


def test_alice_ends_one_of_bobs_sessions_and_lets_him_try_again_after_too_many(page: Page, console: Served) -> None:
    bobs = page.context.browser.new_context()  # type: ignore[union-attr]
    bob = bobs.new_page()
    enter(bob, console.acme, BOB)
    for _ in range(5):
        sign_in(page, console.acme, BOB.email, "not his")
    expect(page.get_by_role("alert")).to_contain_text("paused for a while")
    enter(page, console.acme, ALICE)
    page.goto(console.acme + "/console/accounts/user/")
    page.get_by_role("link", name="Bob").click()
    look(page, "person locked")
    page.get_by_role("button", name="Let them try again").click()
    expect(page.get_by_role("status")).to_contain_text("Bob may try to sign in again.")
    page.get_by_role("button", name="Sign out", exact=True).nth(1).click()
    expect(page.get_by_role("status")).to_contain_text("One browser of Bob is signed out.")
    bob.reload()
    expect(bob.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    sign_in(bob, console.acme, BOB.email, BOB.password)
    bob.wait_for_url(re.compile("/console/$"))
    bobs.close()


def test_a_bulk_action_of_alices_stands_in_the_log_for_each_row(page: Page, console: Served) -> None:
    enter(page, console.acme, ALICE)
    page.goto(console.acme + "/console/accounts/user/?role__exact=auditor")
    page.get_by_label("Choose Ada").check()
    page.get_by_label("With those chosen").select_option(label="Sign out everywhere")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 row chosen")
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("status")).to_contain_text("Ada: signed out.")
