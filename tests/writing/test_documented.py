"""The tables in the docs are the tables in the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from specward.recording import locating
from specward.recording.actions import Effect, EffectKind
from specward.recording.locators import By
from specward.writing.assertions import LEAST, MOST_PER_ACTION, MOST_PER_LOAD, score
from specward.writing.redaction import Kind
from tests.writing.examples import held_back, sayable

DOC = (Path(__file__).resolve().parents[2] / "docs" / "04-generation.md").read_text()


def appeared(role: str) -> Effect:
    return Effect(EffectKind.APPEARED, text="Words", role=role)


SCORES = [
    ("another page was loaded", Effect(EffectKind.URL)),
    ("a dialog came", appeared("dialog")),
    ("an alert or a status spoke", Effect(EffectKind.TEXT, role="alert")),
    ("a heading came", appeared("heading")),
    ("a dialog went", Effect(EffectKind.GONE, role="dialog")),
    ("a route changed (inferred)", Effect(EffectKind.URL, inferred=True)),
    ("a window was opened (inferred)", Effect(EffectKind.POPUP, inferred=True)),
    ("a field took a value by itself", Effect(EffectKind.VALUE)),
    ("a list has so many entries", Effect(EffectKind.COUNT)),
    ("a text changed", Effect(EffectKind.TEXT)),
    ("the title changed", Effect(EffectKind.TITLE)),
    ("an entry came or went", Effect(EffectKind.GONE, role="row")),
    ("a text came", appeared("")),
    ("a button, a link or an image came", appeared("link")),
]


@pytest.mark.parametrize(("words", "effect"), SCORES, ids=[words for words, _ in SCORES])
def test_an_effect_scores_what_the_docs_say(words: str, effect: Effect) -> None:
    row = re.search(rf"^\| {re.escape(words)} \| (\d+) \|$", DOC, re.MULTILINE)
    assert row is not None
    assert score(effect) == int(row.group(1))


@pytest.mark.parametrize(
    ("words", "points"),
    [
        ("`test_id`", locating.SCORE[By.TEST_ID]),
        ("`role` with a name", locating.SCORE[By.ROLE]),
        ("`placeholder`", locating.SCORE[By.PLACEHOLDER]),
        ("`label`", locating.SCORE[By.LABEL]),
        ("`alt`", locating.SCORE[By.ALT]),
        ("`text`", locating.SCORE[By.TEXT]),
        ("`title`", locating.SCORE[By.TITLE]),
        ("one of these `within=` a named container", locating.SCORE_WITHIN),
        ("`css` by id", locating.SCORE_CSS_ID),
        ("`role` alone", locating.SCORE_ROLE_ONLY),
        ("`css` by the field's name", locating.SCORE_CSS_ATTRIBUTE),
        ("any of these with `nth=`", locating.SCORE_NTH),
        ("`css` by tag and class, with `nth=`", locating.SCORE_CSS_PATH),
    ],
)
def test_a_locator_scores_what_the_docs_say(words: str, points: int) -> None:
    row = re.search(rf"^\| {re.escape(words)} \| (?:\+ )?([\d,]+) \|$", DOC, re.MULTILINE)
    assert row is not None
    assert int(row.group(1).replace(",", "")) == points


def test_the_limits_are_what_the_docs_say() -> None:
    assert f"none below {LEAST}" in DOC
    assert (MOST_PER_ACTION, MOST_PER_LOAD) == (
        2,
        3,
    ) and "two at most for an action, three where a page was reached" in DOC


def test_every_kind_that_is_held_back_stands_in_the_table_and_no_other() -> None:
    section = DOC.partition("**Recognisers**")[2].partition("**What is not recognised**")[0]
    rows = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \|", section, re.MULTILINE)
    assert sorted(re.findall(r"`([a-z-]+)`", " ".join(rows))) == sorted(kind.value for kind in Kind)


def test_the_number_of_examples_is_the_one_there_is() -> None:
    assert f"{len(held_back())} texts that are held back and {len(sayable())} that are not" in DOC
