"""What a model must not be told is recognised, whatever it is dressed as; what it may be told stays sayable."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specward.recording.actions import Target
from specward.recording.fields import FieldKind
from specward.recording.locating import Ranked
from specward.recording.locators import By, Locator
from specward.writing.folding import folded
from specward.writing.redaction import LONGEST, RECOGNISERS, Kind, placeholder_kind, recognised
from tests.writing.examples import held_back, sayable


def test_everything_on_the_list_is_held_back_and_nearly_all_under_its_name() -> None:
    assert [text for _, text in held_back() if recognised(text) is None] == []
    named = [(kind, text) for kind, text in held_back() if kind != "any"]
    assert [(kind, recognised(text), text) for kind, text in named if recognised(text) != kind] == []
    assert len(named) >= 200
    listed = Counter(kind for kind, _ in named)
    assert set(listed) == set(Kind) - {Kind.LONG}


def test_it_is_held_back_within_a_sentence_too() -> None:
    for _, text in held_back():
        assert recognised(f"Well: {text} (see there)") is not None, text


def test_what_does_not_check_has_no_checked_kind() -> None:
    assert recognised("DE89 3704 0044 0532 0130 01") is not Kind.IBAN
    assert recognised("4111 1111 1111 1112") is not Kind.CARD


def test_what_labels_say_stays_sayable() -> None:
    assert [(recognised(text), text) for text in sayable() if recognised(text) is not None] == []
    assert len(sayable()) >= 220


@pytest.mark.parametrize("dressed", ["wide", "zero-width", "joined", "nagari", "bold", "circled"])
def test_digits_are_seen_in_any_dress(dressed: str) -> None:
    card = "4111 1111 1111 1111"
    dress = {
        "wide": lambda c: chr(0xFF10 + int(c)),
        "zero-width": lambda c: f"{c}\u200b\u2060",
        "joined": lambda c: f"{c}\u200d\ufe0f\u20e3",
        "nagari": lambda c: chr(0x966 + int(c)),
        "bold": lambda c: chr(0x1D7CE + int(c)),
        "circled": lambda c: chr(0x2460 + int(c) - 1),
    }[dressed]
    assert recognised("".join(dress(c) if c.isdigit() else c for c in card)) is Kind.CARD


@given(
    st.integers(0, 10**15 - 1),
    st.sampled_from(["", " ", "-", ".", "\u00a0", "\u200b", "_", " - "]),
    st.text(max_size=20),
)
def test_a_card_is_seen_whatever_stands_around_it(number: int, separator: str, around: str) -> None:
    body = f"4{number:015d}"[:15]
    doubled = sum(sum(divmod(int(c) * (2 if i % 2 == 0 else 1), 10)) for i, c in enumerate(body))
    digits = f"{body}{-doubled % 10}"
    said = separator.join(digits[i : i + 4] for i in range(0, 16, 4))
    assert recognised(said) is Kind.CARD
    assert recognised(f"{around} {said} {around}") is not None


@given(st.from_regex(r"[a-z0-9._+-]{1,20}@[a-z0-9-]{1,20}\.[a-z]{2,6}", fullmatch=True), st.text(max_size=20))
def test_a_mail_address_is_seen_whatever_stands_around_it(address: str, around: str) -> None:
    assert recognised(address) is not None
    assert recognised(f"{around} {address}{around}") is not None


@given(st.uuids(), st.ip_addresses())
def test_random_ids_and_addresses_are_seen(id: object, address: object) -> None:
    assert recognised(str(id)) is not None
    assert recognised(f"on {address}!") is not None or str(address) == "::"


@given(st.text())
def test_any_text_has_an_answer_and_the_same_one_twice(text: str) -> None:
    assert recognised(text) == recognised(text)
    assert folded(folded(text)) == folded(text) or "&" in text or "%" in text


_UNITS = (
    "1", "1 ", "1-", "(1", "a1", "A0", "a@", "@", "@a", "a.", "a.b@", "www.", "http://", "x://", ":", "::", "a:", "1.",
    "1.1.", "0:", "de00", "DE00 ", "-", " at ", "a at b dot ", "dot", "\u200b", "é", "\ufdfa", "#", "# 1", "no ",
    "4111 ", "4 1 ", "eyJa.", "sk-a", "aB", "aB1", "=", "%", "&#64", "1990-", "1 may ", "may 1 ", "52.0000, ", "1° ",
    "0x", "bc1", "/home", "C:\\", "password ", "code: ", "1,", "€1 ", "0000.", "00:",
    "12 ", "1 a ", "strasse ", "via a ", "rue ",
)  # fmt: skip


def _endless(length: int) -> Iterator[str]:
    for unit in _UNITS:
        yield (unit * (length // len(unit) + 1))[:length]
        yield (unit * (length // len(unit) + 1))[: length - 1] + "!"


def test_no_text_takes_long() -> None:
    for text in _endless(100_000):
        began = time.thread_time()
        assert recognised(text) is Kind.LONG
        assert time.thread_time() - began < 0.05
    for text in _endless(LONGEST):
        began = time.thread_time()
        recognised(text)
        assert time.thread_time() - began < 0.2, text[:20]


def test_each_recogniser_takes_time_in_proportion_to_the_text() -> None:
    for text in _endless(8_000):
        plain = folded(text)
        for kind, holds in RECOGNISERS:
            began = time.thread_time()
            holds(plain)
            assert time.thread_time() - began < 1, (kind, text[:20])  # in square proportion it is minutes


def target(field: FieldKind) -> Target:
    return Target(
        "input", "textbox", "Where to", (Ranked(Locator(By.LABEL, "Where to"), 140, unique=True),), field=field
    )


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (FieldKind.EMAIL, "bob", "email"),
        (FieldKind.NAME, "bob@acme.example", "name"),
        (FieldKind.CHOICE, "Ireland", "choice"),
        (FieldKind.NONE, "bob@acme.example", "email"),
        (FieldKind.NONE, "4111 1111 1111 1111", "card"),
        (FieldKind.NONE, "Ring twice, please", "text"),
        (FieldKind.NONE, "", "text"),
        (FieldKind.NONE, None, "text"),
        (FieldKind.PASSWORD, None, "password"),
    ],
)
def test_a_placeholder_is_named_by_its_field_then_by_its_looks(
    field: FieldKind, value: str | None, expected: str
) -> None:
    assert placeholder_kind(target(field), value) == expected


def test_without_a_field_the_value_alone_names_it() -> None:
    assert placeholder_kind(None, "bob@acme.example") == "email"


def test_every_word_of_a_placeholder_is_plain_and_none_is_held_back_itself() -> None:
    for word in {*map(str, Kind), *map(str, FieldKind), "text"} - {""}:
        assert word.replace("-", "").isalpha() and word.isascii() and word.islower()
        assert recognised(f"<{word}#1>") is None
        assert recognised(f"<{word}#123>") is None
