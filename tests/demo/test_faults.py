"""Every seeded fault changes what the shop does, and every benign change only how it looks."""

from __future__ import annotations

import re

import pytest

from demo.flows import FLOWS
from demo.shop import Shop
from demo.shop.changes import CHANGES
from demo.shop.faults import FAULTS
from demo.shop.rules import Rules
from tests.demo.visiting import tour


@pytest.fixture(scope="module")
def whole() -> list[str]:
    return tour(Shop())


def test_there_are_as_many_as_a_matrix_needs() -> None:
    assert len(FAULTS) >= 24 and len(CHANGES) >= 8 and len(FLOWS) >= 15


def test_a_visit_is_told_the_same_twice(whole: list[str]) -> None:
    assert tour(Shop()) == whole


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_is_noticed_by_a_visit_and_names_a_flow(name: str, whole: list[str]) -> None:
    fault = FAULTS[name]
    assert fault.flow in FLOWS
    assert bool(fault.rule) != bool(fault.old)
    assert not fault.rule or hasattr(Rules, fault.rule)
    assert tour(Shop(faults={name})) != whole


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.old])
def test_a_fault_of_a_text_changes_one_place(name: str, whole: list[str]) -> None:
    fault = FAULTS[name]
    places = [page for page in whole if fault.bites(page.split()[1].partition("?")[0]) and fault.old in page]
    assert places
    assert all(page.count(fault.old) == 1 for page in places)


@pytest.mark.parametrize("name", [name for name, change in CHANGES.items() if change.rewrite is not None])
def test_a_benign_change_alters_pages_and_no_words(name: str, whole: list[str]) -> None:
    changed = tour(Shop(changes={name}))
    assert changed != whole
    if name not in ("unrelated-banner", "other-numbers"):
        assert [_words(page) for page in changed] == [_words(page) for page in whole]


def test_slow_answers_are_slow() -> None:
    assert CHANGES["slow-answers"].pause > 0.1


def _words(page: str) -> str:
    """What is read on a page; scripts and style sheets have no words."""
    if "<html" not in page:
        return ""
    return "".join(re.sub(r"<[^>]*>", "", page).split())
