"""A spec is reviewed in a browser: read, edited wrongly, edited beyond the recording, approved, exported."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.cast import ALICE, BOB, CORA, MALLORY

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

MAKE = """
from pathlib import Path
from django.conf import settings
settings.OBJECT_FOLDER = Path({folder!r})
from apps.specs import generation
from tests.apps.recordings.conftest import packed, upload
from tests.apps.signing_in import user, walls_of
from apps.tenants.walls import behind
from apps.specs.tasks import generate_spec
from tests.cast import ALICE
generate_spec.delay = lambda id: None
with behind(walls_of(ALICE)):
    for name in ("sign-in", "subscribe", "buy-by-courier"):
        generation.generate(upload(packed(name), user(ALICE)).id)
"""


@pytest.fixture(scope="module")
def specs(console: Served, tmp_path_factory: pytest.TempPathFactory) -> Served:
    console.run(MAKE.format(folder=str(tmp_path_factory.mktemp("objects"))))
    return console


def open_spec(page: Page, console: Served, title: str) -> None:
    page.goto(console.acme + "/console/specs/spec/")
    page.get_by_role("link", name=title).click()
    page.wait_for_load_state()


def test_alice_reads_edits_and_has_bob_approve(page: Page, browser: Browser, specs: Served) -> None:
    enter(page, specs.acme, ALICE)
    page.goto(specs.acme + "/console/specs/spec/")
    look(page, "specs")
    open_spec(page, specs, "Things to drink from: click Sign in")
    expect(page.locator(".source")).to_contain_text('click(role("link", name="Sign in"))')
    expect(page.locator(".origins").first).to_contain_text("Opened the page")
    expect(page.locator(".origins").nth(1)).to_contain_text("The address became /login")
    look(page, "spec")
    page.locator(".origins summary").nth(1).click()
    expect(page.locator(".origins .locators").nth(1)).to_be_visible()
    address = page.url

    page.get_by_role("link", name="Edit", exact=True).click()
    editor = page.get_by_label("The spec", exact=True)
    text = editor.input_value()
    editor.fill(text.replace('    click(role("link"', '    clack(role("link"', 1))
    page.get_by_role("button", name="Save as version 2").click()
    verdict = page.get_by_role("alert")
    expect(verdict).to_contain_text("Not kept")
    line = text.splitlines().index('    click(role("link", name="Sign in"))') + 1
    where = verdict.get_by_role("link", name=f"Line {line}, column 5")
    look(page, "spec edit wrong")
    where.click()
    chosen = (
        "document.activeElement.value.slice(...['selectionStart','selectionEnd'].map(k=>document.activeElement[k]))"
    )
    assert page.evaluate(chosen) == 'clack(role("link", name="Sign in"))'

    editor = page.get_by_label("The spec", exact=True)
    beyond = text + '    expect_visible(role("heading", name="You have won"))\n'
    editor.fill(beyond)
    editor.press("Control+Enter")
    expect(page.locator("#verdict")).to_contain_text("beyond the recording")
    expect(page.locator(".compare .added")).to_have_count(1)
    look(page, "spec edit beyond")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.get_by_role("status")).to_contain_text("somebody else has to approve it")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("ask a colleague")
    look(page, "spec beyond")
    page.get_by_role("link", name="What changed").click()
    expect(page.locator(".compare .added")).to_contain_text("You have won")
    look(page, "spec changes")

    bobs = browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844}, color_scheme="dark")
    his = bobs.new_page()
    said = complaints(his)
    enter(his, specs.acme, BOB)
    his.goto(address)
    look(his, "narrow dark spec beyond")
    his.get_by_role("button", name="Approve").click()
    expect(his.get_by_role("status")).to_contain_text("Version 2 is approved")
    his.get_by_role("link", name="Edit", exact=True).click()
    look(his, "narrow dark spec edit")
    his.goto(address + "changes/?from=1&to=2")
    look(his, "narrow dark spec changes")
    assert said == []
    bobs.close()

    page.goto(address)
    expect(page.locator(".versions")).to_contain_text("Approved by Bob")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="TypeScript project (zip)").click()
    names = zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes())).namelist()
    assert any(re.fullmatch(r"tests/.+\.spec\.ts", name) for name in names)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="The spec itself").click()
    assert Path(downloading.value.path()).read_text() == beyond


def test_a_spec_is_found_by_its_words_and_retired(page: Page, specs: Served) -> None:
    enter(page, specs.acme, ALICE)
    page.goto(specs.acme + "/console/specs/spec/")
    page.get_by_label("Search").fill("subscribe")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("main tbody tr")).to_have_count(1)
    page.locator("main tbody a").click()
    page.get_by_role("button", name="Retire").click()
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("status")).to_contain_text("The spec is retired")
    look(page, "spec retired")
    page.goto(specs.acme + "/console/specs/spec/?state=retired")
    expect(page.locator("main tbody tr")).to_have_count(1)


def test_cora_reads_and_changes_nothing(page: Page, specs: Served) -> None:
    enter(page, specs.acme, CORA)
    open_spec(page, specs, "Place the order")
    for name in ("Approve", "Retire"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    answer = page.goto(page.url + "edit/")
    assert answer is not None and answer.status == 403


def test_mallory_finds_nothing_of_alices(page: Page, browser: Browser, specs: Served) -> None:
    enter(page, specs.acme, ALICE)
    open_spec(page, specs, "Place the order")
    path = page.url.removeprefix(specs.acme)
    context = browser.new_context()
    hers = context.new_page()
    enter(hers, specs.at(MALLORY), MALLORY)
    for further in ("", "edit/", "changes/", "history/", "export/spec/"):
        answer = hers.goto(specs.at(MALLORY) + path + further)
        assert answer is not None and answer.status == 404
    hers.goto(specs.at(MALLORY) + "/console/specs/spec/")
    expect(hers.locator("main")).to_contain_text("No specs yet")
    look(hers, "no specs yet")
    context.close()
