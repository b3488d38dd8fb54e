"""What a page calls itself and its controls comes into titles and notes as words, however hostile it is."""

from __future__ import annotations

import pytest

from specward.writing.composing import Composed, compose
from specward.writing.titles import spec_title, step_title
from tests.recording.replay import SHOP, Replay
from tests.writing.examples import held_back, hostile_titles
from tests.writing.test_titling import is_inert


def visited(words: str) -> Composed:
    """A page that says ``words`` wherever a title is taken from, and another one that is reached."""
    replay = Replay()
    fields = [
        replay.node("input", {"aria-label": words}, key="field"),
        replay.node("select", {"aria-label": words}, [replay.node("option", {}, words)], key="list"),
        replay.node("input", {"type": "checkbox", "aria-label": words}, key="box"),
        replay.node("button", {}, words, key="button"),
        replay.node("a", {"href": f"{SHOP}/next"}, words, key="link"),
        replay.node("a", {"href": "/out", "title": words}, f"Log out {words}"),
    ]
    replay.page(f"{SHOP}/", [replay.node("form", {}, fields)], title=words)
    replay.click("field").type("field", "Ring").input("list", words).input("box", "on", checked=True)
    replay.click("button").later(500).click("link")
    replay.page(f"{SHOP}/next", [replay.node("h1", {}, words)], title=words)
    return compose(replay.trace())


@pytest.mark.parametrize("words", [words for words in hostile_titles() if "\ud800" not in words])
def test_no_page_can_make_a_title_of_more_than_words(words: str) -> None:
    made = visited(words)
    assert made.checked.ok, made.checked.findings
    titles = [made.written.spec.title, *(step.title for step in made.written.spec.steps)]
    assert [title for title in titles if not is_inert(title)] == []
    for note in made.written.notes:
        assert note.isprintable() and not set("<>`\\=@|{}[]#") & set(note)


def test_no_title_says_what_must_not_be_said() -> None:
    for _, words in held_back():
        made = visited(words)
        titles = [made.written.spec.title, *(step.title for step in made.written.spec.steps)]
        assert [title for title in titles if not is_inert(title)] == []


def test_the_words_before_what_may_not_be_said_are_kept() -> None:
    replay = Replay()
    names = ("Delete 3 Quay Street, Cork", "3 Quay Street, Cork")
    buttons = [replay.node("button", {}, name, key=f"b{i}") for i, name in enumerate(names)]
    replay.page(f"{SHOP}/", [replay.node("form", {}, [button]) for button in buttons]).click("b0").later(900).click(
        "b1"
    )
    made = compose(replay.trace())
    assert [step.title for step in made.written.spec.steps][-2:] == ["Click Delete\u2026", "Click the button"]


def test_where_no_word_may_be_said_it_is_told_what_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    made = visited("Tall mug")
    monkeypatch.setattr("specward.writing.titles.titled", lambda text: None)
    actions = made.trace.actions
    assert step_title(actions[1:3]) == "Enter the field and the list"
    assert step_title(actions[:1]) == "Open the start page"
    assert "mug" not in spec_title("Tall mug", actions) + step_title(actions)
