"""What was recorded in the shop yields specs that pass their own gate, and hold nothing that was masked."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import sync_playwright

from demo.flows import FLOWS, RECORDINGS, names
from demo.record import EPOCH, flags, record
from demo.running import interpreted, job
from demo.shop import Shop
from specward.recording.reading import read_events
from specward.recording.tracing import trace
from specward.writing.composing import Composed, compose

_TYPED = ("tall mug", "Alice Example", "alice@acme", "12 Mill Lane", "Galway", "never finish", "4111", "correct ho")


@cache
def generated(name: str) -> Composed:
    return compose(trace(read_events(RECORDINGS / f"{name}.json.gz")))


def filled(text: str) -> str:
    """The lines that type something."""
    return "\n".join(line for line in text.splitlines() if line.strip().startswith(("fill(", "select_option(")))


def test_every_flow_is_recorded_and_nothing_else() -> None:
    assert {path.name for path in RECORDINGS.iterdir()} == {f"{name}.json.gz" for name in names()}


@pytest.mark.parametrize("name", names())
def test_a_recording_is_small_and_begins_at_the_fixed_time(name: str) -> None:
    packed = (RECORDINGS / f"{name}.json.gz").read_bytes()
    assert len(packed) < 100_000
    assert packed[4:8] == bytes(4)  # the time in its header, RFC 1952
    assert orjson.loads(gzip.decompress(packed))[0]["timestamp"] == EPOCH


@pytest.mark.parametrize("name", names())
def test_its_spec_passes_its_gate_and_asks_for_no_secret_that_is_not_there(name: str) -> None:
    one = generated(name)
    assert [finding.message for finding in one.checked.findings] == []
    assert one.written.assertions
    assert {secret for secret, _ in one.written.secrets} <= set(job(name).secrets)


@pytest.mark.parametrize("name", [name for name, (_, mask) in names().items() if mask])
def test_what_was_masked_is_typed_nowhere(name: str) -> None:
    lines = filled(generated(name).text)
    assert lines and not any(words in lines for words in _TYPED)


def test_alice_s_purchase_reads_as_she_made_it() -> None:
    text = generated("buy-by-courier").text
    assert 'fill(role("searchbox", name="Search the shop"), "tall mug")' in text
    assert "tlal" not in text and "alcie" not in text
    assert 'expect_text(role("alert"), "Please give a street and number", contains=True)' in text
    assert 'secret("CARD_NUMBER")' in text and "4111" not in text
    assert 'expect_text(role("status", name="To pay"), "€41.90")' in text
    assert text.count('expect_url("/thanks")') == 1 and "order=" not in text


def test_bob_goes_back_twice_by_the_browser_s_own_button() -> None:
    assert generated("browse-and-go-back").text.count("go_back()") == 2


def test_alice_says_no_and_then_yes_to_the_same_question() -> None:
    assert 'answer_dialog("dismiss")\n    click(role("button", name="Delete' in generated("keep-an-address").text
    assert 'answer_dialog("accept")\n    click(role("button", name="Delete' in generated("delete-an-address").text


@pytest.mark.chromium
def test_a_flow_recorded_anew_gives_the_spec_that_is_committed(chromium: str, tmp_path: Path) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=flags())
        events = record(browser, FLOWS["subscribe"], {})
        browser.close()
    (tmp_path / "subscribe.json").write_bytes(orjson.dumps(events))
    assert compose(trace(read_events(tmp_path / "subscribe.json"))).text == generated("subscribe").text


@pytest.mark.chromium
def test_a_spec_passes_on_the_whole_shop_and_fails_on_a_broken_one(
    chromium: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPECWARD_CHROMIUM", chromium)
    with Shop() as whole:
        assert interpreted(job("subscribe"), whole.url).why == ""
    with Shop(faults={"newsletter-silent"}) as broken:
        assert "This is no e-mail address" in interpreted(job("subscribe"), broken.url).why
