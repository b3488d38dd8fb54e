"""Locators are what a person would say, and point at one element only."""

from __future__ import annotations

from typing import Any

import pytest

from specward.recording.locators import By, Locator
from tests.recording.replay import SHOP, Replay


def aim(replay: Replay, body: list[Any], key: str) -> Locator:
    """How the element called ``key`` is pointed at when it is clicked and something happens."""
    replay.page(f"{SHOP}/", [*body, replay.node("div", {}, key="far")], load=False)
    replay.click(key).append("far", replay.node("p", {}, "Something happened"))
    target = replay.trace().actions[-1].target
    assert target is not None
    return target.locator


def test_a_test_id_comes_first() -> None:
    replay = Replay()
    body = [replay.node("button", {"data-testid": "pay"}, "Pay", key="b")]
    assert aim(replay, body, "b") == Locator(By.TEST_ID, "pay")


def test_a_role_with_its_name_comes_next() -> None:
    replay = Replay()
    body = [replay.node("button", {"title": "Pay now", "id": "pay"}, "Pay", key="b")]
    assert aim(replay, body, "b") == Locator(By.ROLE, "button", name="Pay")


def test_of_two_alike_the_container_tells() -> None:
    replay = Replay()
    rows = [
        replay.node(
            "tr", {"aria-label": name}, [replay.node("td", {}, [replay.node("button", {}, "Remove", key=name)])]
        )
        for name in ("Mug", "Plate")
    ]
    body = [replay.node("table", {}, [replay.node("tbody", {}, rows)])]
    assert aim(replay, body, "Plate") == Locator(
        By.ROLE, "button", name="Remove", within=Locator(By.ROLE, "row", name="Plate")
    )


def test_of_two_alike_without_containers_the_place_tells() -> None:
    replay = Replay()
    body = [replay.node("button", {}, "Add"), replay.node("button", {}, "Add", key="b")]
    assert aim(replay, body, "b") == Locator(By.ROLE, "button", name="Add", nth=1)


def test_a_hidden_twin_does_not_count() -> None:
    replay = Replay()
    body = [replay.node("button", {"style": "display: none"}, "Pay"), replay.node("button", {}, "Pay", key="b")]
    assert aim(replay, body, "b") == Locator(By.ROLE, "button", name="Pay")


def test_a_volatile_name_is_not_used() -> None:
    replay = Replay()
    body = [replay.node("button", {"id": "latest"}, "Order #48213", key="b"), replay.node("button", {}, "Pay")]
    assert aim(replay, body, "b") == Locator(By.CSS, "#latest")


def test_a_generated_id_is_not_used() -> None:
    replay = Replay()
    body = [replay.node("div", {"id": "ember482", "class": "css-8a7Bc9"}, "", key="b"), replay.node("div", {}, "")]
    locator = aim(replay, body, "b")
    assert "ember" not in locator.value and "css-8" not in locator.value


@pytest.mark.parametrize("value", ["a'b", "a\\b", "a>>b", "a\nb"])
def test_a_value_that_could_leave_its_quotes_is_not_used(value: str) -> None:
    replay = Replay()
    body = [
        replay.node("input", {"name": value, "type": "checkbox"}, key="b"),
        replay.node("input", {"type": "checkbox"}),
    ]
    assert value not in aim(replay, body, "b").value


def test_a_placeholder_names_a_field() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("input", {"placeholder": "Search mugs"}, key="q")]).click("q").type("q", "x")
    target = replay.trace().actions[-1].target
    assert target is not None
    assert [one.locator.by for one in target.locators][:2] == [By.ROLE, By.PLACEHOLDER]


def test_every_candidate_points_at_the_element() -> None:
    replay = Replay()
    body = [
        replay.node("label", {"for": "q"}, "Search"),
        replay.node("input", {"id": "q", "title": "Search the shop", "name": "q"}, key="q"),
    ]
    replay.page(f"{SHOP}/", body).click("q").type("q", "x")
    target = replay.trace().actions[-1].target
    assert target is not None
    assert len(target.locators) >= 3 and all(one.unique for one in target.locators)
    assert [one.score for one in target.locators] == sorted(one.score for one in target.locators)
