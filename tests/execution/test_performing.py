"""Each primitive does what its entry in the registry says, and fails with a sentence a person can act on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from specward.execution.outcomes import FailureKind
from specward.execution.performing import PERFORMANCES, expected
from specward.language import parse
from specward.language.primitive import Kind
from specward.language.registry import CALLS, REGISTRY
from specward.recording.locators import By
from tests.execution.conftest import PATIENT, SECRET, SHORT, Perform, failed

SAID = 'expect_text(role("status"), "{}")'

PASSING = [
    ("goto", ['goto("/second.html")', 'expect_title("Second")']),
    ("click", ['click(role("button", name="Go"))', SAID.format("clicked")]),
    ("double_click", ['double_click(test_id("go-button"))', SAID.format("double-clicked")]),
    ("hover", ['hover(title("A tip"))', SAID.format("hovered")]),
    ("fill", ['fill(placeholder("Your name"), "Alice")', 'expect_value(label("Name"), "Alice")']),
    ("press", ['press(label("Name"), "Shift+ArrowLeft")', SAID.format("key ArrowLeft")]),
    ("select_option", ['select_option(label("Size"), "Large")', 'expect_value(label("Size"), "Large")']),
    ("select_option", ['select_option(label("Size"), secret("LARGE"))', 'expect_value(label("Size"), "Large")']),
    ("check", ['check(label("Gift"))', 'expect_checked(label("Gift"))']),
    ("uncheck", ['uncheck(label("Letter"))', 'expect_checked(label("Letter"), checked=False)']),
    ("set_input_files", ['set_input_files(label("Invoice"), fixture("invoice.txt"))', SAID.format("invoice.txt 5")]),
    ("drag_to", ['drag_to(text("Parcel"), text("Shelf"))', SAID.format("dropped")]),
    ("scroll_to", ['scroll_to(text("At the very bottom"))', SAID.format("scrolled")]),
    ("go_back", ['goto("/second.html")', "go_back()", 'expect_url("/controls.html")']),
    ("go_forward", ['goto("/second.html")', "go_back()", "go_forward()", 'expect_url("/second.html")']),
    ("reload", ['click(role("button", name="Go"))', "reload()", SAID.format("nothing yet")]),
    ("answer_dialog", ['answer_dialog("accept")', 'click(text("Confirm"))', SAID.format("confirmed true")]),
    ("answer_dialog", ['answer_dialog("dismiss")', 'click(text("Confirm"))', SAID.format("confirmed false")]),
    ("answer_dialog", ['answer_dialog("accept", text="Bob")', 'click(text("Prompt"))', SAID.format("prompted Bob")]),
    ("expect_visible", ['expect_visible(alt("A mug"))']),
    ("expect_hidden", ['expect_hidden(role("button", name="Gone"))']),
    ("expect_hidden", ['expect_hidden(css("button", nth=99))']),
    ("expect_text", ['click(text("Later"))', SAID.format("late")]),
    ("expect_text", ['expect_text(css("h1"), "counter", contains=True)']),
    ("expect_value", ['expect_value(label("Fixed"), "as it is")']),
    ("expect_checked", ['expect_checked(label("Letter"))']),
    ("expect_url", ['click(text("Part"))', 'expect_url("/controls.html#part")', 'expect_url("/controls.html")']),
    ("expect_title", ['expect_title("Acme\'s counter")']),
    ("expect_count", ['expect_count(role("listitem", within=role("list", name="Mugs")), 3)']),
    ("expect_popup", ['click(text("Pop up"))', 'expect_popup("/second.html")', 'expect_url("/controls.html")']),
]

FAILING = [
    ('goto("/nowhere.html")', 'expect_title("Second")', FailureKind.NOT_AS_EXPECTED, 'the title "Second"; it is ""'),
    ("", 'click(role("button", name="Nope"))', FailureKind.NOT_FOUND, "no element matches"),
    ("", 'click(role("button", name="Twin"))', FailureKind.AMBIGUOUS, "2 elements match"),
    ("", 'click(role("button", name="Locked"))', FailureKind.NOT_ACTIONABLE, "the element is disabled"),
    ("", 'click(text("Ghost"))', FailureKind.NOT_ACTIONABLE, "the element is there but not visible"),
    ("", 'click(text("Covered"))', FailureKind.NOT_ACTIONABLE, 'another element covers it: "<div class="veil">'),
    ("", 'double_click(text("Nope"))', FailureKind.NOT_FOUND, "to double-click"),
    ("", 'hover(text("Nope"))', FailureKind.NOT_FOUND, "to move the mouse over"),
    ("", 'fill(label("Fixed"), "b")', FailureKind.NOT_ACTIONABLE, "the element is read-only"),
    ("", 'fill(css("h1"), "b")', FailureKind.WRONG_KIND, "the element is of another kind"),
    ("", 'press(label("Nope"), "Enter")', FailureKind.NOT_FOUND, 'to press "Enter" in label("Nope")'),
    ("", 'select_option(label("Size"), "Huge")', FailureKind.NO_OPTION, 'to choose "Huge"'),
    ("", 'check(css("h1"))', FailureKind.WRONG_KIND, "of another kind"),
    ("", 'uncheck(label("Nope"))', FailureKind.NOT_FOUND, "to clear"),
    ("", 'set_input_files(label("Nope"), fixture("invoice.txt"))', FailureKind.NOT_FOUND, 'fixture("invoice.txt")'),
    ("", 'drag_to(text("Parcel"), text("Nope"))', FailureKind.NOT_FOUND, "to drag"),
    ("", 'scroll_to(text("Nope"))', FailureKind.NOT_FOUND, "to scroll to"),
    ("", 'expect_visible(text("Nope"))', FailureKind.NOT_FOUND, "to be visible; no element matches"),
    ("", 'expect_visible(text("Ghost"))', FailureKind.NOT_AS_EXPECTED, 'it is "hidden"'),
    ("", 'expect_hidden(css("h1"))', FailureKind.NOT_AS_EXPECTED, 'it is "visible"'),
    ("", 'expect_text(css("h1"), "Globex")', FailureKind.NOT_AS_EXPECTED, 'it is "Acme\'s counter"'),
    ("", 'expect_text(css("h1"), "counter")', FailureKind.NOT_AS_EXPECTED, 'it is "Acme\'s counter"'),
    ("", 'expect_value(label("Fixed"), "other")', FailureKind.NOT_AS_EXPECTED, 'it is "as it is"'),
    ("", 'expect_checked(label("Gift"))', FailureKind.NOT_AS_EXPECTED, 'it is "unchecked"'),
    ("", 'expect_checked(label("Letter"), checked=False)', FailureKind.NOT_AS_EXPECTED, 'it is "checked"'),
    ("", 'expect_url("/second.html")', FailureKind.NOT_AS_EXPECTED, "/controls.html"),
    ("", 'expect_count(role("listitem"), 4)', FailureKind.NOT_AS_EXPECTED, 'it is "3"'),
    ("", 'expect_popup("/second.html")', FailureKind.NOT_AS_EXPECTED, "none was opened"),
    ('click(text("Pop up"))', 'expect_popup("/third.html")', FailureKind.NOT_AS_EXPECTED, "second.html?from=popup"),
]


def test_every_primitive_that_can_stand_in_a_step_is_performed_and_nothing_else():
    assert PERFORMANCES.keys() == CALLS.keys()
    assert {name for name, entry in PERFORMANCES.items() if entry.assertion} == {
        p.name for p in REGISTRY.values() if p.kind is Kind.ASSERTION
    }
    assert {name for name, _ in PASSING} == CALLS.keys()


@pytest.mark.parametrize("primitive", CALLS.values(), ids=lambda primitive: primitive.name)
def test_what_is_expected_names_what_the_call_was_given(primitive):
    spec = parse(
        'spec("a", origin="https://a.example")\n\nwith step("b"):\n    '
        + next(
            calls[-1] for name, calls in PASSING if calls[-1].startswith(primitive.name + "(") or name == primitive.name
        )
        + "\n"
    )
    assert expected(spec.steps[0].calls[0])


@pytest.mark.chromium
def test_each_primitive_does_what_it_says(perform: Perform):
    walk = perform(*(calls for _, calls in PASSING))
    assert failed(walk) is None and walk.passed


@pytest.mark.chromium
@pytest.mark.parametrize(("before", "call", "kind", "words"), FAILING, ids=[call for _, call, _, _ in FAILING])
def test_a_failure_says_what_was_expected_and_what_was_seen(perform: Perform, before, call, kind, words):
    failure = None
    for limits in (SHORT, PATIENT):  # a machine with other things to do may need the longer one
        walk = perform([*filter(None, [before]), call], limits=limits)
        result = failed(walk)
        assert result is not None and not walk.passed
        failure = result.failure
        if failure is not None and failure.kind is kind and words in failure.message:
            break
    assert failure is not None and failure.kind is kind, failure
    assert words in failure.message and failure.message.endswith(".")
    assert "Call log" not in failure.message


LOCATORS = {
    By.ROLE: 'role("button", name="Go")',
    By.LABEL: 'label("Card number", within=frame(title("Card")))',
    By.PLACEHOLDER: 'placeholder("Your name")',
    By.TEXT: 'text("Red", within=role("list", name="Mugs"))',
    By.ALT: 'alt("A mug")',
    By.TITLE: 'title("A tip")',
    By.TEST_ID: 'test_id("go-button")',
    By.CSS: 'css("p.echo", nth=0)',
}


@pytest.mark.chromium
def test_every_locator_finds_its_element(perform: Perform):
    assert LOCATORS.keys() == set(By)
    walk = perform([f"expect_count({locator}, 1)" for locator in LOCATORS.values()])
    assert walk.passed, failed(walk)


@pytest.mark.chromium
def test_names_are_exact_and_nth_counts_from_zero(perform: Perform):
    walk = perform(
        [
            'expect_count(role("button", name="Twi"), 0)',
            'expect_count(text("blue"), 0)',
            'click(role("button", name="Twin", nth=1))',
            SAID.format("second twin"),
        ]
    )
    assert walk.passed, failed(walk)


@pytest.mark.chromium
def test_bob_pays_inside_a_frame_and_finds_a_button_in_a_shadow_tree(perform: Perform):
    walk = perform(
        [
            'click(role("button", name="Pay", within=frame(title("Card"))))',
            'expect_visible(role("button", name="Paid", within=frame(css("iframe"))))',
            'click(role("button", name="In the shadow"))',
        ]
    )
    assert walk.passed, failed(walk)


@pytest.mark.chromium
def test_dialogs_are_answered_in_order_and_one_without_an_answer_is_dismissed(perform: Perform):
    walk = perform(
        [
            'answer_dialog("accept")',
            'answer_dialog("accept", text="Cora")',
            'click(text("Confirm"))',
            SAID.format("confirmed true"),
            'click(text("Prompt"))',
            SAID.format("prompted Cora"),
            'click(text("Confirm"))',
            SAID.format("confirmed false"),
        ]
    )
    assert walk.passed, failed(walk)


@pytest.mark.chromium
def test_after_a_failure_the_rest_is_skipped_and_the_page_is_kept(perform: Perform, tmp_path: Path):
    calls = ['fill(label("Code"), secret("CODE"))', 'click(text("Nope"))', 'click(text("Go"))']
    walk = perform(calls, limits=replace(SHORT, action=2.0), picture=tmp_path / "failure.png")
    outcomes = [call.outcome.value for call in walk.steps()[0].calls]
    assert outcomes == ["passed", "passed", "failed", "skipped"]
    assert walk.steps()[0].outcome.value == "failed"
    assert walk.screenshot is not None and walk.screenshot.read_bytes().startswith(b"\x89PNG")
    assert walk.url.endswith("/controls.html")
    assert "Acme's counter" in walk.excerpt and "<CODE>" in walk.excerpt
    assert SECRET not in walk.excerpt
