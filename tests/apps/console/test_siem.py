"""The push to a SIEM in the console: Alice sets it up, tries it, sends again; Bob looks; nobody reads its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from apps.accounts.models import User
from apps.siem import sinks
from apps.siem.models import Sink
from apps.tenants.roles import Role
from apps.tenants.walls import behind
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.apps.siem.conftest import woken  # noqa: F401
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, BOB

LIST = "/console/siem/sink/"
TYPED = {
    "url": "https://siem.example:8088/a-secret-path",
    "format": "splunk",
    "proof": "splunk",
    "secret": "s3cret-of-the-sink",
    "batch_size": 100,
    "description": "Our Splunk",
    "from_the_beginning": "no",
}


@pytest.fixture
def in_acme_now(acme: object, woken: list[str]) -> Iterator[None]:  # noqa: F811
    with behind(walls_of(ALICE)):
        yield


def one(**given: Any) -> Sink:
    return sinks.make("https://siem.example:8088/a-secret-path", "json", **given)


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    whole = b"".join(answer) if answer.streaming else answer.content
    return str(whole.decode())


@pytest.mark.django_db
def test_alice_makes_a_sink_and_its_secrets_are_never_shown(in_acme_now: None, as_alice: Client) -> None:
    page = as_alice.post(f"{LIST}new/", TYPED, follow=True).content.decode()
    assert "https://siem.example:8088" in page and "Our Splunk" in page and "Authorization: Splunk" in page
    sink = Sink.objects.get()
    for address in (LIST, f"{LIST}{sink.pk}/", f"{LIST}{sink.pk}/settings/", f"{LIST}export.csv"):
        shown = text(as_alice, address)
        assert "a-secret-path" not in shown and "s3cret" not in shown
    again = as_alice.post(f"{LIST}new/", {**TYPED, "url": "https://10.0.0.1/"}).content.decode()
    assert "Nothing is sent to this address" in again and "s3cret" not in again


@pytest.mark.django_db
def test_what_is_left_empty_stays_as_it_is(in_acme_now: None, as_alice: Client) -> None:
    sink = one(proof="bearer", secret="s3cret-of-the-sink")
    page = f"{LIST}{sink.pk}/settings/"
    as_alice.post(page, {"format": "jsonl", "proof": "keep", "batch_size": 7})
    sink = Sink.objects.with_sealed().get()
    assert (sink.format, sink.batch_size, sink.proof) == ("jsonl", 7, "bearer")
    assert sink.secret is not None and sink.secret.reveal() == "s3cret-of-the-sink"
    assert sink.url is not None and sink.url.reveal().endswith("a-secret-path")
    said = as_alice.post(page, {"format": "jsonl", "proof": "splunk", "batch_size": 7}).content.decode()
    assert "The collector cannot be shown this" in said
    as_alice.post(page, {"url": "https://other.example/", "format": "json", "proof": "none", "batch_size": 7})
    sink = Sink.objects.with_sealed().get()
    assert (sink.origin, sink.proof, sink.secret) == ("https://other.example", "none", None)


@pytest.mark.django_db
def test_it_is_tried_sent_again_switched_off_and_on_and_taken_away(in_acme_now: None, as_alice: Client) -> None:
    sink = one()
    page = f"{LIST}{sink.pk}/"
    as_alice.post(page, {"do": "try"})
    assert Sink.objects.get().test_state == "waiting"
    assert as_alice.get(f"{page}test/").json() == {"state": "waiting", "words": "On its way", "steps": {}}
    assert "still on its way" in as_alice.post(page, {"do": "try"}, follow=True).content.decode()
    Sink.objects.update(
        test_state="ended", test_outcome="status", test_status=401, test_took=20, test_at=timezone.now()
    )
    assert "It answered 401: it does not know this token" in text(as_alice, page)
    assert as_alice.get(f"{page}test/").json()["state"] == "done"
    assert "from entry 0 on" in as_alice.post(f"{page}replay/", {"first": "0"}, follow=True).content.decode()
    assert "is sent again" in as_alice.post(f"{page}replay/", {"since": "2026-01-01"}, follow=True).content.decode()
    for wrong, said in (({}, "Write either"), ({"first": "999999999"}, "signed entries"), ({"first": "x"}, "whole")):
        assert said in as_alice.post(f"{page}replay/", wrong).content.decode()
    assert "Switched off" in as_alice.post(page, {"do": "off"}, follow=True).content.decode()
    assert "goes on where it was" in as_alice.post(page, {"do": "on"}, follow=True).content.decode()
    assert "secret deleted" in as_alice.post(page, {"do": "remove"}, follow=True).content.decode()
    assert as_alice.get(page).status_code == 404 and "No sinks" in text(as_alice, LIST)


@pytest.mark.django_db
def test_entries_that_somebody_changed_are_said_in_red(in_acme_now: None, as_alice: Client) -> None:
    sink = one()
    assert "not as logged" not in text(as_alice, f"{LIST}{sink.pk}/")
    Sink.objects.update(faulty=2, pruned=3)
    page = text(as_alice, f"{LIST}{sink.pk}/")
    assert "2 entries are not as logged" in page and "3 of them had been pruned" in page


@pytest.mark.django_db
def test_bob_looks_and_is_offered_nothing(in_acme_now: None, as_bob: Client, bob: User) -> None:
    sink = one()
    page = text(as_bob, f"{LIST}{sink.pk}/")
    main = re.search(r"(?s)<main.*</main>", page)
    assert main is not None and "<button" not in main[0] and "<form" not in main[0]
    assert "New sink" not in text(as_bob, LIST).split("<main")[-1]
    assert as_bob.post(f"{LIST}{sink.pk}/", {"do": "remove"}).status_code == 403
    assert as_bob.post(f"{LIST}{sink.pk}/replay/", {"first": 0}).status_code == 403
    for page in ("settings/", "history/"):
        assert as_bob.get(f"{LIST}{sink.pk}/{page}").status_code == 403
    assert Sink.objects.get().removed is None


HAPPENED = """
from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    for n in range(1500):
        record(Action.CHECK, narrative="Something happened")
"""
PLACED = """
from apps.audit.sequencing import sequence
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    while sequence().placed.entries:
        pass
"""
MADE = """
import datetime
from django.utils import timezone
from apps.siem import sinks
from apps.siem.models import Sink
from apps.siem.tasks import push, try_out
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
push.delay = try_out.delay = lambda id: None
with behind(walls_of(ALICE)):
    now = timezone.now()
    good = sinks.make("https://http-inputs-acme.splunkcloud.com:443/services/collector/event", "splunk",
        "splunk", secret="x", description="Splunk of the security team")
    Sink.objects.filter(id=good.id).update(delivered=128431, batches=731, failed=4, tried=now, heard=now,
        outcome="ok", status=200, test_state="ended", test_outcome="ok", test_status=200, test_took=41, test_at=now)
    behind_it = sinks.make("https://collector.example:9200/ocsf", "jsonl", "header", "DD-API-KEY", "x",
        from_the_beginning=True)
    Sink.objects.filter(id=behind_it.id).update(position=600, delivered=600, batches=3, failed=9, tries=9,
        outcome="status", status=401, tried=now, heard=now - datetime.timedelta(hours=3), pruned=12,
        next_try=now + datetime.timedelta(minutes=12), failing_since=now - datetime.timedelta(hours=3),
        refused_since=now - datetime.timedelta(hours=3),
        test_state="ended", test_outcome="status", test_status=403, test_took=88, test_at=now)
    off = sinks.make("https://old-siem.example/in", "json", "bearer", secret="x", from_the_beginning=True)
    Sink.objects.filter(id=off.id).update(disabled=now, disabled_why="refused", faulty=1, outcome="unreachable")
"""


@pytest.mark.chromium
@pytest.mark.timeout(300)
def test_sinks_are_looked_at_wide_narrow_light_and_dark(page: Page, browser: Browser, console: Served) -> None:
    console.run(HAPPENED)
    console.run(PLACED, Role.SEQUENCER)
    console.run(MADE)
    enter(page, console.at(ALICE), ALICE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(console.acme + LIST)
            look(page, f"sinks {scheme} {width}")
            for name in ("splunkcloud", "collector.example", "old-siem"):
                page.goto(console.acme + LIST)
                page.get_by_role("link", name=re.compile(name)).click()
                expect(page.get_by_role("heading", name="How much of the log it has got")).to_be_visible()
                look(page, f"sink {name} {scheme} {width}")
            page.goto(console.acme + LIST + "new/")
            look(page, f"sink new {scheme} {width}")
    page.get_by_label("Address").fill("https://10.0.0.1/hook")
    page.get_by_label("How it knows us").select_option("header")
    expect(page.get_by_label("Name of the header")).to_be_visible()
    page.get_by_label("How it knows us").select_option("none")
    expect(page.get_by_label("Token or secret")).to_be_hidden()
    page.get_by_role("button", name="Make the sink").click()
    expect(page.get_by_text("Nothing is sent to this address")).to_be_visible()
    look(page, "sink refused")
    page.goto(console.acme + LIST)
    page.get_by_role("link", name=re.compile("splunkcloud")).click()
    page.get_by_role("button", name="Send a test").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("On its way")).to_be_visible()
    look(page, "sink tried")
    bob = browser.new_context(locale="en-GB").new_page()
    said = complaints(bob)
    enter(bob, console.acme, BOB)
    bob.goto(console.acme + LIST)
    look(bob, "sinks of bob")
    assert said == []
