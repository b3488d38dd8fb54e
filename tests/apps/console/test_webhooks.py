"""Webhooks in the console: Bob makes an endpoint, tries it, reads how that went; Cora looks; nobody reads its path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from apps.accounts.models import User
from apps.tenants.walls import behind
from apps.webhooks import endpoints, signing
from apps.webhooks.models import Attempt, Delivery, Endpoint
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.apps.signing_in import walls_of
from tests.apps.webhooks.conftest import woken  # noqa: F401
from tests.cast import ALICE, BOB, CORA

LIST = "/console/webhooks/endpoint/"
HOOK = {"url": "https://hooks.example/a-secret-path", "events": ["spec.ready"], "description": "The board"}


@pytest.fixture
def in_acme_now(acme: object, woken: list[str]) -> Iterator[None]:  # noqa: F811
    with behind(walls_of(ALICE)):
        yield


def one(**given: Any) -> Endpoint:
    return endpoints.make(**{**HOOK, **given})


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    whole = b"".join(answer) if answer.streaming else answer.content
    return str(whole.decode())


@pytest.mark.django_db
def test_bob_makes_an_endpoint_and_its_path_is_never_shown(in_acme_now: None, as_bob: Client, bob: User) -> None:
    made = as_bob.post(f"{LIST}new/", HOOK, follow=True)
    page = made.content.decode()
    assert "https://hooks.example is told from now on" in page and "The board" in page
    for shown in (page, text(as_bob, LIST), text(as_bob, f"{LIST}export.csv")):
        assert "https://hooks.example" in shown and "a-secret-path" not in shown
    assert signing.current().public in text(as_bob, LIST)


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["http://hooks.example/", "https://169.254.169.254/", "https://localhost/", "hooks"])
def test_an_address_that_nothing_is_sent_to_is_refused_in_words(in_acme_now: None, as_bob: Client, url: str) -> None:
    page = as_bob.post(f"{LIST}new/", {**HOOK, "url": url}).content.decode()
    assert "Nothing is sent to this address" in page and Endpoint.objects.count() == 0


@pytest.mark.django_db
def test_it_is_tried_switched_off_and_on_and_taken_away(in_acme_now: None, as_bob: Client) -> None:
    page = f"{LIST}{one().pk}/"
    as_bob.post(page, {"do": "try"})
    assert Delivery.objects.get().event.type == "webhook.test"
    assert "Switched off" in as_bob.post(page, {"do": "off"}, follow=True).content.decode()
    assert Delivery.objects.get().state == "abandoned"
    as_bob.post(page, {"do": "try"})
    assert Delivery.objects.count() == 1, "nothing is sent to what is off"
    assert "is told again" in as_bob.post(page, {"do": "on"}, follow=True).content.decode()
    assert "its address deleted" in as_bob.post(page, {"do": "remove"}, follow=True).content.decode()
    assert as_bob.get(page).status_code == 404
    assert "No endpoints" in text(as_bob, LIST)


@pytest.mark.django_db
def test_what_failed_is_read_and_sent_again(in_acme_now: None, as_bob: Client) -> None:
    hook = one()
    sent = endpoints.try_out(hook)
    Attempt.objects.create(delivery=sent, number=1, outcome="status", status=503, milliseconds=41)
    Delivery.objects.filter(id=sent.id).update(state="failed", tries=1, ended=sent.created)
    page = text(as_bob, f"{LIST}{hook.pk}/")
    assert "Answered 503, no. 1, 41 ms" in page and "Failed" in page
    again = as_bob.post(f"{LIST}delivery/{sent.pk}/again/", follow=True).content.decode()
    assert "It is sent again" in again and Delivery.objects.filter(event=sent.event).count() == 2


@pytest.mark.django_db
def test_cora_looks_and_is_offered_nothing(in_acme_now: None, as_cora: Client) -> None:
    hook = one()
    page = text(as_cora, f"{LIST}{hook.pk}/")
    main = re.search(r"(?s)<main.*</main>", page)
    assert main is not None and "<button" not in main[0] and "<form" not in main[0]
    assert "New endpoint" not in text(as_cora, LIST).split("<main")[-1]
    assert as_cora.post(f"{LIST}{hook.pk}/", {"do": "remove"}).status_code == 403
    assert as_cora.post(f"{LIST}key/").status_code == 403
    hook.refresh_from_db()
    assert hook.removed is None


@pytest.mark.django_db
def test_another_key_is_made_once_somebody_asks(in_acme_now: None, as_bob: Client) -> None:
    assert "whpk_" not in text(as_bob, LIST), "looking makes none"
    one()
    before = signing.current().public
    as_bob.post(f"{LIST}key/")
    assert before not in text(as_bob, LIST) and signing.current().public in text(as_bob, LIST)


MADE = """
from apps.webhooks import endpoints
from apps.webhooks.models import Attempt, Delivery
from apps.webhooks.tasks import deliver
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
deliver.delay = lambda id: None
with behind(walls_of(ALICE)):
    hook = endpoints.make("https://hooks.example/specward", ["spec.ready", "spec.failed"], "The board")
    off = endpoints.make("https://old.example/hook", ["spec.failed"])
    for status, state in ((200, "delivered"), (503, "waiting"), (500, "failed")):
        one = endpoints.try_out(hook)
        outcome = "ok" if status == 200 else "status"
        Attempt.objects.create(delivery=one, number=1, outcome=outcome, status=status, milliseconds=40 + status)
        Delivery.objects.filter(id=one.id).update(state=state, tries=1, next_try="2099-01-01T00:00:00Z")
    endpoints.change(off, enabled=False)
"""


@pytest.mark.chromium
@pytest.mark.timeout(300)
def test_webhooks_are_looked_at_wide_narrow_light_and_dark(page: Page, browser: Browser, console: Served) -> None:
    console.run(MADE)
    enter(page, console.at(BOB), BOB)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(console.acme + LIST)
            look(page, f"webhooks {scheme} {width}")
            page.get_by_role("link", name="https://hooks.example").click()
            expect(page.get_by_role("heading", name="Sent to it")).to_be_visible()
            look(page, f"webhook {scheme} {width}")
            page.goto(console.acme + LIST + "new/")
            look(page, f"webhook new {scheme} {width}")
    page.get_by_label("Address").fill("https://10.0.0.1/hook")
    page.get_by_role("button", name="Make the endpoint").click()
    expect(page.get_by_text("Nothing is sent to this address")).to_be_visible()
    look(page, "webhook refused")
    cora = browser.new_context(locale="en-GB").new_page()
    said = complaints(cora)
    enter(cora, console.acme, CORA)
    cora.goto(console.acme + LIST)
    look(cora, "webhooks of cora")
    assert said == []
