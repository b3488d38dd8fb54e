"""Addresses in plain http, or other ones than are shown, and those that nobody answers at: each is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.compliance.checking import Outcome
from apps.compliance.checks import addresses as checks
from apps.siem import sinks
from apps.siem.models import Sink
from apps.tenants.models import Tenant
from apps.webhooks import endpoints
from apps.webhooks.models import Endpoint, EventType
from tests.apps.compliance.breaking import assert_fails, assert_only_fails

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
URL = "https://hooks.acme.example/specward"


@pytest.fixture
def endpoint(in_acme: Tenant) -> Endpoint:
    return endpoints.make(URL, [EventType.SPEC_READY])


@pytest.fixture
def sink(in_acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> Sink:
    monkeypatch.setattr("apps.siem.waking.wake", lambda *_: None)
    return sinks.make(URL, Sink.Format.LINES)


def say(row: Any, url: str, origin: str) -> Callable[[], object]:
    """Past the functions that judge an address."""

    def change() -> None:
        row.url, row.origin = url, origin
        row.save(update_fields=["url", "origin"])

    return change


UNSAFE = [
    ("http://hooks.acme.example/specward", "http://hooks.acme.example"),
    ("https://192.168.7.7/", "https://192.168.7.7"),
    ("https://elsewhere.example/specward", "https://hooks.acme.example"),
]


@pytest.mark.parametrize(("url", "origin"), UNSAFE)
def test_a_webhook_to_where_nothing_may_be_sent_is_seen(url: str, origin: str, endpoint: Endpoint) -> None:
    fails = assert_only_fails if url.startswith("http:") else assert_fails
    fails("webhooks.https", say(endpoint, url, origin), say(endpoint, URL, "https://hooks.acme.example"))


@pytest.mark.parametrize(("url", "origin"), UNSAFE)
def test_a_sink_to_where_nothing_may_be_sent_is_seen(url: str, origin: str, sink: Sink) -> None:
    fails = assert_only_fails if url.startswith("http:") else assert_fails
    fails("siem.https", say(sink, url, origin), say(sink, URL, "https://hooks.acme.example"))


def test_plain_http_is_for_this_machine_alone_and_only_where_that_is_allowed(endpoint: Endpoint, settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True
    say(endpoint, "http://127.0.0.1:9999/", "http://127.0.0.1:9999")()
    assert checks.WebhooksGoByHttps().look().outcome is Outcome.PASS
    say(endpoint, "http://hooks.acme.example/", "http://hooks.acme.example")()
    assert checks.WebhooksGoByHttps().look().outcome is Outcome.FAIL
    settings.WEBHOOKS_TO_LOOPBACK = False
    say(endpoint, "http://127.0.0.1:9999/", "http://127.0.0.1:9999")()
    assert checks.WebhooksGoByHttps().look().outcome is Outcome.FAIL


@pytest.mark.parametrize("why", [Endpoint.Disabled.FAILING, Endpoint.Disabled.GONE])
def test_an_endpoint_that_was_given_up_is_seen(why: Endpoint.Disabled, endpoint: Endpoint) -> None:
    endpoints.make("https://other.acme.example/", [EventType.SPEC_READY])
    fails = assert_only_fails if why == Endpoint.Disabled.GONE else assert_fails
    fails(
        "webhooks.delivering",
        lambda: endpoints.switch_off(endpoint, why),
        lambda: endpoints.change(Endpoint.objects.get(id=endpoint.id), enabled=True),
    )


def test_an_endpoint_that_somebody_switched_off_is_nobodys_fault(endpoint: Endpoint) -> None:
    endpoints.switch_off(endpoint, Endpoint.Disabled.ASKED)
    assert checks.WebhooksArrive().look().outcome is Outcome.PASS
    assert checks.WebhooksGoByHttps().look().outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("why", [Sink.Disabled.FAILING, Sink.Disabled.REFUSED, Sink.Disabled.GONE])
def test_a_sink_that_was_given_up_is_seen(why: Sink.Disabled, sink: Sink) -> None:
    sinks.make("https://other.acme.example/", Sink.Format.LINES)
    fails = assert_only_fails if why == Sink.Disabled.GONE else assert_fails
    fails(
        "siem.delivering",
        lambda: sinks.switch_off(sink, why),
        lambda: sinks.change(Sink.objects.get(id=sink.id), enabled=True),
    )


def test_where_there_is_none_there_is_nothing_to_look_at(in_acme: Tenant) -> None:
    for kind in (
        checks.WebhooksGoByHttps,
        checks.WebhooksArrive,
        checks.TheSiemIsReachedByHttps,
        checks.TheSiemTakesTheLog,
    ):
        assert kind().look().outcome is Outcome.NOT_APPLICABLE
