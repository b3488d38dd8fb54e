"""What Alice did in the shop becomes actions; what she did by the way is left out, with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from specward.errors import RecordingRefused
from specward.recording.actions import Trace
from tests.recording.replay import SHOP, Replay, did, reasons


def effects(found: Trace, action: int = -1) -> list[str]:
    lines = []
    for one in found.actions[action].effects:
        aim = (one.locator.name or one.locator.value) if one.locator else ""
        lines.append(f"{one.kind.value} {aim} {one.text or one.count}".strip())
    return lines


def field(replay: Replay, label: str, key: str, tag: str = "input", **attributes: Any) -> dict[str, Any]:
    return replay.node("label", {}, [label, replay.node(tag, attributes, key=key)])


def test_keystrokes_become_one_fill() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Search", "q")]).click("q").type("q", "mug")
    assert did(replay.trace()) == ["goto '/'", "fill role:Search 'mug'"]


def test_a_click_that_only_focuses_a_field_is_left_out() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Search", "q")]).click("q").type("q", "mug")
    assert "click: it only focuses the field that is filled next" in reasons(replay.trace())


def test_what_the_page_filled_in_by_itself_is_no_action() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Total", "total")]).input("total", "12.00", by_user=False)
    assert did(replay.trace()) == ["goto '/'"]


def test_an_old_recorder_that_does_not_say_who_typed_is_read_by_focus() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Search", "q"), field(replay, "Total", "total")])
    replay.focus("q").type("q", "mug", by_user=None).input("total", "3", by_user=None)
    assert did(replay.trace()) == ["goto '/'", "fill role:Search 'mug'"]


def test_a_value_typed_wrong_and_mended_is_filled_once() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Name", "name"), field(replay, "City", "city")])
    replay.click("name").type("name", "Alcie").click("city").type("city", "Bern").click("name").input("name", "Alice")
    found = replay.trace()
    assert did(found) == ["goto '/'", "fill role:City 'Bern'", "fill role:Name 'Alice'"]
    assert "fill: it was corrected later" in reasons(found)


def test_a_value_that_was_refused_and_mended_is_filled_twice() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Name", "name"), replay.node("button", {}, "Send", key="send")])
    replay.click("name").type("name", "A").click("send").click("name").input("name", "Alice").click("send")
    assert did(replay.trace())[1:] == [
        "fill role:Name 'A'", "click role:Send", "fill role:Name 'Alice'", "click role:Send"
    ]  # fmt: skip


def test_what_was_typed_and_taken_back_is_left_out() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Name", "name")]).click("name").type("name", "Al").input("name", "")
    found = replay.trace()
    assert did(found) == ["goto '/'"]
    assert "fill: what was typed was taken back" in reasons(found)


def test_a_click_on_a_label_ticks_its_box_once() -> None:
    replay = Replay()
    box = replay.node("input", {"type": "checkbox"}, key="gift")
    replay.page(f"{SHOP}/", [replay.node("label", {}, [box, "A gift"], key="label")])
    replay.click("label").incremental(2, type=2, id=replay.ids["gift"]).input("gift", "on", checked=True)
    assert did(replay.trace()) == ["goto '/'", "check role:A gift"]


def test_a_box_is_unticked() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "A gift", "gift", type="checkbox", checked=True)])
    replay.click("gift").input("gift", "on", checked=False)
    assert did(replay.trace()) == ["goto '/'", "uncheck role:A gift"]


def test_of_radio_buttons_only_the_chosen_one_is_an_action() -> None:
    replay = Replay()
    replay.page(
        f"{SHOP}/",
        [
            field(replay, "Post", "post", type="radio", name="how"),
            field(replay, "Pick up", "pick", type="radio", name="how"),
        ],
    )
    replay.click("pick").input("pick", "on", checked=True).input("post", "on", checked=False, by_user=False)
    assert did(replay.trace()) == ["goto '/'", "check role:Pick up"]


def test_an_option_is_chosen_by_its_label_also_by_keyboard() -> None:
    replay = Replay()
    options = [replay.node("option", {"value": "r"}, "Red"), replay.node("option", {"value": "b"}, "Sky blue")]
    replay.page(f"{SHOP}/", [replay.node("select", {"aria-label": "Colour"}, options, key="colour")])
    replay.input("colour", "b")
    assert did(replay.trace()) == ["goto '/'", "select_option role:Colour 'Sky blue'"]


def test_a_click_on_an_icon_is_a_click_on_its_button() -> None:
    replay = Replay()
    icon = replay.node("svg", {"aria-hidden": "true"}, [replay.node("path", {}, key="icon")])
    replay.page(f"{SHOP}/", [replay.node("button", {"aria-label": "Cart"}, [icon])]).click("icon")
    assert did(replay.trace()) == ["goto '/'", "click role:Cart"]


def test_a_click_on_nothing_that_changed_nothing_is_left_out() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("p", {}, "Welcome", key="p")]).click("p")
    found = replay.trace()
    assert did(found) == ["goto '/'"]
    assert "click: nothing there reacts to a click, and nothing changed" in reasons(found)


def test_a_click_on_a_plain_element_that_answers_is_kept() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("div", {}, "More", key="more"), replay.node("div", {}, key="list")])
    replay.click("more").append("list", replay.node("p", {}, "Teapot"))
    assert did(replay.trace()) == ["goto '/'", "click text:More"]


def test_impatient_clicks_count_once() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Pay", key="pay")]).click("pay").click("pay").click("pay")
    found = replay.trace()
    assert did(found) == ["goto '/'", "click role:Pay"]
    assert reasons(found) == ["click: the same click again, and nothing changed"] * 2


def test_a_double_click_that_answers_is_a_double_click() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("div", {}, "Mug", key="mug"), replay.node("div", {}, key="list")])
    replay.click("mug").click("mug").incremental(2, type=4, id=replay.ids["mug"])
    replay.append("list", replay.node("p", {}, "Rename it"))
    assert did(replay.trace()) == ["goto '/'", "double_click text:Mug"]


def test_a_link_leads_to_its_page() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("a", {"href": "/mugs"}, "Mugs", key="mugs")]).click("mugs")
    replay.page(f"{SHOP}/mugs", [replay.node("h1", {}, "All mugs")], title="Mugs")
    found = replay.trace()
    assert did(found) == ["goto '/'", "click role:Mugs"]
    assert effects(found) == ["url  /mugs", "title  Mugs", "appeared All mugs All mugs"]


def test_an_address_that_was_typed_is_gone_to() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("a", {"href": "/mugs"}, "Mugs", key="mugs")]).click("mugs")
    replay.later(60_000).page(f"{SHOP}/account")
    assert did(replay.trace()) == ["goto '/'", "click role:Mugs", "goto '/account'"]


def test_the_back_button_goes_back() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("a", {"href": "/mugs"}, "Mugs", key="mugs")]).click("mugs")
    replay.page(f"{SHOP}/mugs").later(60_000).page(f"{SHOP}/")
    assert did(replay.trace()) == ["goto '/'", "click role:Mugs", "go_back"]


def test_a_page_loaded_again_by_hand_is_a_reload() -> None:
    replay = Replay().later(60_000)
    replay.page(f"{SHOP}/", [replay.node("p", {}, "News")])
    assert did(replay.trace()) == ["goto '/'", "reload"]


def test_a_refused_form_comes_back_with_its_error() -> None:
    replay = Replay()

    def form() -> list[dict[str, Any]]:
        return [field(replay, "Name", "name"), replay.node("button", {}, "Send", key="send")]

    replay.later(2_000).page(f"{SHOP}/form", form()).click("name").type("name", "A").click("send")
    replay.page(f"{SHOP}/form", [replay.node("div", {"role": "alert"}, "The name is too short"), *form()])
    found = replay.trace()
    assert did(found)[1:] == ["goto '/form'", "fill role:Name 'A'", "click role:Send"]
    assert effects(found) == ["text alert The name is too short"]


def test_enter_is_read_from_the_page_that_follows() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Search", "q")]).click("q").type("q", "mug").page(f"{SHOP}/search?q=mug")
    found = replay.trace()
    assert did(found) == ["goto '/'", "fill role:Search 'mug'", "press role:Search 'Enter'"]
    assert found.actions[-1].inferred


def test_a_chunk_the_recorder_starts_anew_is_no_page_load() -> None:
    replay = Replay()
    body = [field(replay, "Search", "q")]
    replay.page(f"{SHOP}/", body, load=False).click("q").type("q", "mu")
    snapshot = next(e for e in reversed(replay.events) if e["type"] == 2)
    replay.add(4, {"href": f"{SHOP}/", "width": 1280, "height": 800})
    replay.add(2, snapshot["data"])
    replay.input("q", "mug")
    assert did(replay.trace()) == ["goto '/'", "fill role:Search 'mug'"]


@pytest.mark.parametrize(
    ("label", "attributes", "typed"),
    [
        ("Password", {"type": "password"}, "hunter2"),
        ("Card number", {}, "4111111111111111"),
        ("Your digits", {}, "4111 1111 1111 1111"),
        ("Code", {"autocomplete": "one-time-code"}, "123456"),
        ("CVC", {}, "123"),
        ("IBAN", {}, "CH93 0076 2011 6238 5295 7"),
    ],
)
def test_a_secret_is_never_in_the_trace(label: str, attributes: dict[str, Any], typed: str) -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, label, "f", **attributes)]).click("f").type("f", typed)
    found = replay.trace()
    assert found.actions[-1].target is not None and found.actions[-1].target.secret
    assert found.actions[-1].value is None
    assert typed not in repr(found)


def test_masked_text_is_never_a_name_or_a_value() -> None:
    replay = Replay()
    masked = [
        replay.node("button", {"aria-label": "*** ****", "title": "****"}, "**** ***", key="pay"),
        field(replay, "**** ******", "f", placeholder="*****"),
        replay.node("div", {}, key="list"),
    ]
    replay.page(f"{SHOP}/", masked, title="*** ****").click("f").type("f", "secret", masked=True).click("pay")
    replay.append("list", replay.node("p", {"role": "status"}, "****** ***"))
    found = replay.trace()
    assert len(found.actions) == 3
    assert "*" not in repr([(a.target, a.value, a.effects) for a in found.actions])


def test_volatile_text_is_never_asserted() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Pay", key="pay"), replay.node("div", {}, key="list")]).click(
        "pay"
    )
    replay.append("list", replay.node("p", {"role": "status"}, "Order no. 48213 of Nov 24, 2026"))
    assert effects(replay.trace()) == ["appeared status 0"]


def test_what_was_true_before_is_no_effect() -> None:
    replay = Replay()
    old = replay.node("p", {}, "Thank you", key="old")
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Pay", key="pay"), replay.node("div", {}, [old], key="list")])
    replay.click("pay").remove("list", "old").append("list", replay.node("p", {}, "Thank you"))
    assert effects(replay.trace()) == []


def test_an_alert_is_seen_by_its_role() -> None:
    replay = Replay()
    alert = replay.node("div", {"role": "alert"}, [replay.node("span", {}, "", key="why")])
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Pay", key="pay"), alert]).click("pay")
    replay.append("why", {"type": 3, "textContent": "The card was refused"})
    assert effects(replay.trace()) == ["text alert The card was refused"]


def test_a_dialog_that_closes_is_gone() -> None:
    replay = Replay()
    dialog = replay.node(
        "div", {"role": "dialog", "aria-label": "Help"}, [replay.node("button", {}, "Close", key="close")], key="help"
    )
    replay.page(f"{SHOP}/", [replay.node("div", {}, [dialog], key="top")]).click("close").remove("top", "help")
    assert "gone Help Help" in effects(replay.trace())


def test_a_panel_that_is_shown_by_a_class_appears() -> None:
    replay = Replay()
    replay.page(
        f"{SHOP}/",
        [
            replay.node("style", {}, ".shut { display: none }"),
            replay.node("button", {}, "More", key="more"),
            replay.node("div", {"class": "shut"}, [replay.node("h2", {}, "Opening hours")], key="panel"),
        ],
    )
    replay.click("more").set("panel", **{"class": "open"})
    assert effects(replay.trace()) == ["appeared Opening hours Opening hours"]


def test_a_rule_that_a_script_inserts_counts() -> None:
    replay = Replay()
    panel = replay.node("div", {"class": "shut"}, [replay.node("h2", {}, "Opening hours")], key="panel")
    style = replay.node("style", {}, "p { color: red }", key="style")
    replay.page(f"{SHOP}/", [style, replay.node("button", {}, "More", key="more"), panel])
    replay.incremental(8, id=replay.ids["style"], adds=[{"rule": ".shut { display: none }", "index": 0}])
    replay.click("more").set("panel", **{"class": "open"})
    assert effects(replay.trace()) == ["appeared Opening hours Opening hours"]


def test_a_list_that_grew_is_counted() -> None:
    replay = Replay()
    cart = replay.node("ul", {"aria-label": "Cart"}, [replay.node("li", {}, "Mug")], key="cart")
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Add", key="add"), cart]).click("add")
    replay.append("cart", replay.node("li", {}, "Plate"))
    assert "count listitem 2" in effects(replay.trace())


def test_typing_into_an_editable_element_is_a_fill() -> None:
    replay = Replay()
    text = replay.node("p", {}, "Hi", key="p")
    replay.page(
        f"{SHOP}/",
        [replay.node("div", {"contenteditable": "true", "aria-label": "Note", "role": "textbox"}, [text], key="note")],
    )
    replay.click("note")
    for words in ("Hi A", "Hi Al", "Hi Ada"):
        replay.mutate(texts=[{"id": replay.ids["p"] + 1, "value": words}])
    assert did(replay.trace()) == ["goto '/'", "fill role:Note 'Hi Ada'"]


def test_a_file_is_named_by_its_kind_only() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Photo", "photo", type="file")]).click("photo")
    replay.input("photo", "C:\\fakepath\\alice-passport.png")
    found = replay.trace()
    assert did(found)[1:] == ["set_input_files role:Photo 'file.png'"]
    assert "passport" not in repr(found)


def test_a_drag_ends_where_it_was_dropped() -> None:
    replay = Replay()
    replay.page(
        f"{SHOP}/",
        [
            replay.node("div", {"draggable": "true", "data-testid": "card"}, "Mug", key="card"),
            replay.node("div", {"data-testid": "done"}, "Done", key="done"),
        ],
    )
    replay.incremental(2, type=1, id=replay.ids["card"])
    replay.incremental(12, positions=[{"x": 1, "y": 1, "id": replay.ids["done"], "timeOffset": 0}])
    found = replay.trace()
    assert did(found)[1:] == ["drag_to test_id:card"]
    assert found.actions[-1].to is not None and found.actions[-1].to.locator.value == "done"


def test_a_field_inside_a_frame_is_found_through_the_frame() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("iframe", {"title": "Payment"}, key="frame")])
    words = {"type": 3, "id": 502, "textContent": "Pay"}
    button = {"type": 2, "tagName": "button", "id": 501, "attributes": {}, "childNodes": [words]}
    document = {"type": 0, "id": 500, "childNodes": [button]}
    replay.mutate(isAttachIframe=True, adds=[{"parentId": replay.ids["frame"], "nextId": None, "node": document}])
    replay.ids["pay"] = 501
    found = replay.click("pay").trace()
    locator = found.actions[-1].target.locator  # type: ignore[union-attr]
    assert (locator.name, locator.within.owner.value) == ("Pay", "Payment")  # type: ignore[union-attr]


def test_a_session_that_begins_signed_in_says_so() -> None:
    replay = Replay(
        html=[{"type": 2, "tagName": "button", "attributes": {}, "childNodes": [{"type": 3, "textContent": "Log out"}]}]
    )
    assert replay.trace().signed_in == "Log out"


def test_another_tab_is_left_out() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Pay", key="pay")]).click("pay").click("pay")
    pairs = [{"windowId": "a", **event} for event in replay.events]
    other = Replay(f"{SHOP}/help")
    pairs += [{"windowId": "b", **event} for event in other.events]
    replay.events = pairs
    assert "goto: it happened in another tab" in reasons(replay.trace())


def test_a_page_on_another_site_is_left_out() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("a", {"href": "https://pay.example/"}, "Pay", key="pay")]).click("pay")
    replay.page("https://pay.example/", [replay.node("button", {}, "Confirm", key="ok")]).click("ok")
    found = replay.trace()
    assert did(found) == ["goto '/'", "click role:Pay"]
    assert "click: it happened on another site, https://pay.example" in reasons(found)


def test_a_recording_without_a_snapshot_is_refused() -> None:
    replay = Replay()
    replay.events = [event for event in replay.events if event["type"] != 2]
    with pytest.raises(RecordingRefused, match="no full snapshot"):
        replay.trace()


def test_a_recording_of_no_site_is_refused_unless_told_which() -> None:
    replay = Replay("about:blank")
    with pytest.raises(RecordingRefused, match="about:blank"):
        replay.trace()
    assert Replay("about:blank").trace(origin=SHOP).origin == SHOP


def test_a_password_in_an_address_is_never_in_the_trace() -> None:
    replay = Replay(f"{SHOP}/login?user=alice&password=hunter2")
    assert "hunter2" not in repr(replay.trace())
