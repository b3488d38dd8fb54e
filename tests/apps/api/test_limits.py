"""Limits are told in headers, hold, and never become the outage."""

from __future__ import annotations

import time

import pytest
import redis
from django.test import Client

from apps.accounts.models import User
from apps.api import limits
from apps.api.limits import counter
from tests.apps.api.conftest import Program
from tests.apps.api.test_problems import code
from tests.cast import ALICE, BOB


@pytest.fixture(autouse=True)
def _at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no window ends within a test."""
    monkeypatch.setattr(time, "time", lambda: 1_900_000_010.0)


def test_the_headers_count_down(alices: Program, settings) -> None:
    settings.API_LIMITS = {"token": 3, "network": 100}
    left = [alices.send("get", "/me").headers["RateLimit"] for _ in range(3)]
    assert left == [f'"token";r={r};t=10' for r in (2, 1, 0)]
    refused = alices.send("get", "/me")
    assert code(refused) == (429, "rate-limited")
    assert refused.headers["Retry-After"] == "10" and refused.headers["RateLimit"] == '"token";r=0;t=10'
    assert refused.headers["RateLimit-Policy"] == '"network";q=100;w=60, "token";q=3;w=60'


def test_the_next_window_begins_anew(alices: Program, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_LIMITS = {"token": 1}
    assert [alices.send("get", "/me").status_code for _ in range(2)] == [200, 429]
    monkeypatch.setattr(time, "time", lambda: 1_900_000_040.0)
    assert alices.send("get", "/me").status_code == 200


def test_a_second_token_does_not_help_a_person(alice: User, bob: User, settings) -> None:
    settings.API_LIMITS = {"user": 2}
    statuses = [Program(ALICE).send("get", "/me").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert Program(BOB).send("get", "/me").status_code == 200


def test_strangers_of_a_network_are_counted_together_and_apart_from_others(
    alices: Program, at_acme: Client, settings
) -> None:
    settings.API_LIMITS = {"stranger": 2, "network": 100}
    statuses = [at_acme.get("/api/v1/users", REMOTE_ADDR=f"2001:db8::{n}").status_code for n in range(3)]
    assert statuses == [401, 401, 429]
    assert at_acme.get("/api/v1/users", REMOTE_ADDR="2001:db8:0:1::1").status_code == 401
    assert alices.get("/api/v1/me", REMOTE_ADDR="2001:db8::1").status_code == 200


def test_one_tenant_does_not_use_up_what_another_has(alices: Program, mallorys: Program, settings) -> None:
    settings.API_LIMITS = {"network": 1}
    assert [alices.send("get", "/me").status_code for _ in range(2)] == [200, 429]
    assert mallorys.send("get", "/me").status_code == 200


def test_without_valkey_requests_pass_and_nobody_waits_for_it_twice(
    alices: Program, settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.API_LIMITS = {"token": 1}
    tried = []

    def fails(*_: object, **__: object) -> None:
        tried.append(1)
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(limits, "cache", type("Gone", (), {"add": fails, "incr": fails})())
    monkeypatch.setattr(counter, "silent_until", 0.0)
    responses = [alices.send("get", "/me") for _ in range(3)]
    assert [r.status_code for r in responses] == [200] * 3
    assert "RateLimit" not in responses[0].headers
    assert len(tried) == 1 and "Valkey does not count" in caplog.text
    monkeypatch.setattr(counter, "silent_until", 0.0)
