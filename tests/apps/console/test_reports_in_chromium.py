"""Reports in a real browser: a schedule is made and looked at, an address added, a picture put on it, a report sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.apps.compliance.reports.pictures import png
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.cast import ALICE

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

_WORK = """
from django.conf import settings
from apps.compliance.reports import working
from apps.compliance.reports.models import Mailing
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
with behind(walls_of(ALICE)):
    for report in working.waiting():
        working.work(report)
    assert Mailing.objects.filter(state="sent").count() == 2  # an owner, a compliance officer
"""


def test_alice_has_a_report_sent_and_sees_what_was_in_it(console: Served, browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(png(120, 40))
    (tmp_path / "large.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 10_000_000)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = context.new_page()
    said = complaints(page)
    enter(page, console.acme, ALICE)
    page.goto(f"{console.acme}/console/reports/")
    expect(page.get_by_role("heading", name="No report comes yet")).to_be_visible()
    look(page, "wide reports none")
    page.get_by_role("link", name="New schedule", exact=True).click()
    page.get_by_label("Name").fill("For the board <b>")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    look(page, "wide reports new")
    page.get_by_role("button", name="Make the schedule").click()
    expect(page.get_by_role("heading", name="For the board <b>")).to_be_visible()
    expect(page.get_by_text("Mondays at 08:00")).to_be_visible()
    page.get_by_label("E-mail address").fill("dora@partner.example")
    page.get_by_role("button", name="Ask it", exact=True).click()
    expect(page.get_by_role("cell", name="dora@partner.example", exact=True)).to_be_visible()

    page.goto(f"{console.acme}/console/reports/letterhead/")
    page.get_by_label("File").set_input_files(tmp_path / "large.png")
    expect(page.get_by_text("10,000,008 bytes")).to_be_visible()
    expect(page.get_by_role("button", name="Put it on the reports")).to_be_disabled()
    page.get_by_label("File").set_input_files(tmp_path / "logo.png")
    page.get_by_role("button", name="Put it on the reports").click()
    expect(page.get_by_text("120 by 40 pixels")).to_be_visible()
    look(page, "wide reports letterhead")

    page.goto(f"{console.acme}/console/reports/")
    page.get_by_role("link", name="For the board <b>").click()
    look(page, "wide reports schedule")
    with context.expect_page() as opened:
        page.get_by_role("link", name="Mail", exact=True).click()
    mail = opened.value
    mail_said = complaints(mail)
    mail.reload()
    expect(mail.get_by_role("heading", name="Compliance of Acme")).to_be_visible()
    assert mail.evaluate("document.images[0].naturalWidth") == 120, "the picture is in it"
    shown: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 800), ("dark", 800), ("dark", 390))
    for scheme, width in shown:
        mail.emulate_media(color_scheme=scheme)
        mail.set_viewport_size({"width": width, "height": 900})
        look_at_mail(mail, f"mail {scheme} {width}")
    mail.close()

    page.get_by_role("button", name="Send now").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_text("It is composed and mailed now.")).to_be_visible()
    console.run(_WORK)
    page.reload()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    look(page, "narrow reports schedule")
    page.locator("table").last.get_by_role("link").first.click()
    expect(page.get_by_role("cell", name="alice@acme.example")).to_be_visible()
    look(page, "narrow reports report")
    page.goto(f"{console.acme}/console/reports/")
    look(page, "narrow reports")
    assert said == [] and mail_said == []


def look_at_mail(page: Page, name: str) -> None:
    """As ``look``, without the console's own order of headings and landmarks: a mail has none."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    if folder := os.environ.get("SPECWARD_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name.replace(' ', '-')}.png", full_page=True)
