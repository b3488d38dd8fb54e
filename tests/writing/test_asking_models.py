"""There is always a spec: by the model where it gives one, else by the baseline, with the reason, and in time."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from specward.doubles import Chaos, Chaotic, Double, Obedient, Reasonable, serving
from specward.doubles.replies import Reply
from specward.writing.asking_models import improved
from specward.writing.models.anthropic_api import AnthropicClient
from specward.writing.models.bedrock import BedrockClient
from specward.writing.models.client import IN_WORDS, Failure, ModelClient
from specward.writing.models.writers import Writer
from tests.writing.harmless import wrong
from tests.writing.sessions import session

SUBSCRIBE = session("subscribe")
COURIER = session("buy-by-courier")
BY_MODEL = (Writer.REFINED, Writer.AUTHORED)
LIMIT = 1.0
"""Seconds for a double that never answers."""
ON_A_BUSY_MACHINE = 20.0
"""Seconds for all the rest; without a limit a double that never answers is waited for longer than a test may take."""


@contextmanager
def asking(double: Double) -> Iterator[ModelClient]:
    with serving(double) as address:
        yield AnthropicClient("claude-sonnet-5-5", "a-key-of-nobody", base_url=address)


# What a reasonable reader makes of these all the same: the text is there, and in form.
TAKEN = (Chaos.THINKING_FIRST,)


@pytest.mark.parametrize("writer", BY_MODEL)
@pytest.mark.parametrize("chaos", list(Chaos))
def test_every_failure_ends_as_the_baselines_spec_with_its_reason_and_in_time(chaos: Chaos, writer: Writer) -> None:
    with asking(Chaotic(chaos)) as client:
        began = time.monotonic()
        made = improved(SUBSCRIBE, writer=writer, client=client, seconds=LIMIT)
        took = time.monotonic() - began
    assert took < LIMIT + ON_A_BUSY_MACHINE
    assert made.asked is writer
    if chaos in TAKEN:
        assert made.fallback is None
        assert wrong(made, SUBSCRIBE) == []
        return
    assert made.fallback in IN_WORDS
    assert made.writer is Writer.BASELINE
    assert replace(made, asked=Writer.BASELINE, fallback=None, calls=()) == SUBSCRIBE


def test_the_limit_is_for_all_calls_of_a_spec_together() -> None:
    class Tiring(Obedient):
        def answer(self, body: dict[str, Any]) -> Reply:
            # What it writes is objected to, and then it says no more.
            hangs = Chaotic(Chaos.HANG_BEFORE_HEADERS)
            return hangs.answer(body) if len(body["messages"]) > 1 else super().answer(body)

    with asking(Tiring()) as client:
        began = time.monotonic()
        made = improved(COURIER, writer=Writer.AUTHORED, client=client, seconds=0.8)
    assert made.fallback is Failure.TIMED_OUT
    assert len(made.calls) == 2
    assert time.monotonic() - began < LIMIT + ON_A_BUSY_MACHINE


@pytest.mark.parametrize("writer", BY_MODEL)
def test_a_reasonable_model_writes_every_demo_session_and_does_no_harm(writer: Writer) -> None:
    with asking(Reasonable()) as client:
        for name in ("buy-by-courier", "filter-the-shelf", "report-a-damage", "sign-in-all-masked", "shop-on-a-phone"):
            baseline = session(name)
            made = improved(baseline, writer=writer, client=client, seconds=20)
            assert (made.fallback, made.writer) == (None, writer), name
            assert wrong(made, baseline) == [], name


def test_bedrock_writes_as_anthropic_does() -> None:
    with serving(Reasonable()) as address:
        client = BedrockClient("anthropic.claude-sonnet-5-5", "eu-central-1", "a-key", f"{address}/anthropic")
        bedrock = improved(COURIER, writer=Writer.REFINED, client=client, seconds=20)
    with asking(Reasonable()) as other:
        assert bedrock.text == improved(COURIER, writer=Writer.REFINED, client=other, seconds=20).text
    assert bedrock.fallback is None


def test_no_header_of_the_environments_is_sent_and_none_takes_the_place_of_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = "x-tenant: acme\nauthorization: Bearer another\nanthropic-user-profile-id: up_1\nanthropic-version: 1"
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", told)
    with serving(double := Reasonable()) as address:
        for client in (
            AnthropicClient("claude-sonnet-5-5", "a-key", base_url=address),
            BedrockClient("anthropic.claude-sonnet-5-5", "eu-central-1", "a-key", f"{address}/anthropic"),
        ):
            assert improved(COURIER, writer=Writer.REFINED, client=client, seconds=20).fallback is None
    assert len(double.headers) == 2
    for headers, body in zip(double.headers, double.requests, strict=True):
        assert (headers["authorization"], headers["anthropic-version"]) == ("Bearer a-key", "2026-10-21")
        assert not headers.keys() & {"x-tenant", "anthropic-user-profile-id"}
        assert b"up_1" not in body


@pytest.mark.parametrize("writer", BY_MODEL)
def test_without_credentials_of_awss_the_baseline_writes(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "of-nobody")
    client = BedrockClient("anthropic.claude-sonnet-5-5", "eu-central-1", base_url="http://127.0.0.1:9")
    assert improved(COURIER, writer=writer, client=client, seconds=20).fallback is Failure.UNAVAILABLE


def test_without_a_way_to_a_model_the_baseline_says_so() -> None:
    made = improved(COURIER, writer=Writer.REFINED, client=None)
    assert (made.writer, made.fallback, made.calls) == (Writer.BASELINE, Failure.NOT_CONFIGURED, ())


def test_the_baseline_asks_nobody() -> None:
    with serving(double := Reasonable()) as address:
        client = AnthropicClient("claude-sonnet-5-5", "a-key", base_url=address)
        assert improved(COURIER, writer=Writer.BASELINE, client=client) is COURIER
        assert double.requests == []


def test_each_reason_can_be_said() -> None:
    assert set(IN_WORDS) == set(Failure)


@pytest.mark.parametrize("chaos", [None, Chaos.BROKEN, Chaos.SLOW_BODY, Chaos.NOT_HTTP])
def test_no_log_line_holds_what_was_sent_or_the_key(chaos: Chaos | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with asking(Chaotic(chaos) if chaos else Reasonable()) as client:
        improved(COURIER, writer=Writer.REFINED, client=client, seconds=LIMIT)
    said = " ".join(record.getMessage() + str(record.args) for record in caplog.records)
    assert caplog.records  # others are heard at that level
    for told in ("a-key-of-nobody", "Continue to payment", "recorded browser session"):
        assert told not in said
    assert "a-key-of-nobody" not in repr(client)
