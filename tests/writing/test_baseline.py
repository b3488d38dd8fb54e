"""A trace becomes a spec a person would have written: steps, titles, assertions, and no secret in it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specward.language.gate import check
from specward.language.printer import print_spec
from specward.recording.actions import ActionKind, Trace
from specward.recording.sheet import Sheet, sheet_of
from specward.writing.acts import unwritable
from specward.writing.assembling import Written
from specward.writing.assertions import Assertion, assertions_for
from specward.writing.baseline import write
from specward.writing.composing import compose
from tests.recording.replay import SHOP, Replay

ROOT = Path(__file__).resolve().parents[2]


def field(replay: Replay, label: str, key: str, **attributes: Any) -> dict[str, Any]:
    return replay.node("label", {}, [label, replay.node("input", attributes, key=key)])


def checkout(card: str = "4111111111111111", *, masked: bool = False) -> Replay:
    """Alice pays, is refused, mends it, and is thanked."""
    replay = Replay()
    replay.page(
        f"{SHOP}/", [replay.node("a", {"href": "/pay"}, "Pay", key="go"), replay.node("h1", {}, "Cart")], load=False
    )
    replay.later(2_000).click("go")
    form = replay.node(
        "form",
        {},
        [
            replay.node("div", {"role": "alert"}, key="problem"),
            field(replay, "Name", "name"),
            field(replay, "Card number", "card"),
            replay.node("button", {}, "Pay now", key="pay"),
        ],
    )
    replay.page(f"{SHOP}/pay", [replay.node("h1", {}, "Payment"), form], title="Pay")
    replay.click("name").type("name", "Alice", masked=masked).click("pay")
    replay.append("problem", {"type": 3, "textContent": "The card number is missing"})
    replay.click("card").type("card", card, masked=masked).click("pay")
    replay.page(
        f"{SHOP}/thanks", [replay.node("h1", {}, "Thank you"), replay.node("p", {}, "Order no. 48213")], title="Thanks"
    )
    return replay


def written(found: Trace) -> Written:
    return write(unwritable(found)[0])


def test_a_checkout_reads_as_its_user_would_tell_it() -> None:
    assert (
        print_spec(written(checkout().trace()).spec)
        == """\
spec("The mug shop: click Pay now and reach Thank you", origin="https://shop.example")

with step("Open The mug shop"):
    goto("/")
    expect_visible(role("heading", name="Cart"))

with step("Go to Pay"):
    click(role("link", name="Pay"))
    expect_url("/pay")
    expect_visible(role("heading", name="Payment"))

with step("Enter Name and Card number, then click Pay now"):
    fill(role("textbox", name="Name"), "Alice")
    click(role("button", name="Pay now"))
    expect_text(role("alert"), "The card number is missing")
    fill(role("textbox", name="Card number"), secret("CARD_NUMBER"))
    click(role("button", name="Pay now"))
    expect_url("/thanks")
    expect_visible(role("heading", name="Thank you"))
"""
    )


def test_every_spec_passes_its_own_gate_on_its_own_sheet() -> None:
    found = checkout().trace()
    sheet = Sheet.from_bytes(sheet_of(found).to_bytes())
    checked = check(print_spec(written(found).spec), origins=[SHOP], sheet=sheet)
    assert checked.ok, checked.findings


def test_masked_values_are_supplied_by_name() -> None:
    made = written(checkout(masked=True).trace())
    assert made.secrets == (("NAME", "masked by the recorder"), ("CARD_NUMBER", "a card number"))
    assert "*" not in print_spec(made.spec)


def test_a_password_that_was_refused_is_another_secret() -> None:
    replay = Replay()
    form = [field(replay, "Password", "pw", type="password"), replay.node("button", {}, "Sign in", key="ok")]
    replay.page(f"{SHOP}/", [*form, replay.node("div", {"role": "alert"}, key="why")]).click("pw").type(
        "pw", "hunter1", masked=True
    )
    replay.click("ok").append("why", {"type": 3, "textContent": "Wrong password"})
    replay.click("pw").type("pw", "hunter2", masked=True).click("ok")
    names = [name for name, _ in written(replay.trace()).secrets]
    assert names == ["PASSWORD_TRY_1", "PASSWORD"]


def test_two_fields_with_the_same_words_are_two_secrets() -> None:
    replay = Replay()
    boxes = [
        replay.node(
            "div",
            {"data-testid": f"part-{i}"},
            [replay.node("input", {"aria-label": "PIN", "id": f"pin-{i}"}, key=f"pin{i}")],
        )
        for i in ("a", "b")
    ]
    replay.page(f"{SHOP}/", boxes).click("pina").type("pina", "11").click("pinb").type("pinb", "22")
    assert [name for name, _ in written(replay.trace()).secrets] == ["PIN", "PIN_2"]


def test_a_session_that_begins_signed_in_requires_it() -> None:
    replay = Replay()
    replay.page(
        f"{SHOP}/", [replay.node("button", {}, "Sign out"), replay.node("button", {}, "Pay", key="pay")], load=False
    )
    other = Replay(
        html=[
            {"type": 2, "tagName": "button", "attributes": {}, "childNodes": [{"type": 3, "textContent": "Sign out"}]}
        ]
    )
    assert written(other.trace()).spec.requires == ("signed in",)


def test_what_is_not_true_in_all_sessions_is_not_asserted() -> None:
    def session(greeting: str) -> Trace:
        replay = Replay()
        replay.page(
            f"{SHOP}/", [replay.node("button", {}, "Pay", key="pay"), replay.node("div", {}, key="list")]
        ).click("pay")
        replay.append("list", replay.node("p", {"role": "status"}, greeting))
        return replay.append("list", replay.node("h2", {}, "Thanks")).trace()

    one, other = session("Hello Alice"), session("Hello Bob")
    assert "Hello Alice" in print_spec(write(one).spec)
    both = print_spec(write(one, [other]).spec)
    assert "Hello" not in both and "Thanks" in both


def test_the_table_of_scores_ranks_what_a_person_would_check() -> None:
    found = checkout().trace()
    chosen: list[Assertion] = [one for action in found.actions for one in assertions_for(action)]
    kept = [one.call.primitive for one in chosen if one.must_keep]
    assert kept.count("expect_url") == 2 and "expect_text" in kept
    assert all(45 <= one.score <= 100 for one in chosen)


def test_an_action_never_drowns_in_assertions() -> None:
    replay = Replay()
    replay.page(
        f"{SHOP}/",
        [replay.node("button", {}, "More", key="more"), replay.node("ul", {"aria-label": "Mugs"}, key="list")],
    )
    replay.click("more")
    for i in range(30):
        replay.append(
            "list", replay.node("li", {}, [replay.node("b", {}, f"Mug of kind {chr(65 + i % 26)}{chr(97 + i % 26)}")])
        )
    assert len(assertions_for(replay.trace().actions[-1])) <= 2


_AGAIN = """
import sys, io
from specward.language.printer import print_spec
from specward.recording.reading import read_events
from specward.recording.sheet import sheet_of
from specward.recording.tracing import trace
from specward.writing.acts import unwritable
from specward.writing.baseline import write
found = unwritable(trace(read_events(io.BytesIO(sys.stdin.buffer.read()))))[0]
sys.stdout.buffer.write(print_spec(write(found).spec).encode() + sheet_of(found).to_bytes())
"""


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_bytes_are_the_same_in_every_process(seed: str) -> None:
    raw = checkout().bytes()
    first = subprocess.run(
        [sys.executable, "-c", _AGAIN],
        input=raw,
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    ).stdout
    again = subprocess.run(
        [sys.executable, "-c", _AGAIN],
        input=raw,
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
    ).stdout
    assert first == again and b"Thank you" in first


def test_a_very_long_session_is_cut_and_says_where() -> None:
    replay = Replay()
    names = [f"Product {chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(600)]
    buttons = [replay.node("button", {}, name, key=name) for name in names]
    replay.page(f"{SHOP}/", [*buttons, replay.node("div", {}, key="list")])
    for name in names:
        replay.click(name).append("list", replay.node("p", {}, f"You chose {name}"))
    made = compose(replay.trace())
    assert made.checked.ok, made.checked.findings[:3]
    assert 100 < len(made.trace.actions) < 601 and len(made.sheet) <= 64 * 1024
    assert "the session is too long for one spec" in made.written.notes[-1]
    assert len(made.written.assertions) > len(made.trace.actions) // 2


def test_a_spec_is_checked_on_the_sheet_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("specward.writing.composing.sheet_of", lambda trace, *_: Sheet(trace.origin, trace.title, ()))
    made = compose(checkout().trace())
    assert not made.checked.ok and all(finding.rule.startswith("ungrounded") for finding in made.checked.findings)


def sized(*sizes: tuple[Any, Any]) -> str:
    """The first line of the spec of a session whose pages had these sizes, one after the other."""
    replay = Replay()
    replay.events.clear()
    for number, size in enumerate(sizes):
        replay.page(f"{SHOP}/{number}", replay.node("h1", {}, f"Page {number}"), size=size).later(20_000)
    return compose(replay.trace()).text.splitlines()[0]


def test_a_session_of_a_phone_gives_a_spec_that_is_run_on_a_page_of_its_size() -> None:
    assert sized((390, 844)).endswith(', origin="https://shop.example", viewport="390x844")')
    assert sized((1280, 720)).endswith(', origin="https://shop.example")')
    assert sized((390, 844), (844, 390)).endswith('viewport="390x844")'), "turned later: it began upright"
    assert sized((0, 0), (390, 844)).endswith('viewport="390x844")'), "a tab that was hidden at first"


@pytest.mark.parametrize(
    "size", [(0, 0), (-390, 844), (99, 844), (390, 10**9), (1e300, 844), ("390", "844"), (True, 844), (None, None)]
)
def test_an_absurd_size_in_a_recording_is_not_believed(size: tuple[Any, Any]) -> None:
    assert "viewport" not in sized(size)


def test_a_session_with_an_action_that_cannot_be_written_keeps_its_size() -> None:
    found = checkout().trace()
    wordless = replace(found.actions[1], kind=ActionKind.SELECT, value=" ")
    kept, dropped = unwritable(replace(found, size=(390, 844), actions=(found.actions[0], wordless)))
    assert len(dropped) == 1 and kept.size == (390, 844)
