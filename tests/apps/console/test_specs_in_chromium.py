"""Alice's day: she uploads a session, watches it, reviews its spec with Bob, and exports it; and Mallory's, who finds
nothing of it anywhere."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.tenants.roles import Role
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.apps.console.test_uploading_in_chromium import drop, row
from tests.cast import ALICE, BOB, CORA, MALLORY

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

CLICKED = 'click(role("link", name="Track an order"))'
_AN_ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}")
_ADDRESSES = """main => [...main.querySelectorAll('a[href]')]
    .map(link => new URL(link.href)).map(url => url.pathname + url.search)"""
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
    for name in ("subscribe", "buy-by-courier"):
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


def test_alices_day_and_mallorys(page: Page, browser: Browser, specs: Served) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.removeprefix(specs.acme)))
    specs.worker(Role.APP, "default")
    enter(page, specs.acme, ALICE)
    page.get_by_role("navigation", name="Pages", exact=True).get_by_role("link", name="Recordings").click()
    page.get_by_role("link", name="Upload recordings").first.click()
    drop(page, "track-an-order")
    sent = row(page, "track-an-order.json.gz")
    expect(sent).to_have_class("ready", timeout=120_000)
    sent.get_by_role("link", name="Look at it").click()
    expect(page.locator("main")).to_contain_text("It waits for somebody to read and approve it.")
    page.get_by_role("link", name="The spec", exact=True).click()
    page.wait_for_load_state()
    expect(page.locator(".source")).to_contain_text(CLICKED)
    expect(page.locator(".origins").first).to_contain_text("Opened the page")
    expect(page.locator(".origins").nth(1)).to_contain_text("The address became")
    look(page, "spec")
    page.locator(".origins summary").first.click()
    expect(page.locator(".origins details[open]")).to_be_visible()
    address = page.url

    page.get_by_role("link", name="Edit", exact=True).click()
    editor = page.get_by_label("The spec", exact=True)
    text = editor.input_value()
    editor.fill(text.replace(CLICKED, CLICKED.replace("click", "clack"), 1))
    page.get_by_role("button", name="Save as version 2").click()
    verdict = page.get_by_role("alert")
    expect(verdict).to_contain_text("Not kept")
    line = text.splitlines().index(f"    {CLICKED}") + 1
    where = verdict.get_by_role("link", name=f"Line {line}, column 5")
    look(page, "spec edit wrong")
    where.click()
    chosen = editor.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert chosen == CLICKED.replace("click", "clack")

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

    for opened in (address, specs.acme + next(path for path in asked if path.endswith("/state/"))[: -len("state/")]):
        page.goto(opened)
        asked |= set(page.locator("main").evaluate(_ADDRESSES))
    of_alice = sorted(path for path in asked if _AN_ID.search(path))
    assert len(of_alice) >= 15, of_alice
    context = browser.new_context()
    hers = context.new_page()
    enter(hers, specs.at(MALLORY), MALLORY)
    for path in of_alice:
        assert hers.evaluate("path => fetch(path).then(answer => answer.status)", path) == 404, path
    for listing in ("recordings/recording", "specs/spec"):
        hers.goto(f"{specs.at(MALLORY)}/console/{listing}/")
        expect(hers.locator("main .empty h2")).to_be_visible()
    look(hers, "no specs yet")
    context.close()


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
