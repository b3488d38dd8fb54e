"""A recording is written by a stranger's browser: whatever is in it, it is read or refused, never a crash."""

from __future__ import annotations

import copy
import io
import os
import random
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from specward.errors import RecordingRefused, SpecwardError
from specward.recording.reading import read_events
from specward.recording.tracing import trace
from specward.writing.composing import compose
from tests.recording.replay import Replay
from tests.shared_data import needs_shared, shared

SOAK = os.environ.get("SPECWARD_SOAK") == "1"
MUTATED = 25_000 if SOAK else 800
"""How many events are spoiled, one to four in each session."""


def generate(events: list[dict[str, Any]]) -> str | None:
    """The whole walk, from bytes to a spec that passes its own gate; the refusal's words where there is one."""
    try:
        made = compose(trace(read_events(io.BytesIO(orjson.dumps(events, option=orjson.OPT_NON_STR_KEYS)))))
        assert made.checked.ok, made.checked.findings[:3]
    except SpecwardError as refusal:
        return str(refusal)
    return None


def shop_session() -> list[dict[str, Any]]:
    replay = Replay()
    n = replay.node
    form = n(
        "form",
        {"id": "pay"},
        [
            n("label", {}, ["Card number", n("input", {"type": "text", "name": "card"}, key="card")]),
            n("label", {}, [n("input", {"type": "checkbox"}, key="gift"), "A gift"]),
            n(
                "select",
                {"aria-label": "Colour"},
                [n("option", {"value": "r"}, "Red"), n("option", {"value": "b"}, "Blue")],
                key="colour",
            ),
            n("textarea", {"placeholder": "Note"}, key="note"),
            n(
                "div",
                {"contenteditable": "true", "aria-label": "Card text"},
                [n("p", {}, "Hi", key="words")],
                key="text",
            ),
            n("button", {"type": "submit"}, "Pay", key="submit"),
        ],
        key="form",
    )
    replay.page(
        "https://shop.example/pay",
        [n("h1", {}, "Pay"), form, n("ul", {"aria-label": "Cart"}, [n("li", {}, "Mug")], key="cart")],
    )
    replay.click("card").type("card", "4111111111111111").click("gift").input("gift", "on", checked=True)
    replay.input("colour", "b").type("note", "Leave it at the door").focus("text")
    replay.mutate(texts=[{"id": replay.ids["words"] + 1, "value": "Happy birthday"}])
    replay.click("submit").append("form", n("div", {"role": "alert"}, "The card was refused"))
    replay.append("cart", n("li", {}, "Plate")).click("submit")
    replay.page("https://shop.example/thanks", [n("h1", {}, "Thank you"), n("p", {}, "We sent a mail")], title="Thanks")
    return replay.events


VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3, 5, 7, 2**31, 2**53, -(2**63), 0.5, 1e308,
    "", "*", "***", "x" * 5_000, "\x00", "\ufffd\ufffd",
    "\u202e", "javascript:alert(1)", "https://evil.example/", "#",
    "//", "🙂", [], {}, [[]], [None], {"id": 3}, {"type": 2},
    {"style": {"display": "none"}}, "a" * 64 + "://", "=1+1", "</script>", "${x}", "%", "constructor", "__proto__",
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def mutated(events: list[dict[str, Any]], dice: random.Random) -> tuple[list[dict[str, Any]], int]:
    """A copy with one to four things wrong with it, and how many."""
    made = copy.deepcopy(events)
    wrong = dice.randint(1, 4)
    for _ in range(wrong):
        choice = dice.random()
        index = dice.randrange(len(made))
        if choice < 0.1:
            made.insert(dice.randrange(len(made)), copy.deepcopy(made[index]))
        elif choice < 0.2 and len(made) > 2:
            del made[index]
        elif choice < 0.25:
            other = dice.randrange(len(made))
            made[index], made[other] = made[other], made[index]
        else:
            spots = list(places(made[index]))
            path = dice.choice(spots)
            if not path:
                continue
            holder: Any = made[index]
            for key in path[:-1]:
                holder = holder[key]
            if choice < 0.35 and isinstance(holder, dict):
                del holder[path[-1]]
            elif choice < 0.55 and path[-1] in ("id", "parentId", "nextId"):
                holder[path[-1]] = dice.randint(-1, 40)
            elif choice < 0.65 and isinstance(holder, dict):
                holder[
                    dice.choice(
                        ("isShadow", "isShadowHost", "attributes", "role", "id", "for", "aria-labelledby", "style")
                    )
                ] = dice.choice(VALUES)
            else:
                holder[path[-1]] = copy.deepcopy(dice.choice(VALUES))
    return made, wrong


def test_the_session_that_is_mutated_gives_a_spec() -> None:
    assert generate(shop_session()) is None


def test_mutated_events_are_read_or_refused() -> None:
    events = shop_session()
    dice = random.Random(20_261_124)
    seen = refused = 0
    while seen < MUTATED:
        made, wrong = mutated(events, dice)
        seen += wrong
        said = generate(made)
        if said is not None:
            refused += 1
            assert ":" in said, said
    assert refused > 0


@needs_shared
def test_mutated_real_recordings_are_read_or_refused() -> None:
    dice = random.Random(7)
    names = ["analytickit-hogflix.json", "rrweb-stats-form-02.json", "posthog-broken-recording.json"]
    for name in names * (20 if SOAK else 2):
        events = orjson.loads(shared(f"recordings/{name}").read_bytes())
        generate(mutated(events, dice)[0])


def document(children: list[Any]) -> dict[str, Any]:
    body = {"type": 2, "tagName": "body", "attributes": {}, "childNodes": children, "id": 2}
    return {"type": 2, "timestamp": 2, "data": {"node": {"type": 0, "id": 1, "childNodes": [body]}}}


META = {"type": 4, "timestamp": 1, "data": {"href": "https://shop.example/", "width": 1, "height": 1}}


def refusal(events: list[dict[str, Any]]) -> str:
    started = time.process_time()
    said = generate(events)
    assert time.process_time() - started < 20
    assert said is not None
    return said


def test_a_million_nodes_are_refused() -> None:
    texts = [{"type": 3, "id": i, "textContent": ""} for i in range(10, 600_000)]
    assert "over 250,000 nodes" in refusal([META, document(texts)])


def test_a_million_nodes_that_come_bit_by_bit_are_refused() -> None:
    def batch(start: int) -> dict[str, Any]:
        adds = [
            {"parentId": 2, "nextId": None, "node": {"type": 3, "id": i, "textContent": ""}}
            for i in range(start, start + 10_000)
        ]
        return {"type": 3, "timestamp": 3, "data": {"source": 0, "adds": adds}}

    assert "over 250,000 nodes" in refusal([META, document([]), *(batch(i * 10_000 + 10) for i in range(100))])


def test_ten_thousand_deep_in_one_event_is_refused() -> None:
    raw = b'[{"type":2,"timestamp":1,"data":{"node":' + b'{"type":2,"tagName":"a","id":1,"childNodes":[' * 10_000
    raw += b"]}" * 10_000 + b"}}]"
    with pytest.raises(RecordingRefused, match="not JSON"):
        list(read_events(io.BytesIO(raw)))


def test_ten_thousand_deep_event_by_event_is_refused() -> None:
    adds = [
        {"parentId": 2 if i == 10 else i - 1, "nextId": None, "node": {"type": 2, "tagName": "b", "id": i}}
        for i in range(10, 10_010)
    ]
    assert "nested over" in refusal(
        [META, document([]), {"type": 3, "timestamp": 3, "data": {"source": 0, "adds": adds}}]
    )


def test_adds_that_wait_for_each_other_end() -> None:
    adds = [
        {"parentId": 2, "nextId": 10_000 + (i + 1) % 5_000, "node": {"type": 3, "id": 10_000 + i, "textContent": "x"}}
        for i in range(5_000)
    ]
    generate([META, document([]), {"type": 3, "timestamp": 3, "data": {"source": 0, "adds": adds}}])


def test_labels_that_point_at_each_other_end() -> None:
    def button(id: int, other: int) -> dict[str, Any]:
        attributes = {"id": f"b{id}", "aria-labelledby": f"b{other} b{id} " * 300}
        return {"type": 2, "tagName": "button", "id": id, "attributes": attributes, "childNodes": []}

    buttons = [button(i, i + 1) for i in range(10, 400)]
    click = {"type": 3, "timestamp": 3, "data": {"source": 2, "type": 2, "id": 10}}
    started = time.process_time()
    generate([META, document(buttons), click])
    assert time.process_time() - started < 10


def test_a_style_sheet_made_to_be_slow_ends() -> None:
    css = "a" * 50_000 + "{" * 5_000 + ":not(" * 20_000 + "}" * 10 + "[x=" * 20_000 + "b{display:none}" * 20_000
    style = {
        "type": 2,
        "tagName": "style",
        "id": 3,
        "attributes": {},
        "childNodes": [{"type": 3, "id": 4, "textContent": css}],
    }
    nodes = [
        {"type": 2, "tagName": "button", "id": i, "attributes": {"class": "b"}, "childNodes": []}
        for i in range(10, 500)
    ]
    click = {"type": 3, "timestamp": 3, "data": {"source": 2, "type": 2, "id": 10}}
    started = time.process_time()
    generate([META, document([style, *nodes]), click])
    assert time.process_time() - started < 10


def test_ten_thousand_windows_are_refused() -> None:
    lines = b"\n".join(orjson.dumps([f"w{i}", META]) for i in range(10_000))
    with pytest.raises(RecordingRefused, match="more than 50 windows"):
        trace(read_events(io.BytesIO(lines)))


def test_a_hundred_thousand_clicks_fill_a_spec_and_no_more() -> None:
    button = {"type": 2, "tagName": "button", "id": 3, "attributes": {"aria-label": "Pay"}, "childNodes": []}
    clicks = [
        {"type": 3, "timestamp": 10 + i * 3_000, "data": {"source": 2, "type": 2, "id": 3}} for i in range(30_000)
    ]
    assert generate([META, document([button]), *clicks]) is None


def test_a_huge_page_that_is_clicked_forever_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    if not SOAK:
        monkeypatch.setattr("specward.recording.window._MOST_LOOKED", 200_000)
    button = {"type": 2, "tagName": "button", "id": 3, "attributes": {"aria-label": "Pay"}, "childNodes": []}
    rows = [{"type": 2, "tagName": "li", "id": i, "attributes": {}, "childNodes": []} for i in range(10, 60_000)]
    events = [META, document([button, *rows])]
    for i in range(300):
        text = {"parentId": 2, "nextId": None, "node": {"type": 3, "id": 200_000 + i, "textContent": f"Row {i}"}}
        events.append({"type": 3, "timestamp": 10 + i * 100, "data": {"source": 2, "type": 2, "id": 3}})
        events.append({"type": 3, "timestamp": 50 + i * 100, "data": {"source": 0, "adds": [text]}})
    started = time.process_time()
    found = trace(read_events(io.BytesIO(orjson.dumps(events))))
    assert "the pages are too large to be looked at this often" in {drop.reason for drop in found.dropped}
    assert time.process_time() - started < 45
