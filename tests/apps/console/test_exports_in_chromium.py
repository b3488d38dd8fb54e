"""Cora exports the log in a browser: she asks, the page follows the worker, her file is verified by its key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.tenants.roles import Role
from specward.tlog import VerifierKey, verify
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.cast import ALICE, CORA

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]
_SIGN = """
from apps.tenants.walls import behind
from apps.audit.sequencing import sequence
from tests.apps.audit.as_sequencer import sequencer
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)), sequencer():
    sequence()
    sequence()
"""
_SHOW = """
import datetime
from django.utils import timezone
from apps.audit.exports.models import Format, State
from apps.tenants.walls import behind
from tests.apps.console.exported import an_export
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    refusals = {"action": "refusal", "since": "2026-11-01T00:00:00+00:00"}
    an_export(State.MAKING, Format.BUNDLE, size=120_000, looked=47_000)
    an_export(State.READY, Format.CSV, size=98_112, bytes=31_204_113, entries=412, wanted=refusals)
    an_export(State.FAILED, Format.BUNDLE, size=98_112, reason="export.too_scattered", by_name="Ada")
    an_export(State.EXPIRED, Format.OCSF, size=51_002, bytes=91_000_004, entries=51_002, by_name="Alice")
"""
_HIDE = """
from apps.audit.exports.models import Export
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    Export.objects.filter(state="making").update(state="failed", reason="export.worker_lost")
"""


@pytest.fixture
def some(console: Served) -> Iterator[None]:
    """Exports in each state, for the pictures."""
    console.run(_SHOW)
    yield
    console.run(_HIDE)


def test_cora_asks_for_a_bundle_follows_it_and_verifies_it_with_the_key_of_the_page(
    page: Page, console: Served, tmp_path: Path
) -> None:
    console.run(_SIGN)
    enter(page, console.acme, CORA)
    page.goto(console.acme + "/console/audit/?action=0")
    page.get_by_role("link", name="Export what fits these filters").click()
    expect(page.get_by_label("What was done")).to_have_value("0")
    expect(page.get_by_label(re.compile("^Proof bundle"))).to_be_checked()
    page.get_by_role("button", name="Make the export").click()
    row = page.locator("[data-export]").first
    expect(row).to_contain_text("Waits for a worker")
    look(page, "exports waiting")
    console.worker(Role.APP, "default")
    expect(row.get_by_text("Ready")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("An export has ended.")).to_have_count(1)
    with page.expect_download() as downloading:
        row.get_by_role("link", name=re.compile("^Download Proof bundle")).click()
    file = tmp_path / "bundle.zip"
    downloading.value.save_as(file)
    assert re.fullmatch(
        r"specward-audit-log-proof-\d{4}-\d\d-\d\d-[0-9a-f]{8}\.zip", downloading.value.suggested_filename
    )
    key = VerifierKey.parse(page.locator(".secret code").inner_text())
    report = verify(file, key)
    assert report.findings == []
    assert any(absence.by is None for absence in report.absences)


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_in_any_light_and_on_a_phone(browser: Browser, console: Served, scheme: str, width: int) -> None:
    context = browser.new_context(
        locale="en-GB", viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    said = complaints(page)
    enter(page, console.acme, ALICE)
    page.goto(console.acme + "/console/audit/exports/?action=7&since=2026-11-01")
    expect(page.get_by_role("progressbar").first).to_be_visible()
    look(page, f"exports {scheme} {width}")
    assert said == []
    context.close()


def test_without_scripts_cora_asks_by_the_keyboard_and_loads_again(browser: Browser, console: Served) -> None:
    console.run(_SIGN)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    enter(page, console.acme, CORA)
    page.goto(console.acme + "/console/audit/exports/")
    page.get_by_label(re.compile("^Proof bundle")).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label(re.compile("^JSON lines"))).to_be_checked()
    page.get_by_role("button", name="Make the export").press("Enter")
    expect(page.get_by_text("The export is being made")).to_be_visible()
    expect(page.locator("[data-export]").first).to_contain_text("JSON lines")
    context.close()
