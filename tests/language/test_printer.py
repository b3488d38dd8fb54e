"""The canonical text."""

from __future__ import annotations

import ast

import pytest

from specward.language import check, parse, print_call, print_locator, print_spec, spec_digest
from specward.language.characters import quote, quote_ascii, shown
from specward.language.ir import Call, Spec, Step
from specward.recording.locators import By, Frame, Locator
from tests.language import own_cases
from tests.language.specs import MUG, ORIGIN

LITERALS = own_cases.read("literals")


def test_a_spec_is_printed_as_the_design_shows_it():
    assert print_spec(parse(MUG)) == MUG


def test_requires_stand_under_the_title():
    spec = Spec("a", ORIGIN, ("b", "c"), (Step("d", (Call("reload", ()),)),))
    assert print_spec(spec) == (
        f'spec("a", origin="{ORIGIN}")\nrequires("b")\nrequires("c")\n\nwith step("d"):\n    reload()\n'
    )


def test_keyword_arguments_are_printed_with_their_names():
    target = Locator(By.ROLE, "button", "Pay", 1, Frame(Locator(By.CSS, "iframe")))
    text = 'role("button", name="Pay", nth=1, within=frame(css("iframe")))'
    assert print_locator(target) == text
    assert print_call(Call("expect_checked", (("target", target), ("checked", False)))) == (
        f"expect_checked({text}, checked=False)"
    )


@pytest.mark.parametrize("text", LITERALS, ids=lambda text: ascii(text)[:40])
def test_a_printed_string_means_exactly_itself(text):
    for written in (quote(text), quote_ascii(text)):
        assert ast.literal_eval(written) == text
        assert "\n" not in written
    assert quote_ascii(text).isascii()
    assert quote_ascii(text).isprintable()


def test_letters_and_emoji_stay_readable_and_what_cannot_be_seen_does_not_hide():
    assert quote('Größe "€" 你 😀') == '"Größe \\"€\\" 你 😀"'
    assert quote("a\u00a0b\u200dc\u202ed\ue900\n\t\x00") == '"a\\xa0b\\u200dc\\u202ed\\ue900\\n\\t\\x00"'


def test_a_message_shows_a_bounded_printable_piece():
    assert shown("x" * 100) == '"' + "x" * 60 + '"...'
    assert shown("\x1b[2J\u202e") == '"\\x1b[2J\\u202e"'


def test_the_digest_is_of_the_meaning_not_of_the_layout():
    assert spec_digest(parse(MUG)) == spec_digest(parse(MUG.replace('"', "'") + "# seen by Cora\n"))
    assert spec_digest(parse(MUG)) != spec_digest(parse(MUG.replace("Thank you", "Thank You")))
    assert len(spec_digest(parse(MUG))) == 64


@pytest.mark.parametrize("text", LITERALS, ids=lambda text: ascii(text)[:40])
def test_a_literal_in_a_source_text_comes_back_exactly_or_is_refused(text):
    for call, slot in (("fill(label('x'), {})", "value"), ("expect_title({})", "title")):
        checked = check(f"spec('a', origin='{ORIGIN}')\nwith step('b'):\n    {call.format(ascii(text))}\n")
        if checked.spec is not None:
            assert checked.spec.steps[0].calls[0].get(slot) == text
        else:
            assert checked.findings
