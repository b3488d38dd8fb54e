"""The page of retention in a real browser: a hold is placed and lifted by hand, wide and narrow, light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from apps.tenants.roles import Role
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.cast import CORA

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

_WRITE = """
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    for _ in range(30):
        record(Action.CHECK)
"""
_SEQUENCE = """
from apps.audit.sequencing import sequence
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    sequence()
    sequence()
"""
_KEEP_NOTHING = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("UPDATE public.tenants_plan SET audit_days = 0")
"""
_PRUNE = """
from apps.audit.pruning import prune
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    prune(0, least=1)
"""


def test_cora_sees_what_is_gone_and_holds_what_is_left(console: Served, browser: Browser) -> None:
    console.run(_WRITE)
    console.run(_SEQUENCE, Role.SEQUENCER)
    console.run(_KEEP_NOTHING, Role.MIGRATOR)
    for _ in range(2):
        console.run(_PRUNE, Role.PRUNER)
        console.run(_WRITE)
        console.run(_SEQUENCE, Role.SEQUENCER)
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    said = complaints(page)
    enter(page, console.acme, CORA)
    page.goto(f"{console.acme}/console/audit/retention/")
    expect(page.get_by_text("Deleted; the hashes stay").first).to_be_visible()
    look(page, "wide retention")
    page.get_by_label("Why").fill("Proceedings 7/26")
    page.get_by_role("button", name="Place the hold").click()
    expect(page.get_by_role("cell", name="Proceedings 7/26")).to_be_visible()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_text("Lift it", exact=True).click()
    look(page, "narrow retention held")
    page.locator("td").get_by_label("Why").fill("Settled")
    page.get_by_role("button", name="Lift the hold").click()
    expect(page.get_by_text("The hold is lifted.")).to_be_visible()
    expect(page.get_by_role("cell", name="Settled")).to_be_visible()
    look(page, "narrow retention lifted")
    assert said == []
