"""The trust page and the room as people see them: wide and narrow, light and dark, with scripts and without."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from apps.tenants.roles import Role
from tests.apps.compliance.documents.papers import dangerous, paper, words_of
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.cast import SAM

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]
_CHECKS = """
from apps.compliance import running
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import SAM
with behind(walls_of(SAM)):
    running.run_due()
"""
_SIZES = (("wide", 1280), ("narrow", 390))


def test_the_trust_page_and_the_docs_are_read_without_scripts(console: Served, browser: Browser) -> None:
    console.run(_CHECKS)
    for scheme in ("light", "dark"):
        for size, width in _SIZES:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=False
            )
            page = context.new_page()
            said = complaints(page)
            page.goto(f"{console.platform}/trust/")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.get_by_role("article")).to_have_count(6)
            look(page, f"trust {scheme} {size}")
            page.locator("#P2").get_by_role("link", name="How it works").click()
            expect(page.get_by_role("heading", name="§2 Encryption")).to_be_in_viewport()
            look(page, f"trust docs {scheme} {size}")
            assert said == [] and context.cookies() == []
            context.close()


def test_a_document_is_put_into_the_room_asked_for_and_downloaded(
    console: Served, browser: Browser, tmp_path: Path
) -> None:
    console.worker(Role.APP, "default")
    good, bad = tmp_path / "report.pdf", tmp_path / "bad.pdf"
    good.write_bytes(paper(0, 90))
    bad.write_bytes(dangerous()["runs a script when it is opened"][0])
    sam = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    said = complaints(sam)
    enter(sam, console.platform, SAM)
    sam.goto(f"{console.platform}/platform/compliance/document/")
    look(sam, "documents none")
    sam.get_by_role("link", name="New document").first.click()
    sam.get_by_label("Title").fill("Summary of a penetration test")
    sam.get_by_label("Kind").select_option("pentest")
    sam.get_by_label("About").fill("By Hooli, October 2026")
    sam.get_by_role("button", name="Go on to the file").click()
    sam.get_by_label("PDF").set_input_files(bad)
    sam.get_by_role("button", name="Put it into the room").click()
    expect(sam.get_by_role("status").filter(has_text="It holds JavaScript.")).to_be_visible()
    look(sam, "document refused")
    sam.get_by_label("PDF").set_input_files(good)
    sam.get_by_role("button", name="Put it into the room").click()
    expect(sam.get_by_role("heading", name="File", exact=True)).to_be_visible()
    look(sam, "document")

    dora = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    dora.goto(f"{console.platform}/trust/documents/")
    dora.get_by_label("Summary of a penetration test").check()
    dora.get_by_label("Your name").fill("Dora <b>Döring</b>")
    dora.get_by_label("Company").fill("Initech")
    look(dora, "ask")
    dora.get_by_label("E-mail address").fill("dora@initech.example")
    dora.get_by_role("button", name="Send the request").click()
    expect(dora.get_by_role("heading", name="Look into your mail")).to_be_visible()
    look(dora, "asked")
    dora.goto(console.link_to("dora@initech.example", "/trust/confirm/"))
    look(dora, "confirm")
    dora.get_by_role("button", name="Confirm the request").click()
    expect(dora.get_by_role("heading", name="Thank you")).to_be_visible()

    sam.goto(f"{console.platform}/platform/compliance/documentrequest/")
    look(sam, "requests")
    sam.get_by_role("link", name="Dora <b>Döring</b>").click()
    look(sam, "request")
    sam.get_by_role("button", name="Approve, and mail the link").click()
    expect(sam.get_by_text("The link is on its way")).to_be_visible()

    link = console.link_to("dora@initech.example", "/trust/documents/")
    dora.goto(link)
    look(dora, "download")
    with dora.expect_download() as downloading:
        dora.get_by_role("button", name="Download a copy").click()
    copy = Path(downloading.value.path()).read_bytes()
    assert all("Dora <b>Döring</b>" in words for words in words_of(copy))

    sam.reload()
    look(sam, "request approved")
    sam.get_by_label("Reason").fill("The contract was not signed.")
    sam.get_by_role("button", name="Revoke").click()
    expect(sam.get_by_text("The link gives nothing any more.")).to_be_visible()
    dora.goto(link)
    expect(dora.get_by_text("This link was revoked.")).to_be_visible()
    look(dora, "revoked")
    assert said == []
    for page in (sam, dora):
        page.context.close()
