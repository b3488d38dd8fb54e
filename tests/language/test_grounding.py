"""Grounding: what a recording bears out, and what it does not."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from specward.language import Rule, Sheet, check, ground, parse
from specward.recording import sheet as recorded
from specward.recording.locators import By, Frame, Locator
from tests.language.specs import MUG, ORIGIN, with_call

CARD = Locator(By.LABEL, "Card number")
STATUS = Locator(By.ROLE, "status")
PAY = Locator(By.ROLE, "button", "Pay")
SIZE = Locator(By.LABEL, "Size")
IN_FRAME = Locator(By.LABEL, "Name", within=Frame(Locator(By.CSS, "iframe")))


@dataclass(frozen=True)
class RecordedSheet:
    """What Alice's recording of buying a mug left behind."""

    locators: frozenset[Locator] = frozenset(
        {
            *(CARD, STATUS, PAY, SIZE, IN_FRAME),
            Locator(By.ROLE, "link", "Mugs"),
            Locator(By.ROLE, "heading", "Mugs"),
            Locator(By.ROLE, "listitem"),
            Locator(By.ROLE, "button", "Pay later"),
        }
    )
    texts: dict[Locator, frozenset[str]] = field(
        default_factory=lambda: {STATUS: frozenset({"Thank you", "Your order is on its way"})}
    )
    values: dict[Locator, frozenset[str]] = field(
        default_factory=lambda: {CARD: frozenset({"4242"}), SIZE: frozenset({"Big"})}
    )
    urls: frozenset[str] = frozenset({"/", "/thanks?order=7#top", "https://shop.example/cart"})
    titles: frozenset[str] = frozenset({"Acme Mugs"})
    counts: dict[Locator, frozenset[int]] = field(
        default_factory=lambda: {Locator(By.ROLE, "listitem"): frozenset({3, 12})}
    )
    origin: str = ORIGIN


def as_grounding_sheet(sheet: recorded.Sheet) -> Sheet:
    """The sheet that recordings leave is one that grounding reads: mypy holds that their types agree."""
    return sheet


def found(call: str) -> list[tuple[Rule, int, int]]:
    return [(f.rule, f.line, f.column) for f in check(with_call(call), sheet=RecordedSheet()).findings]


def test_a_spec_that_the_recording_bears_out_has_no_findings():
    checked = check(MUG, sheet=RecordedSheet())
    assert checked.ok
    assert ground(parse(MUG), RecordedSheet()) == ()


@pytest.mark.parametrize(
    "call",
    [
        'expect_text(role("status"), "on its way", contains=True)',
        'fill(label("Card number"), "4242")',
        'fill(label("Card number"), secret("CARD"))',
        'expect_value(label("Card number"), "4242")',
        'select_option(label("Size"), "Big")',
        'expect_title("Acme Mugs")',
        'expect_count(role("listitem"), 12)',
        'expect_hidden(role("button", name="Pay"))',
        'expect_url("/thanks?order=7")',
        'expect_url("/cart")',
        'goto("/thanks?order=7#top")',
        'goto("/cart")',
        'click(label("Name", within=frame(css("iframe"))))',
        'press(label("Card number"), "Enter")',
        'answer_dialog("accept")',
        "reload()",
    ],
)
def test_what_was_seen_is_grounded(call):
    assert found(call) == []


@pytest.mark.parametrize(
    ("call", "rule", "column"),
    [
        ('click(role("button", name="Buy"))', Rule.UNGROUNDED_LOCATOR, 11),
        ('click(role("button", name="Pay", nth=0))', Rule.UNGROUNDED_LOCATOR, 11),
        ('click(label("Name"))', Rule.UNGROUNDED_LOCATOR, 11),
        ('click(label("Name", within=frame(css("#other"))))', Rule.UNGROUNDED_LOCATOR, 11),
        ('drag_to(role("status"), text("nowhere"))', Rule.UNGROUNDED_LOCATOR, 29),
        ('drag_to(text("nowhere"), role("status"))', Rule.UNGROUNDED_LOCATOR, 13),
        ('expect_text(role("status"), "Thank")', Rule.UNGROUNDED_TEXT, 33),
        ('expect_text(role("status"), "stolen", contains=True)', Rule.UNGROUNDED_TEXT, 33),
        ('expect_text(label("Size"), "Thank you")', Rule.UNGROUNDED_TEXT, 32),
        ('fill(label("Card number"), "5555")', Rule.UNGROUNDED_VALUE, 32),
        ('fill(label("Size"), "4242")', Rule.UNGROUNDED_VALUE, 25),
        ('expect_value(label("Card number"), "")', Rule.UNGROUNDED_VALUE, 40),
        ('select_option(label("Size"), "Huge")', Rule.UNGROUNDED_VALUE, 34),
        ('expect_title("Acme")', Rule.UNGROUNDED_TITLE, 18),
        ('expect_count(role("listitem"), 4)', Rule.UNGROUNDED_COUNT, 36),
        ('expect_url("/admin")', Rule.UNGROUNDED_URL, 16),
        ('expect_url("/cart?x=1")', Rule.UNGROUNDED_URL, 16),
        ('goto("/thanks")', Rule.UNGROUNDED_URL, 10),
        ('expect_popup("/help")', Rule.UNGROUNDED_URL, 18),
        ('answer_dialog("accept", text="Mallory")', Rule.UNGROUNDED_VALUE, 34),
    ],
)
def test_what_was_not_seen_is_found_where_it_stands(call, rule, column):
    assert found(call) == [(rule, 4, column)]


def test_an_ungrounded_spec_is_still_a_spec_which_a_person_may_approve():
    checked = check(MUG.replace("Thank you", "Thanks"), sheet=RecordedSheet())
    assert checked.spec is not None
    assert not checked.ok
    assert checked.ungrounded == checked.findings


def test_the_hint_names_the_nearest_that_was_seen():
    (finding,) = check(with_call('click(role("button", name="Pax"))'), sheet=RecordedSheet()).findings
    assert 'role("button", name="Pay")' in finding.hint
    (finding,) = check(with_call('expect_text(role("status"), "Thank yuo")'), sheet=RecordedSheet()).findings
    assert '"Thank you"' in finding.hint
    (finding,) = check(with_call('expect_count(role("listitem"), 4)'), sheet=RecordedSheet()).findings
    assert "3, 12" in finding.hint


def test_each_argument_that_is_not_grounded_is_found():
    call = 'fill(label("PIN"), "1234")'
    assert [rule for rule, _, _ in found(call)] == [Rule.UNGROUNDED_LOCATOR, Rule.UNGROUNDED_VALUE]


def test_places_are_those_of_the_text_that_was_checked_or_else_of_the_printed_one():
    source = MUG.replace("\n\nwith", "\n\n\n\nwith", 1).replace("Thank you", "Thanks")
    assert [f.line for f in check(source, sheet=RecordedSheet()).findings] == [13]
    assert [f.line for f in ground(parse(source), RecordedSheet())] == [11]


def test_the_sheet_of_a_recording_without_steps_bears_out_nothing():
    empty = as_grounding_sheet(recorded.Sheet(ORIGIN, "", ()))
    assert {f.rule for f in ground(parse(MUG), empty)} >= {Rule.UNGROUNDED_LOCATOR, Rule.UNGROUNDED_TEXT}


def test_a_sheet_with_many_long_texts_gives_a_hint_quickly():
    sheet = RecordedSheet(texts={STATUS: frozenset(f"{n} {'long text ' * 90}" for n in range(60))})
    (finding,) = check(with_call(f'expect_text(role("status"), "{"other text " * 80}")'), sheet=sheet).findings
    assert len(finding.hint) < 400


def test_a_spec_that_is_invented_throughout_is_judged_as_quickly_as_one_with_fifty_inventions():
    """Each finding has the nearest looked up, and a version that is kept is judged whenever somebody reads it."""
    known = [Locator(By.ROLE, "button", f"Button {number} of all that stand on this page") for number in range(150)]
    sheet = RecordedSheet(locators=frozenset(known))
    calls = "\n".join(f'    click(role("button", name="Buttno {number} of all that stand"))' for number in range(900))
    checked = check(f'spec("x", origin="{ORIGIN}")\n\nwith step("x"):\n{calls}\n')
    assert checked.spec is not None
    began = time.process_time()
    assert 50 <= len(ground(checked.spec, sheet)) <= 53
    assert time.process_time() - began < 10
