"""What a spec could not assert is said, with the reason, so that nobody takes silence for a check."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from demo.flows import RECORDINGS
from specward.recording.reading import read_events
from specward.recording.sheet import Sheet
from specward.recording.tracing import trace
from specward.writing.composing import Composed, compose
from specward.writing.silence import Why, counted
from tests.cli.test_commands import run
from tests.recording.replay import SHOP, Replay


def composed(replay: Replay) -> Composed:
    return compose(replay.trace())


def pressed(*children: object) -> Replay:
    """Bob presses a button, and that comes, among other paragraphs."""
    replay = Replay()
    go = replay.node("button", {}, "Go", key="go")
    replay.page(
        f"{SHOP}/", [go, replay.node("div", {}, [replay.node("p", {}, words) for words in ("One", "Two")], key="here")]
    )
    replay.click("go")
    for child in children:
        replay.append("here", replay.node("p", {}, child))
    return replay


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("*** **** ******", Why.MASKED),
        ("Your order is 4821377", Why.VOLATILE),
        ("…", Why.UNSAYABLE),
    ],
)
def test_bob_reads_why_nothing_is_asserted_after_his_click(said: str, why: Why) -> None:
    made = composed(pressed(said))
    silent = made.written.silent[-1]
    assert (silent.call.primitive, silent.why) == ("click", why)
    assert made.trace.actions[silent.action].kind.value == "click"
    assert any(f"after 1 what changed {_WORDS[why]}" in note for note in made.written.notes)


_WORDS = {Why.MASKED: "is masked", Why.VOLATILE: "reads differently", Why.UNSAYABLE: "cannot be pointed at"}


def test_what_is_asserted_is_not_called_silent() -> None:
    made = composed(pressed("Your table is booked"))
    assert [silent.call.primitive for silent in made.written.silent if silent.call.primitive == "click"] == []
    assert not any("masked" in note or "no assertion" in note for note in made.written.notes)


def test_what_differs_between_two_sessions_says_so() -> None:
    one, other = pressed("You are lucky"), pressed("You are welcome")
    made = compose(one.trace(), [other.trace()])
    assert made.written.silent[-1].why is Why.DIFFERS


def test_alice_s_masked_purchase_says_how_much_was_masked_and_what_is_asserted_instead() -> None:
    made = compose(trace(read_events(RECORDINGS / "buy-by-courier-all-masked.json.gz")))
    addresses = sum(one.call.primitive == "expect_url" for one in made.written.assertions)
    note = next(note for note in made.written.notes if "cannot be asserted" in note)
    assert addresses and f"asserted instead: {addresses} addresses" in note and "unmasked" in note
    masked = sum(action.unsaid.masked for action in made.trace.actions)
    assert masked > 100 and note.startswith(f"{masked} texts that came with ")
    assert Sheet.from_bytes(made.sheet).notes == made.written.notes


def test_an_unmasked_purchase_has_no_masked_text() -> None:
    made = compose(trace(read_events(RECORDINGS / "buy-by-courier.json.gz")))
    assert sum(action.unsaid.masked for action in made.trace.actions) == 0


def test_generate_says_it_to_people_and_to_programs(tmp_path: Path) -> None:
    (tmp_path / "bob.json").write_bytes(pressed("*** ****").bytes())
    said = run("generate", tmp_path / "bob.json", "--out", tmp_path / "out").stderr
    assert "1 text that came with 1 action was masked by the recorder" in said
    made = orjson.loads(run("generate", tmp_path / "bob.json", "--out", tmp_path / "out", "--json").stdout)
    silent = made["specs"][0]["not_asserted"][-1]
    assert silent["why"] == "masked" and silent["call"] == 'click(role("button", name="Go"))' and silent["step"]
    sheet = orjson.loads((tmp_path / "out" / "bob.sheet.json").read_bytes())
    assert sheet["notes"] == made["specs"][0]["notes"]


def test_an_older_sheet_without_notes_is_read() -> None:
    raw = orjson.loads(composed(pressed("Booked")).sheet)
    del raw["notes"]
    assert Sheet.from_bytes(orjson.dumps(raw)).notes == ()


def test_things_are_counted_in_words() -> None:
    assert [counted(n, what) for n, what in ((1, "text"), (2, "address"), (3, "box"), (2, "thing that came"))] == [
        "1 text", "2 addresses", "3 boxes", "2 things that came",
    ]  # fmt: skip
