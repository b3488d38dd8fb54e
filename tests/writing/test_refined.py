"""A model says by ids where steps begin and what to keep; whatever it says, it can change nothing that is done."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specward.cli.evaluating import actions, assertions
from specward.writing.acts import must_keep
from specward.writing.composing import composed_of
from specward.writing.facts import facts_of
from specward.writing.models.client import Failure, ModelFailed
from specward.writing.models.writers import Writer
from specward.writing.refined import refined
from tests.writing.harmless import wrong
from tests.writing.sessions import session

COURIER = session("buy-by-courier")
FACTS = facts_of(COURIER.trace, COURIER.written, Writer.REFINED)
SHELF = session("filter-the-shelf")
SHELF_FACTS = facts_of(SHELF.trace, SHELF.written, Writer.REFINED)
GOOD: dict[str, Any] = {
    "title": "Buy a mug and have it brought",
    "steps": [{"from": "a1", "title": "Find the mug"}, {"from": "a9", "title": "Check out"}],
    "keep": [],
}


def steps(*begins: str) -> list[dict[str, str]]:
    return [{"from": one, "title": "On"} for one in begins]


def answered(**changed: Any) -> Any:
    return refined(json.dumps({**GOOD, **changed}), COURIER.trace, COURIER.written, FACTS)


def test_a_good_answer_divides_and_names_the_session() -> None:
    spec = answered().spec
    assert spec.title == "Buy a mug and have it brought"
    assert [step.title for step in spec.steps] == ["Find the mug", "Check out"]
    assert list(actions(spec)) == list(actions(COURIER.written.spec))
    assert len(list(actions(replace(spec, steps=spec.steps[:1])))) == 8


def test_what_a_person_would_check_stays_where_nothing_is_kept() -> None:
    kept = [one.call for kept in must_keep(COURIER.written.acts) for one in kept]
    assert len(kept) >= 20
    assert sorted(str(call) for _, call in assertions(answered(keep=[]).spec)) == sorted(map(str, kept))


def test_what_is_kept_besides_stands_after_its_own_action_in_any_order_of_naming() -> None:
    ids = list(SHELF_FACTS.optional)
    assert len(ids) >= 5
    whole = {"title": "Filter", "steps": [{"from": "a1", "title": "Filter"}]}
    one, other = (
        refined(json.dumps({**whole, "keep": keep}), SHELF.trace, SHELF.written, SHELF_FACTS)
        for keep in (ids, ids[::-1])
    )
    assert one.spec == other.spec
    assert len(list(assertions(one.spec))) == sum(map(len, must_keep(SHELF.written.acts))) + len(ids)


def test_a_session_with_nothing_that_must_stay_keeps_the_best_that_there_is() -> None:
    for name in ("subscribe", "sign-in-all-masked", "leave-a-note"):
        assert any(must_keep(session(name).written.acts)), name


@pytest.mark.parametrize(
    "title",
    [
        "",
        "***",
        "\u202eevil",
        "https://attacker.example/now",
        "x" * 5_000,
        "<img src=x onerror=alert(1)>",
        "=cmd|'/c'!A1",
    ],
    ids=["empty", "masked", "bidi", "link", "long", "markup", "formula"],
)
def test_a_title_that_cannot_be_said_is_made_by_rule(title: str) -> None:
    spec = answered(title=title, steps=[{"from": "a1", "title": title}]).spec
    for said in (spec.title, spec.steps[0].title):
        assert 0 < len(said) <= 90
        assert not set(said) & set("<>\"'`\\|\u202e")
        assert "://" not in said
        assert said[0] not in "=+-@"


@pytest.mark.parametrize(
    ("changed", "failure"),
    [
        ({"steps": []}, Failure.UNFAITHFUL),
        ({"steps": [{"from": "a2", "title": "x"}]}, Failure.UNFAITHFUL),
        ({"steps": [{"from": "a1", "title": "x"}, {"from": "a1", "title": "x"}]}, Failure.UNFAITHFUL),
        (
            {"steps": [{"from": "a1", "title": "x"}, {"from": "a5", "title": "x"}, {"from": "a3", "title": "x"}]},
            Failure.UNFAITHFUL,
        ),
        ({"steps": [{"from": "a1", "title": "x"}, {"from": "a25", "title": "x"}]}, Failure.UNFAITHFUL),
        ({"steps": [{"from": "a01", "title": "x"}]}, Failure.UNFAITHFUL),
        ({"steps": [{"from": "a\u0661", "title": "x"}]}, Failure.UNFAITHFUL),
        ({"steps": [{"from": "a-1", "title": "x"}]}, Failure.UNFAITHFUL),
        ({"steps": [{"from": "c1", "title": "x"}]}, Failure.UNFAITHFUL),
        ({"keep": ["c999"]}, Failure.UNFAITHFUL),
        ({"keep": ["a1"]}, Failure.UNFAITHFUL),
        ({"keep": [["c1"]]}, Failure.MALFORMED),
        ({"keep": {"c1": True}}, Failure.MALFORMED),
        ({"steps": [{"from": 1, "title": "x"}]}, Failure.MALFORMED),
        ({"steps": [{"from": "a1", "title": "x", "call": "goto"}]}, Failure.MALFORMED),
        ({"steps": [{"from": "a1"}]}, Failure.MALFORMED),
        ({"steps": "a1"}, Failure.MALFORMED),
        ({"title": None}, Failure.MALFORMED),
        ({"more": 1}, Failure.MALFORMED),
    ],
    ids=str,
)
def test_an_answer_that_is_not_what_was_asked_for_is_none(changed: dict[str, Any], failure: Failure) -> None:
    with pytest.raises(ModelFailed) as refused:
        answered(**changed)
    assert refused.value.failure is failure


@pytest.mark.parametrize(
    "answer", ["", "null", "[]", "{", "NaN", '"x"', "[" * 100_000, '{"title":"\\ud800"}'], ids=range(8)
)
def test_what_is_no_object_is_malformed(answer: str) -> None:
    with pytest.raises(ModelFailed) as refused:
        refined(answer, COURIER.trace, COURIER.written, FACTS)
    assert refused.value.failure is Failure.MALFORMED


IDS = st.sampled_from([*(f"a{number}" for number in range(27)), *FACTS.optional, "c99", "", "goto"])
STEP = st.fixed_dictionaries({"from": IDS, "title": st.text(max_size=120)})


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.lists(STEP, max_size=6), st.lists(IDS, max_size=6))
def test_no_answer_of_any_kind_does_harm(title: str, steps: list[dict[str, str]], keep: list[str]) -> None:
    try:
        written = answered(title=title, steps=steps, keep=keep)
    except ModelFailed:
        return
    made = composed_of(COURIER.trace, written, ())
    assert made is not None
    assert wrong(made, COURIER) == []
