"""What Alice typed as a secret is said nowhere, however the page echoes it; Mallory's page cannot make it be said."""

from __future__ import annotations

from typing import Any

import pytest

from specward.recording.actions import Trace
from specward.writing.composing import compose
from tests.recording.replay import SHOP, Replay
from tests.recording.test_tracing import field

SECRET = "hunter2xyz"


def everything(found: Trace) -> str:
    made = compose(found)
    assert made.checked.ok, made.checked.findings
    return repr(found) + made.text + made.sheet.decode() + repr(made.written)


def login(replay: Replay, *more: dict[str, Any]) -> Replay:
    body = [field(replay, "Password", "pw", type="password"), replay.node("button", {}, "Next", key="next"), *more]
    return replay.page(f"{SHOP}/", [*body, replay.node("div", {}, key="far")]).click("pw").type("pw", SECRET)


@pytest.mark.parametrize("words", ["Your password hunter2xyz is weak", "hunter2xyz", "(hunter2xyz)"])
def test_a_status_that_echoes_it_is_not_asserted(words: str) -> None:
    replay = login(Replay()).click("next")
    replay.append("far", replay.node("p", {"role": "status"}, words))
    assert SECRET not in everything(replay.trace())


def pressed(replay: Replay, words: str, **attributes: Any) -> Replay:
    replay.page(f"{SHOP}/", [field(replay, "Word", "pw", **attributes), replay.node("button", {}, words, key="next")])
    return replay


def test_a_control_that_says_it_in_capitals_is_not_named_by_it() -> None:
    replay = pressed(Replay(), "Not HUNTER2XYZ", type="password").type("pw", SECRET)
    assert SECRET not in everything(replay.later(4000).click("next").later(3000).trace()).lower()


@pytest.mark.parametrize("then", ["another", "h", ""])
def test_what_was_typed_over_in_a_secret_field_is_not_said_either(then: str) -> None:
    replay = pressed(Replay(), f"Not {SECRET}", type="password").type("pw", SECRET).input("pw", then)
    assert SECRET not in everything(replay.later(4000).click("next").later(3000).trace())


def test_what_was_typed_before_a_field_became_a_secret_one_is_not_said() -> None:
    replay = pressed(Replay(), f"Not {SECRET}").type("pw", SECRET).later(3000)
    replay.set("pw", type="password").type("pw", "another")
    assert SECRET not in everything(replay.later(4000).click("next").later(3000).trace())


def test_a_field_that_it_is_copied_to_is_not_asserted() -> None:
    replay = Replay()
    login(replay, field(replay, "Again", "again")).click("next").input("again", SECRET, by_user=False)
    assert SECRET not in everything(replay.trace())


def test_a_card_number_that_the_page_spaces_is_not_asserted() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Card number", "c"), replay.node("button", {}, "Next", key="b")])
    replay.click("c").type("c", "4111111111111111").click("b").input("c", "4111 1111 1111 1111", by_user=False)
    said = everything(replay.trace())
    assert "4111" not in said


def test_a_row_that_held_it_is_not_named_by_it() -> None:
    replay = Replay()
    row = replay.node(
        "tr",
        {},
        [
            replay.node(
                "td", {}, ["Login ", replay.node("input", {"type": "password", "aria-label": "Password"}, key="pw")]
            )
        ],
        key="row",
    )
    body = [
        replay.node("table", {}, [replay.node("tbody", {}, [row], key="body")]),
        replay.node("button", {}, "Remove", key="b"),
    ]
    replay.page(f"{SHOP}/", body).click("pw").type("pw", SECRET).click("b").remove("body", "row")
    assert SECRET not in everything(replay.trace())


def test_a_title_that_it_got_into_is_left_out() -> None:
    replay = login(Replay()).click("next")
    replay.page(f"{SHOP}/next", [replay.node("h1", {}, "Next")], title=f"Welcome {SECRET}")
    assert SECRET not in everything(replay.trace())


def test_a_password_that_was_shown_stays_one() -> None:
    replay = login(Replay()).set("pw", type="text").click("next")
    replay.click("pw").type("pw", SECRET + "!")
    assert SECRET not in everything(replay.trace())


def test_a_file_is_not_named_where_the_page_names_it() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Photo", "photo", type="file"), replay.node("div", {}, key="far")])
    replay.click("photo").input("photo", "C:\\fakepath\\alice-passport.png")
    replay.append("far", replay.node("p", {"role": "status"}, "alice-passport.png was uploaded"))
    assert "alice-passport" not in everything(replay.trace())


def test_an_ending_that_is_a_name_is_not_kept() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, "Photo", "photo", type="file")]).click("photo").input("photo", "alice.smith")
    assert "smith" not in everything(replay.trace())


@pytest.mark.parametrize(
    "label",
    ["Wachtwoord", "Senha", "Пароль", "密码", "パスワード", "Hasło", "Geheimzahl", "Sicherheitscode", "TAN",
     "Secret answer",
     "Security answer", "Recovery phrase", "Código de seguridad", "API token",
     "Bearer token", "Kontonummer", "Passport number"],
)  # fmt: skip
def test_a_secret_field_is_known_in_other_words(label: str) -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [field(replay, label, "f")]).click("f").type("f", SECRET)
    assert SECRET not in everything(replay.trace())


def test_a_chosen_expiry_is_a_secret() -> None:
    replay = Replay()
    options = [replay.node("option", {"value": str(i)}, f"Month {i}") for i in range(1, 13)]
    body = [replay.node("select", {"aria-label": "Month", "autocomplete": "cc-exp-month"}, options, key="m")]
    replay.page(f"{SHOP}/", body).input("m", "7")
    assert "Month 7" not in everything(replay.trace())


@pytest.mark.parametrize("words", ["We wrote to alice@acme.example", "Pay with 4111 1111 1111 1111"])
def test_what_is_personal_is_not_asserted(words: str) -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("button", {}, "Send", key="b"), replay.node("div", {}, key="far")]).click("b")
    replay.append("far", replay.node("p", {"role": "status"}, words))
    assert words not in everything(replay.trace())


def test_a_note_that_is_in_a_field_is_no_name_for_it() -> None:
    replay = Replay()
    replay.page(f"{SHOP}/", [replay.node("textarea", {}, "Dear Bob, the key is under the mat", key="t")])
    replay.click("t").type("t", "x")
    assert "mat" not in everything(replay.trace())
