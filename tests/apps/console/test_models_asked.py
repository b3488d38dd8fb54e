"""Models in the console: Alice chooses who writes and reads what that took; Cora looks and changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.console import month_use
from apps.inference import configuring, trying
from apps.inference.models import ModelCall, ModelSettings
from apps.inference.tasks import try_model
from apps.inference.using import Month
from apps.tenants.walls import behind
from tests.apps.console.asked import a_call
from tests.apps.console.looking import complaints, enter, look
from tests.apps.console.serving import Served
from tests.apps.inference.conftest import model, refined  # noqa: F401
from tests.apps.inference.messages_api import Model
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, CORA

LIST = "/console/inference/modelcall/"
TYPED = {
    "writer": "refined", "client": "anthropic", "model": "claude-sonnet-5-5", "region": "", "shapes_only": "yes",
    "retention": "zero", "monthly_tokens": "2000000",
}  # fmt: skip


@pytest.fixture
def in_acme_now(acme: object) -> Iterator[None]:
    with behind(walls_of(ALICE)):
        yield


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    whole = b"".join(answer) if answer.streaming else answer.content
    return str(whole.decode())


@pytest.mark.django_db
def test_alice_chooses_and_the_log_says_it(in_acme_now: None, as_alice: Client) -> None:
    assert "No model was asked yet" in text(as_alice, LIST)
    assert not ModelSettings.objects.exists(), "looking makes none"
    page = as_alice.post(f"{LIST}settings/", TYPED, follow=True).content.decode()
    assert "The settings are changed" in page
    found = configuring.current()
    assert (found.writer, found.model, found.shapes_only, found.retention, found.monthly_tokens) == (
        "refined", "claude-sonnet-5-5", True, "zero", 2_000_000,
    )  # fmt: skip
    assert "No key is configured at this installation" in page
    last = Entry.objects.filter(object_type="inference.modelsettings").order_by("-id")[0]
    assert last.actor_name == "Alice" and last.narrative == "The settings of models were changed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"client": "none"}, "This writer needs a model"),
        ({"client": "bedrock", "region": ""}, "This is no region of AWS"),
        ({"model": "No Model"}, "This is no id of a model"),
        ({"region": "eu"}, "Anthropic computes in us or global"),
        ({"monthly_tokens": "-1"}, "greater than or equal to 0"),
        ({"writer": "anybody"}, "Select a valid choice"),
    ],
)
def test_what_does_not_go_together_is_said_at_its_field(
    in_acme_now: None, as_alice: Client, typed: dict[str, str], says: str
) -> None:
    page = as_alice.post(f"{LIST}settings/", {**TYPED, **typed}).content.decode()
    assert says in page and not ModelSettings.objects.exists()


@pytest.mark.django_db
def test_what_stands_there_from_another_client_is_not_in_the_way(in_acme_now: None, as_alice: Client) -> None:
    as_alice.post(f"{LIST}settings/", TYPED)
    as_alice.post(f"{LIST}settings/", {**TYPED, "client": "bedrock", "region": "eu-central-1"})
    assert configuring.current().model == "anthropic.claude-opus-5-5"
    as_alice.post(f"{LIST}settings/", {**TYPED, "writer": "baseline", "client": "none"})
    assert (configuring.current().client, configuring.current().model) == ("none", "")


@pytest.mark.django_db
def test_cora_looks_and_is_offered_nothing(in_acme_now: None, as_cora: Client) -> None:
    call = a_call()
    for address in (f"{LIST}settings/", f"{LIST}{call.pk}/"):
        main = re.search(r"(?s)<main.*</main>", text(as_cora, address))
        assert main is not None and "<button" not in main[0] and "<form" not in main[0]
    assert as_cora.post(f"{LIST}settings/", TYPED).status_code == 403
    assert as_cora.post(f"{LIST}try/").status_code == 403
    assert not ModelSettings.objects.exists()


@pytest.mark.django_db
def test_a_month_is_read_against_its_budget(in_acme_now: None, as_alice: Client) -> None:
    refined(monthly_tokens=20_000)
    a_call()
    a_call("model.refused", took=None)
    a_call("model.budget_spent")
    a_call("")
    page = text(as_alice, LIST)
    assert "14,510" in page and "of 20,000, 10,000 reserved" in page and "The budget is spent" in page
    assert "Answered" in page and "Budget spent" in page and "Under way" in page
    assert "$0.0083" in page and "not known of 1 call" in page


@pytest.mark.django_db
def test_an_owner_is_told_at_home_when_the_budget_comes_to_its_end(
    in_acme_now: None, as_alice: Client, as_bob: Client
) -> None:
    refined(monthly_tokens=10_000)
    a_call()
    assert "month's tokens" not in text(as_alice, "/console/")
    a_call()
    page = text(as_alice, "/console/")
    assert "90%" in page and "month's tokens" in page and "raise the budget" in page
    assert "month's tokens" not in text(as_bob, "/console/")


@pytest.mark.django_db
def test_calls_are_filtered_and_exported_as_they_are(in_acme_now: None, as_alice: Client) -> None:
    good, bad = a_call(), a_call("model.refused", model="claude-haiku-5-5")
    for query, found in (
        ("ended=ok", good), ("ended=model.refused", bad), ("of=claude-haiku-5-5", bad),
        (f"q={good.prompt_digest}", good), (f"q={bad.recording_id}", bad),
    ):  # fmt: skip
        page = text(as_alice, f"{LIST}?{query}")
        assert [str(one.pk) in page for one in (good, bad)] == [one == found for one in (good, bad)], query
        exported = [json.loads(line) for line in text(as_alice, f"{LIST}export.jsonl?{query}").splitlines()]
        assert [one["id"] for one in exported] == [str(found.pk)]
    assert "No calls fit" in text(as_alice, f"{LIST}?month=2001-01")
    (row,) = [json.loads(line) for line in text(as_alice, f"{LIST}export.jsonl?ended=ok").splitlines()]
    assert (row["cost"], row["month"], row["counted"]) == ("0.00834000", f"{good.created:%Y-%m}", 4_510)


@pytest.mark.django_db
def test_a_call_is_gone_to_by_the_beginning_of_its_id(in_acme_now: None, as_alice: Client, as_mallory: Client) -> None:
    call = a_call()
    address = f"/console/go/hits/?q={str(call.pk)[:8]}"
    assert str(call.pk) in text(as_alice, address)
    assert str(call.pk) not in text(as_mallory, address)


@pytest.mark.django_db
def test_a_call_says_how_it_ended_in_words(in_acme_now: None, as_alice: Client) -> None:
    page = text(as_alice, f"{LIST}{a_call('model.rate_limited').pk}/")
    assert "The provider takes no more requests for now" in page and "The compiler wrote the spec instead" in page
    lost = text(as_alice, f"{LIST}{a_call('', client='bedrock', region='eu-central-1').pk}/")
    assert "The model is being asked" in lost and "Amazon Bedrock, in eu-central-1" in lost


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does at once what it is asked for."""
    monkeypatch.setattr(try_model, "delay", try_model)


@pytest.mark.django_db(transaction=True)
def test_alice_tries_the_model_with_nothing_of_hers(
    in_acme_now: None,
    as_alice: Client,
    at_once: None,
    model: Model,  # noqa: F811
) -> None:
    refined()
    assert "The model is being asked" in as_alice.post(f"{LIST}try/", follow=True).content.decode()
    call = ModelCall.objects.get()
    assert (call.purpose, call.recording_id, call.state) == ("check", None, "settled")
    page = text(as_alice, f"{LIST}{call.pk}/")
    assert "The model answered within its limits" in page and "nothing of yours was sent" in page
    model.status = 401
    as_alice.post(f"{LIST}try/")
    refused = ModelCall.objects.get(outcome="model.request_rejected")
    assert "The provider refused the request" in text(as_alice, f"{LIST}{refused.pk}/")
    assert {json.dumps(one["messages"]) for one in model.asked} == {json.dumps(model.asked[0]["messages"])}
    trying.try_out(call.pk)
    assert len(model.asked) == 2, "what comes twice out of the queue is asked once"


@pytest.mark.django_db(transaction=True)
def test_without_a_key_nothing_is_tried(in_acme_now: None, as_alice: Client, at_once: None) -> None:
    assert "Choose a client first" in as_alice.post(f"{LIST}try/", follow=True).content.decode()
    refined()
    assert "Ask your operator for a key" in as_alice.post(f"{LIST}try/", follow=True).content.decode()
    assert not ModelCall.objects.exists()


@pytest.mark.django_db
def test_web_needs_no_key_to_know_that_workers_have_one(in_acme_now: None, as_alice: Client, settings: Any) -> None:
    settings.MODEL_CLIENTS = frozenset({"anthropic"})
    refined()
    assert "No key is configured" not in text(as_alice, LIST) and "Try it" in text(as_alice, f"{LIST}settings/")
    refined(client="bedrock", model="anthropic.x", region="eu-central-1")
    assert "No key is configured" in text(as_alice, LIST) and "Try it" not in text(as_alice, f"{LIST}settings/")


def test_a_bar_ends_at_the_budget(alice: User) -> None:
    import datetime

    day = datetime.date(2026, 2, 1)
    use = month_use.of(Month(day, used=900, reserved=400), 1000, {day: 900})
    assert (use.used, use.reserved, use.left, use.tone, len(use.days)) == (900, 100, 0, "bad", 28)
    nothing = month_use.of(Month(day), 0, {})
    assert (nothing.used, nothing.reserved, nothing.percent) == (0, 0, 100)


MADE = """
import uuid
from apps.inference import configuring, trying
from apps.tenants.walls import behind
from specward.writing.models.client import Tokens
from tests.apps.console.asked import a_call
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    configuring.change(writer="refined", client="anthropic", model="claude-sonnet-5-5", monthly_tokens=120_000)
    for outcome in ("ok", "ok", "ok", "model.refused", "ok", "model.budget_spent", ""):
        a_call(outcome)
    a_call("model.timed_out", took=None, model="claude-opus-5-5")
    a_call("ok", purpose="check", recording_id=None, took=Tokens(120, 12))
"""
GONE = """
from apps.inference import configuring, trying
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    configuring.change(writer="baseline", client="none")
"""


def opened(browser: Browser, scheme: Any, width: int) -> Page:
    return browser.new_context(
        locale="en-GB", viewport={"width": width, "height": 900}, color_scheme=scheme, has_touch=width < 500
    ).new_page()


@pytest.mark.chromium
@pytest.mark.timeout(240)
def test_models_are_looked_at_wide_and_narrow_light_and_dark(browser: Browser, console: Served) -> None:
    page = opened(browser, "light", 1280)
    said = complaints(page)
    enter(page, console.acme, ALICE)
    page.goto(console.acme + LIST)
    look(page, "models light wide empty")
    console.run(MADE)
    for scheme, width in (("light", 1280), ("dark", 390), ("dark", 1280), ("light", 390)):
        page = opened(browser, scheme, width)
        said += complaints(page)
        enter(page, console.acme, ALICE)
        size = f"{scheme} {'wide' if width > 500 else 'narrow'}"
        for path in ("", "?ended=model.refused", "?month=2001-01", "settings/"):
            page.goto(console.acme + LIST + path)
            look(page, f"models {size} {path}")
        page.goto(console.acme + LIST + "?ended=model.timed_out")
        page.locator("main tbody a").first.click()
        expect(page.get_by_text("There was no whole answer within the time")).to_be_visible()
        look(page, f"models {size} call")
    page = opened(browser, "light", 390)
    said += complaints(page)
    enter(page, console.acme, CORA)
    page.goto(console.acme + LIST + "settings/")
    look(page, "models light narrow settings for cora")
    console.run(GONE)
    assert said == []
