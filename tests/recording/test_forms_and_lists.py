"""Forms that come back, choices taken again, lists drawn anew, questions of the browser's own."""

from __future__ import annotations

from typing import Any

from specward.language.printer import print_spec
from specward.recording.actions import EffectKind, Trace
from specward.recording.volatile import steady_address
from specward.writing.baseline import write
from tests.recording.replay import SHOP, Replay, did, reasons


def said(found: Trace, action: int = -1) -> list[tuple[str, str]]:
    return [(effect.kind.value, effect.text) for effect in found.actions[action].effects]


def cart(replay: Replay, flash: str) -> list[dict[str, Any]]:
    """A page with a form that is sent to its own address, and what it says of the last time."""
    form = replay.node("form", {}, [replay.node("button", {}, "Redeem", key="redeem")])
    return [replay.node("p", {"role": "status"}, flash), form]


def test_a_form_sent_to_its_own_address_is_answered_though_the_page_is_numbered_as_before() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/cart", cart(replay, "Welcome"), load=False).click("redeem")
    replay.page(f"{SHOP}/cart", cart(replay, "We do not know this voucher"), load=False)
    assert said(replay.trace()) == [("text", "We do not know this voucher")]


def test_the_recorder_starting_anew_is_no_answer() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/cart", cart(replay, "Welcome"), load=False).click("redeem")
    replay.page(f"{SHOP}/cart", cart(replay, "Welcome"), load=False)
    assert said(replay.trace()) == []


def test_going_back_soon_after_a_link_is_no_redirect_of_it() -> None:
    replay = Replay()
    shelf = f"{SHOP}/products"

    def shelves() -> list[dict[str, Any]]:
        return [replay.node("a", {"href": f"{SHOP}/mug"}, "Mug", key="mug")]

    replay.page(shelf, shelves()).click("mug").page(f"{SHOP}/mug", [replay.node("h1", {}, "Mug")])
    replay.later(500).page(shelf, shelves())
    assert did(replay.trace())[-2:] == ["click role:Mug", "go_back"]


def choices(replay: Replay) -> dict[str, Any]:
    radios = [
        replay.node("label", {}, [replay.node("input", {"type": "radio", "name": "way"}, key=way), way])
        for way in ("Post", "Courier", "Pickup")
    ]
    return replay.node("form", {}, [*radios, replay.node("button", {}, "Go on", key="on")])


def test_of_radio_buttons_walked_by_the_arrow_keys_the_last_one_is_meant() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [choices(replay)])
    for way in ("Post", "Courier", "Pickup"):
        replay.later(300).input(way, "on", checked=True)
    found = replay.trace()
    assert did(found)[1:] == ["check role:Pickup"]
    assert reasons(found).count("check: another of the choices was taken later") == 2


def test_a_choice_that_was_sent_and_taken_again_stays() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [choices(replay)]).input("Post", "on", checked=True).click("on")
    replay.later(300).input("Pickup", "on", checked=True)
    assert did(replay.trace())[1:] == ["check role:Post", "click role:Go on", "check role:Pickup"]


def shelf(replay: Replay, *names: str) -> dict[str, Any]:
    return replay.node("ul", {"aria-label": "Shelf"}, [replay.node("li", {}, name) for name in names], key="shelf")


def counts(found: Trace) -> list[int]:
    return [effect.count for effect in found.actions[-1].effects if effect.kind is EffectKind.COUNT]


def test_a_list_drawn_anew_with_as_many_entries_is_not_counted() -> None:
    replay = Replay()
    box = replay.node("div", {}, [shelf(replay, "Mug", "Plate")], key="box")
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Sort", key="sort"), box]).click("sort")
    replay.remove("box", "shelf").append("box", shelf(replay, "Plate", "Mug"))
    assert counts(replay.trace()) == []


def test_a_list_drawn_anew_with_fewer_entries_is_counted() -> None:
    replay = Replay()
    box = replay.node("div", {}, [shelf(replay, "Mug", "Plate")], key="box")
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Mugs", key="mugs"), box]).click("mugs")
    replay.remove("box", "shelf").append("box", shelf(replay, "Mug"))
    assert counts(replay.trace()) == [1]


def test_an_alert_of_several_blocks_is_asked_for_what_it_says_last() -> None:
    replay = Replay()
    alert = replay.node("div", {"role": "alert"}, [replay.node("p", {}, "Look again:")], key="alert")
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Pay", key="pay")]).click("pay")
    alert["childNodes"].append(replay.node("ul", {}, [replay.node("li", {}, "No street was given")]))
    replay.page(f"{SHOP}/", [alert])
    text = print_spec(write(replay.trace()).spec)
    assert 'expect_text(role("alert"), "No street was given", contains=True)' in text


def test_a_live_region_that_says_nothing_is_not_looked_for() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("a", {"href": f"{SHOP}/next"}, "Next", key="next")]).click("next")
    replay.page(f"{SHOP}/next", [replay.node("p", {"role": "status", "aria-label": "Newsletter"})])
    assert [kind for kind, _ in said(replay.trace())] == ["url"]


def test_an_order_number_in_an_address_is_not_asserted() -> None:
    assert steady_address("/thanks?order=48213") == "/thanks"
    assert steady_address("/search?q=tall+mug") == "/search?q=tall+mug"
    assert steady_address("/list?page=2&ref=88213") == "/list?page=2"


def test_an_answer_that_the_page_tells_of_stands_before_what_brought_the_question() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Delete", key="delete")]).click("delete")
    replay.add(5, {"tag": "dialog", "payload": {"kind": "confirm", "accepted": True}})
    text = print_spec(write(replay.trace()).spec)
    assert 'with step("Click Delete and say yes"):\n    answer_dialog("accept")\n    click(' in text


def test_a_dialog_that_mallory_makes_up_is_left_out() -> None:
    for payload in (None, {"kind": "confirm"}, {"kind": "confirm", "accepted": "rm"}, {"kind": [], "accepted": True}):
        replay = Replay()
        replay.page(f"{SHOP}/", [replay.node("button", {}, "Delete", key="delete")]).click("delete")
        replay.add(5, {"tag": "dialog", "payload": payload})
        assert did(replay.trace()) == ["goto '/'", "click role:Delete"]


def test_a_link_for_another_window_is_asked_whether_it_opened() -> None:
    replay = Replay()
    terms = replay.node("a", {"href": f"{SHOP}/terms", "target": "terms"}, "Terms", key="terms")
    text = print_spec(write(replay.page(f"{SHOP}/", [terms]).click("terms").trace()).spec)
    assert 'click(role("link", name="Terms"))\n    expect_popup("/terms")' in text


def test_a_window_of_another_site_is_nobody_s_business() -> None:
    replay = Replay()
    away = replay.node("a", {"href": "https://elsewhere.example/", "target": "_blank"}, "Away", key="away")
    assert said(replay.page(f"{SHOP}/", [away]).click("away").trace()) == []
