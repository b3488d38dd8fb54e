"""What a page calls itself and its controls comes into titles and notes as words, however hostile it is."""

from __future__ import annotations

import pytest

from specward.writing.composing import Composed, compose
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


def test_words_that_may_be_said_alone_and_not_together_are_left_out() -> None:
    replay = Replay()
    labels = ("Numbers 4111 1111", "1111 1111 numbers")
    fields = [replay.node("input", {"aria-label": label}, key=f"f{i}") for i, label in enumerate(labels)]
    replay.page(f"{SHOP}/", fields).click("f0").type("f0", "abc").click("f1").type("f1", "abd")
    made = compose(replay.trace())
    assert all(is_inert(step.title) for step in made.written.spec.steps)
    assert made.written.spec.steps[-1].title == "Enter the field"
