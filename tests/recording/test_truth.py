"""No assertion was true before its action or only in one session; no action is made up, and none is lost."""

from __future__ import annotations

import io

import orjson
import pytest

from specward.errors import RecordingRefused
from specward.language.printer import print_spec
from specward.recording.reading import read_events
from specward.recording.signature import path_signature
from specward.recording.tracing import trace
from specward.writing.baseline import write
from tests.recording.replay import SHOP, Replay, did, reasons
from tests.recording.test_tracing import effects, field


def shop(replay: Replay, *more: object) -> Replay:
    return replay.page(f"{SHOP}/", [replay.node("button", {}, "Go", key="b"), *more, replay.node("div", {}, key="far")])


def test_a_value_that_came_back_to_what_it_was_is_no_effect() -> None:
    replay = Replay()
    shop(replay, field(replay, "Total", "t", value="12.00")).click("b")
    replay.input("t", "13.00", by_user=False).input("t", "12.00", by_user=False)
    assert effects(replay.trace()) == []


def test_a_list_of_as_many_as_before_is_not_counted() -> None:
    replay = Replay()
    entry = replay.node("li", {}, "Mug", key="old")
    shop(replay, replay.node("ul", {"aria-label": "Cart"}, [entry, replay.node("li", {}, "Cup")], key="cart")).click(
        "b"
    )
    replay.remove("cart", "old").append("cart", replay.node("li", {}, "Plate"))
    assert not any(line.startswith("count") for line in effects(replay.trace()))


def test_a_dialog_that_nobody_saw_is_not_gone() -> None:
    replay = Replay()
    hidden = replay.node("div", {"role": "dialog", "aria-label": "Cookies", "style": "display: none"}, "Hi", key="d")
    shop(replay, replay.node("div", {}, [hidden], key="top")).click("b").remove("top", "d")
    assert effects(replay.trace()) == []


def test_a_dialog_that_came_and_went_is_not_gone() -> None:
    replay = Replay()
    shop(replay).click("b").append("far", replay.node("div", {"role": "dialog", "aria-label": "Wait"}, "...", key="d"))
    replay.remove("far", "d")
    assert effects(replay.trace()) == []


@pytest.mark.parametrize("path", ["/reset/8f3k2j5h6g7d9s0a1b2c/new", "/orders/10423/thanks"])
def test_an_address_that_only_this_session_had_is_not_asserted(path: str) -> None:
    replay = shop(Replay()).click("b")
    replay.page(SHOP + path, [replay.node("h1", {}, "Done")], title="Done")
    assert not any(line.startswith("url") for line in effects(replay.trace()))


def test_an_address_with_a_number_that_the_link_names_is_asserted() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("a", {"href": "/mugs/1042"}, "Blue mug", key="a")]).click("a")
    replay.page(f"{SHOP}/mugs/1042", [replay.node("h1", {}, "Blue mug")], title="Blue mug")
    assert "url  /mugs/1042" in effects(replay.trace())


def test_a_quantity_that_is_raised_three_times_is_clicked_three_times() -> None:
    replay = Replay()
    shop(
        replay, replay.node("button", {"aria-label": "More"}, "+", key="more"), replay.node("span", {}, ["1"], key="q")
    )
    for count in "234":
        replay.click("more").mutate(texts=[{"id": replay.ids["q"] + 1, "value": count}])
    assert did(replay.trace()).count("click role:More") == 3


def test_a_click_that_the_page_made_by_itself_is_left_out() -> None:
    replay = Replay()
    shop(replay, replay.node("a", {"id": "dl", "href": "/x", "style": "display: none"}, "x", key="dl")).click(
        "b"
    ).click("dl")
    found = replay.trace()
    assert did(found)[-1] == "click role:Go"
    assert "click: the page clicked it by itself: it cannot be seen" in reasons(found)


def test_a_segment_that_was_delivered_twice_is_read_once() -> None:
    replay = shop(Replay()).click("b").append("b", {"type": 3, "textContent": "!"})
    once = did(replay.trace())
    found = trace(read_events(io.BytesIO(orjson.dumps(replay.events + replay.events))))
    assert did(found) == once and "delivered twice" in " ".join(found.notes)


def test_events_out_of_order_are_said() -> None:
    replay = shop(Replay()).click("b").later(60_000).click("b")
    events = [*replay.events[:-2], {**replay.events[-1], "timestamp": replay.events[-1]["timestamp"] - 30_000}]
    found = trace(read_events(io.BytesIO(orjson.dumps(events))))
    assert "older than the one before" in " ".join(found.notes)


def test_what_followed_another_action_in_another_session_is_not_asserted() -> None:
    def session(first: bool) -> Replay:
        replay = Replay()
        shop(replay, replay.node("button", {}, "Save", key="s"))
        for key, here in (("b", first), ("s", not first)):
            replay.click(key).append("far", replay.node("p", {}, "All saved" if here else f"Step {key}"))
        return replay

    one, other = session(True).trace(), session(False).trace()
    assert path_signature(one) == path_signature(other)
    assert "All saved" not in print_spec(write(one, [other]).spec)


def test_a_session_that_began_signed_in_walks_another_path() -> None:
    def session(word: str) -> Replay:
        button = {"type": 2, "tagName": "button", "attributes": {}, "childNodes": [{"type": 3, "textContent": word}]}
        return Replay(html=[button])

    assert path_signature(session("Sign out").trace()) != path_signature(session("Sign in").trace())


def test_frames_inside_frames_end() -> None:
    replay = shop(
        Replay(), {"type": 2, "tagName": "iframe", "attributes": {"title": "f"}, "childNodes": [], "key": "f"}
    )
    adds, parent = [], replay.ids["f"]
    for i in range(250):
        id = 1_000 + i * 3
        frame = {"type": 2, "tagName": "iframe", "id": id + 1, "attributes": {"title": "f"}, "childNodes": []}
        button = {"type": 2, "tagName": "button", "id": id + 2, "attributes": {"title": "x"}, "childNodes": []}
        adds.append({"parentId": parent, "nextId": None, "node": {"type": 0, "id": id, "childNodes": [frame, button]}})
        parent = id + 1
    replay.mutate(adds=adds).ids["deep"] = 1_000 + 249 * 3 + 2
    found = replay.click("deep").trace()
    assert "click: there is no way to point at its element" in reasons(found)


def test_an_error_does_not_quote_the_address() -> None:
    with pytest.raises(RecordingRefused) as refused:
        Replay("app://local/login?password=hunter2xyz").trace()
    assert "hunter2" not in str(refused.value) and "app:" in str(refused.value)


def test_words_that_only_moved_to_another_element_are_no_effect() -> None:
    replay = Replay()
    shop(replay, replay.node("p", {}, ["Draft"], key="state")).click("b")
    replay.mutate(texts=[{"id": replay.ids["state"] + 1, "value": "Saved"}]).append(
        "far", replay.node("p", {}, "Draft")
    )
    assert effects(replay.trace()) == ["appeared Saved Saved"]
