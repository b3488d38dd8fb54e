"""Recordings are uploaded in a real browser, to real workers, over lines that break."""

from __future__ import annotations

import base64
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from apps.tenants.roles import Role
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served, served
from tests.apps.recordings.conftest import SHOP, packed
from tests.cast import ACME, ALICE, BOB

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]
UPLOAD = "/console/recordings/recording/upload/"
_DROP = """([files, size]) => {
    const held = new DataTransfer();
    for (const [name, content] of files)
        held.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
    for (let i = 0; i < size; i++) held.items.add(new File(['[]'], `${i}.json`));
    return held;
}"""


_IS_KEPT_FROM_THE_BROWSER = """held => {
    const event = new DragEvent('drop', {dataTransfer: held, bubbles: true, cancelable: true});
    return !document.querySelector('h1').dispatchEvent(event);
}"""


def drop(page: Page, *names: str, more: int = 0) -> None:
    """Drops recordings of the shop, and so many more files."""
    files = [[f"{name}.json.gz", base64.b64encode(packed(name)).decode()] for name in names]
    held = page.evaluate_handle(_DROP, [files, more])
    for kind in ("dragenter", "dragover"):
        page.dispatch_event("[data-drop]", kind, {"dataTransfer": held})
    expect(page.locator("[data-drop]")).to_have_class(re.compile("over"))
    page.dispatch_event("[data-drop]", "drop", {"dataTransfer": held})


def row(page: Page, name: str) -> Locator:
    return page.locator("[data-files] li").filter(has_text=name)


@pytest.fixture(scope="module")
def console(django_db_setup: None, worker_id: str) -> Iterator[Served]:
    """One of these tests' own: what anybody else has uploaded would be a duplicate here."""
    with served(f"test_uploading_{worker_id}") as serving:
        yield serving


@pytest.fixture
def bobs(page: Page, console: Served) -> Page:
    """Bob at the upload page."""
    enter(page, console.acme, BOB)
    page.goto(console.acme + UPLOAD)
    return page


@pytest.fixture
def on_a_bad_line(browser: Browser, console: Served) -> Iterator[Page]:
    """The same, where the browser may complain of the line, and of nothing else."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    said = complaints(opened)
    enter(opened, console.acme, ALICE)
    opened.goto(console.acme + UPLOAD)
    yield opened
    context.close()
    assert [line for line in said if "net::ERR_" not in line] == []


def test_bob_uploads_a_session_and_the_page_follows_it_until_its_spec_is_ready(bobs: Page, console: Served) -> None:
    bobs.get_by_label("Id of the recorded person").fill("customer-7")
    bobs.get_by_label("Drop recordings here or choose them").set_input_files(SHOP / "sign-in.json.gz")
    sent = row(bobs, "sign-in.json.gz")
    expect(sent).to_have_class(re.compile("following|ready"), timeout=20_000)
    look(bobs, "upload received")
    console.worker(Role.APP, "default")
    expect(sent).to_have_class("ready", timeout=90_000)
    expect(sent.locator(".file-says")).to_have_text("Its spec is ready")
    expect(bobs.locator("[data-told]")).to_have_text("1 ready")
    look(bobs, "upload ready")
    sent.get_by_role("link", name="Look at it").click()
    expect(bobs.locator("main")).to_contain_text("It waits for somebody to read and approve it.")
    bobs.get_by_role("link", name="The spec", exact=True).click()
    expect(bobs.get_by_role("navigation", name="Pages", exact=True).locator("[aria-current]")).to_have_text("Specs")


_MADE = """
from apps.recordings.models import Recording, State
from apps.tenants.walls import behind
from tests.apps.console.recorded import a_recording
from tests.apps.signing_in import walls_of
from tests.cast import BOB
with behind(walls_of(BOB)):
    a_recording("Followed.json", State.GENERATING, step="tracing")
"""
_NEXT = """
from django.utils import timezone
from apps.recordings.models import Recording
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import BOB
with behind(walls_of(BOB)):
    Recording.objects.filter(id="{id}").update({columns})
"""


def test_a_recordings_page_follows_its_life_without_being_loaded_again(bobs: Page, console: Served) -> None:
    console.run(_MADE)
    bobs.goto(console.acme + "/console/recordings/recording/?q=followed")
    bobs.get_by_role("link", name="Followed.json").click()
    made = bobs.locator(".life [data-step=made]")
    expect(made).to_contain_text("Reading what was done")
    bobs.evaluate("document.body.dataset.same = 'yes'")
    id = bobs.url.rstrip("/").rsplit("/", 1)[-1]
    console.run(_NEXT.format(id=id, columns="step='writing'"))
    expect(made).to_contain_text("Writing the spec")
    expect(bobs.locator("[data-told]")).to_have_text("")
    look(bobs, "recording followed")
    console.run(_NEXT.format(id=id, columns="step='', state='specified', specified=timezone.now()"))
    expect(bobs.locator(".life .done")).to_have_count(3)
    expect(bobs.locator("[data-badge]")).to_have_text("Specified")
    expect(bobs.locator("[data-told]")).to_have_text("Specified")
    expect(bobs.locator(".follows")).to_have_count(0)
    assert bobs.evaluate("document.body.dataset.same") == "yes", "It was loaded again."


def test_a_duplicate_leads_to_the_first_and_a_refusal_says_why_and_what_to_do(
    bobs: Page, console: Served, tmp_path: Path
) -> None:
    chooser = bobs.get_by_label("Drop recordings here or choose them")
    chooser.set_input_files(SHOP / "subscribe.json.gz")
    expect(row(bobs, "subscribe")).to_have_class(re.compile("following|ready"), timeout=20_000)
    first = row(bobs, "subscribe").get_by_role("link").get_attribute("href")
    letter = tmp_path / "letter <img src=x>.json"
    letter.write_text("Dear Bob, this is no recording.", "utf-8")
    empty = tmp_path / "empty.json"
    empty.touch()
    again = tmp_path / "again.json.gz"
    again.write_bytes((SHOP / "subscribe.json.gz").read_bytes())
    chooser.set_input_files([again, letter, empty])
    same = row(bobs, "again.json.gz")
    expect(same).to_have_class("duplicate", timeout=20_000)
    expect(same).to_contain_text("These bytes were uploaded before")
    assert same.get_by_role("link", name="Look at the first one").get_attribute("href") == first
    refused = row(bobs, "letter")
    expect(refused).to_have_class("refused", timeout=20_000)
    expect(refused).to_contain_text("This is no recording that can be read")
    expect(refused).to_contain_text("Upload the events of one session")
    expect(row(bobs, "empty.json")).to_contain_text("It is empty, or a folder")
    assert bobs.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    assert "Dear Bob" not in bobs.locator("main").inner_text()
    expect(bobs.locator("[data-told]")).to_contain_text("3 not taken")
    look(bobs, "upload refused")
    bobs.set_viewport_size({"width": 390, "height": 844})
    bobs.emulate_media(color_scheme="dark")
    look(bobs, "upload refused dark narrow")


def test_files_are_dropped_two_are_sent_at_a_time_and_ten_thousand_are_refused(bobs: Page, console: Served) -> None:
    under_way = most = 0

    def began(request: Request) -> None:
        nonlocal under_way, most
        if request.method == "PATCH":
            under_way += 1
            most = max(most, under_way)

    def ended(request: Request) -> None:
        nonlocal under_way
        under_way -= request.method == "PATCH"

    bobs.on("request", began)
    bobs.on("requestfinished", ended)
    drop(bobs, "leave-a-note", "choose-mail", "keep-an-address", "read-the-terms")
    for name in ("leave-a-note", "choose-mail", "keep-an-address", "read-the-terms"):
        expect(row(bobs, name)).to_have_class(re.compile("following|ready"), timeout=60_000)
    assert most == 2
    drop(bobs, more=10_000)
    expect(bobs.get_by_role("alert")).to_contain_text("10,000 files at once are too many for a page: it takes 200")
    expect(bobs.locator("[data-files] li")).to_have_count(4)
    look(bobs, "upload too many")
    beside = bobs.evaluate_handle(_DROP, [[], 1])
    assert bobs.evaluate(_IS_KEPT_FROM_THE_BROWSER, beside), "The browser would show the file in place of the page."
    expect(bobs.locator("[data-files] li")).to_have_count(4)


def test_after_a_line_that_broke_an_upload_goes_on_where_the_server_says(on_a_bad_line: Page, console: Served) -> None:
    page = on_a_bad_line
    whole = len(packed("buy-by-courier"))
    part = whole // 5
    offsets: list[int] = []

    def line(route: Route) -> None:
        if route.request.method != "PATCH":
            route.continue_()
            return
        offsets.append(int(route.request.headers["upload-offset"]))
        if len(offsets) == 2:
            route.abort("connectionreset")  # it never comes to the server
        elif len(offsets) == 4:
            # It comes, and the answer is lost. Only browsers know where acme.localhost is.
            there = route.request.url.replace(ACME.host, "127.0.0.1")
            headers = {**route.request.all_headers(), "host": f"{ACME.host}:{console.port}"}
            assert route.fetch(url=there, headers=headers).status == 200
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/v1/recordings/uploads/*", line)
    page.evaluate(f"document.querySelector('[data-uploads]').dataset.part = '{part}'")
    drop(page, "buy-by-courier")
    sent = row(page, "buy-by-courier")
    expect(sent).to_contain_text("The line is lost. It goes on in 1 s, where it stopped.")
    look(page, "upload line lost")
    expect(sent).to_have_class(re.compile("following|ready"), timeout=30_000)
    assert offsets == [0, part, part, 2 * part, 3 * part, 4 * part, *([5 * part] if whole > 5 * part else [])]
    page.unroute("**/api/v1/recordings/uploads/*")


def test_a_long_session_goes_in_parts_of_eight_mebibytes_and_shows_how_far_it_is(
    bobs: Page, console: Served, tmp_path: Path
) -> None:
    long = tmp_path / "long.json"
    long.write_bytes(gzip.decompress(packed("filter-the-shelf")) + b" " * (20 * 1024 * 1024))
    offsets: list[int] = []
    bobs.on("request", lambda r: offsets.append(int(r.headers["upload-offset"])) if r.method == "PATCH" else None)
    bobs.evaluate("""() => {
        const seen = window.seen = new Set();
        const look = () => seen.add(document.querySelector('[data-files] progress')?.value);
        new MutationObserver(look).observe(document.querySelector('[data-files]'), {subtree: true, childList: true});
    }""")
    bobs.get_by_label("Drop recordings here or choose them").set_input_files(long)
    expect(row(bobs, "long.json")).to_have_class(re.compile("following|ready"), timeout=60_000)
    assert offsets == [0, 8 * 1024 * 1024, 16 * 1024 * 1024]
    assert bobs.evaluate("[...seen].filter((value) => value > 0 && value < 20 * 1024 * 1024).length") >= 2


def test_an_upload_whose_line_stays_away_waits_to_be_tried_again_and_can_be_cancelled(
    on_a_bad_line: Page, console: Served
) -> None:
    page = on_a_bad_line
    deleted: list[str] = []
    page.on("request", lambda request: deleted.append(request.url) if request.method == "DELETE" else None)
    page.route("**/api/v1/recordings/uploads/*", lambda r: r.continue_() if r.request.method == "DELETE" else r.abort())
    page.evaluate("Sending.tries = 3")
    drop(page, "delete-an-address")
    sent = row(page, "delete-an-address")
    for _ in range(2):
        sent.get_by_role("button", name="Try now").click(timeout=20_000)
    expect(sent).to_have_class("refused")
    expect(sent).to_contain_text("What was sent is kept for an hour.")
    page.unroute("**/api/v1/recordings/uploads/*")
    sent.get_by_role("button", name="Go on").click()
    expect(sent).to_have_class(re.compile("following|ready"), timeout=20_000)
    page.route("**/api/v1/recordings/uploads/*", lambda r: r.continue_() if r.request.method == "DELETE" else r.abort())
    drop(page, "empty-the-cart")
    sent = row(page, "empty-the-cart")
    expect(sent).to_have_class("lost", timeout=20_000)
    sent.get_by_role("button", name="Cancel").focus()
    page.keyboard.press("Enter")
    expect(sent).to_have_class("cancelled")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Send it after all")
    assert len(deleted) == 1
    page.unroute("**/api/v1/recordings/uploads/*")


def test_an_upload_needs_no_mouse(bobs: Page, console: Served) -> None:
    bobs.on("filechooser", lambda _: None)  # from here on the browser shows none of its own
    bobs.locator("main").focus()
    for _ in range(8):
        bobs.keyboard.press("Tab")
        if bobs.evaluate("document.activeElement.id") == "files":
            break
    ring = "getComputedStyle(document.activeElement).outlineStyle + document.activeElement.id"
    assert bobs.evaluate(ring) == "solidfiles"
    with bobs.expect_file_chooser() as choosing:
        bobs.keyboard.press("Enter")
    choosing.value.set_files(SHOP / "write-a-review.json.gz")
    expect(row(bobs, "write-a-review")).to_have_class(re.compile("following|ready"), timeout=20_000)
    for _ in range(6):
        bobs.keyboard.press("Tab")
        if "write-a-review" in (bobs.evaluate("document.activeElement.getAttribute('aria-label')") or ""):
            break
    bobs.keyboard.press("Enter")
    expect(bobs.get_by_role("heading", level=1)).to_have_text("write-a-review.json.gz")


def test_without_scripts_the_page_says_what_to_do_and_a_recording_can_be_held_and_discarded(
    browser: Browser, console: Served
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    enter(page, console.acme, ALICE)
    page.goto(console.acme + UPLOAD)
    expect(page.get_by_role("heading", name="Without scripts")).to_be_visible()
    expect(page.locator("[data-drop]")).to_be_hidden()
    expect(page.get_by_text("curl -X PATCH")).to_be_visible()
    page.get_by_role("link", name="Go to…").click()
    page.get_by_label("Where to?").first.fill("report a damage")
    page.locator("main").get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Report a damage").click()
    page.get_by_role("link", name="Place a hold…").click()
    page.get_by_label("Why").fill("Matter 8")
    page.get_by_role("button", name="Place the hold").click()
    expect(page.locator("main")).to_contain_text("It is under a legal hold")
    page.get_by_role("button", name="Lift the hold").click()
    expect(page.locator("main")).to_contain_text("The hold is lifted")
    context.close()
