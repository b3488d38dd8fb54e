"""Import of Chrome DevTools Recorder files."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specward.language import Rule, print_spec
from specward.language.devtools import MAX_IMPORT_BYTES, Imported, import_devtools
from specward.recording.locators import By, Locator
from tests.language import own_cases
from tests.language.specs import ORIGIN

BUY_A_MUG = {
    "title": "Bob buys a mug",
    "steps": [
        {"type": "setViewport", "width": 1280, "height": 720, "deviceScaleFactor": 1},
        {"type": "navigate", "url": "chrome://new-tab-page/"},
        {"type": "navigate", "url": "https://shop.example/", "assertedEvents": [{"type": "navigation", "url": ORIGIN}]},
        {
            "type": "click",
            "target": "main",
            "selectors": [['aria/Mugs[role="link"]'], ["#mugs"], ['xpath///*[@id="mugs"]'], ["pierce/#mugs"]],
            "offsetX": 1,
            "offsetY": 2,
            "assertedEvents": [{"type": "navigation", "url": "https://shop.example/mugs", "title": "Mugs"}],
        },
        {"type": "doubleClick", "selectors": [["text/Blue mug"], ["div > p"]]},
        {"type": "change", "value": "4242", "selectors": [["aria/Card number"], ["#card"]]},
        {"type": "keyDown", "target": "main", "key": "Enter"},
        {"type": "keyUp", "target": "main", "key": "Enter"},
        {"type": "hover", "selectors": ["#help"]},
        {"type": "scroll", "x": 0, "y": 400},
        {"type": "waitForElement", "selectors": [["[data-testid='thanks']"]], "visible": True},
        {"type": "waitForElement", "selectors": [[".row"]], "count": 2},
        {"type": "close"},
    ],
}


def imported(flow: Any, origin: str | None = None) -> Imported:
    return import_devtools(json.dumps(flow).encode(), origin=origin)


def with_steps(*steps: Any) -> Imported:
    return imported({"title": "x", "steps": [{"type": "navigate", "url": ORIGIN}, *steps]})


def only_target(selectors: Any, kind: str = "click") -> Locator | None:
    result = with_steps({"type": kind, "selectors": selectors, "value": "v"})
    if result.spec is None or len(result.spec.steps[-1].calls) < 2:
        return None
    target = result.spec.steps[-1].calls[-1].get("target")
    assert isinstance(target, Locator)
    return target


def test_a_recorded_flow_becomes_a_spec():
    result = imported(BUY_A_MUG)
    assert result.findings == ()
    assert result.notes == ()
    assert result.text == (
        'spec("Bob buys a mug", origin="https://shop.example")\n'
        '\nwith step("Page 1"):\n'
        '    goto("/")\n'
        '    click(role("link", name="Mugs"))\n'
        '    expect_url("/mugs")\n'
        '\nwith step("Page 2"):\n'
        '    double_click(text("Blue mug"))\n'
        '    fill(label("Card number"), "4242")\n'
        '    press(label("Card number"), "Enter")\n'
        '    hover(css("#help"))\n'
        '    expect_visible(test_id("thanks"))\n'
        '    expect_count(css(".row"), 2)\n'
    )
    assert result.spec is not None
    assert print_spec(result.spec) == result.text


@pytest.mark.parametrize(
    ("selectors", "locator"),
    [
        ([['aria/Pay[role="button"]']], Locator(By.ROLE, "button", "Pay")),
        ([["aria/Pay[role='button']"]], Locator(By.ROLE, "button", "Pay")),
        ([['aria/[name="Pay"][role="button"]']], Locator(By.ROLE, "button", "Pay")),
        ([['aria/[role="main"]']], Locator(By.ROLE, "main")),
        ([["aria/Pay"]], Locator(By.TEXT, "Pay")),
        ([["aria/Pay"], ["text/Pay now"]], Locator(By.TEXT, "Pay now")),
        ([["aria/Pay"], ["#pay"]], Locator(By.CSS, "#pay")),
        ([['aria/Pay[role="hacker"]'], ["#pay"]], Locator(By.CSS, "#pay")),
        ([["xpath//html/body"], ["pierce/#pay"]], Locator(By.CSS, "#pay")),
        ([["input[name='q']"]], Locator(By.CSS, 'input[name="q"]')),
        (
            [['aria/Form[role="form"]', 'aria/Pay[role="button"]']],
            Locator(By.ROLE, "button", "Pay", None, Locator(By.ROLE, "form", "Form")),
        ),
        ([["#host", "#shadow"]], Locator(By.CSS, "#shadow", within=Locator(By.CSS, "#host"))),
        (["#pay"], Locator(By.CSS, "#pay")),
        ([["xpath//html"]], None),
        ([["a:nth-of-type(2)"]], None),
        ([["text=Pay"]], None),
        ([["aria/"]], None),
        ([[7]], None),
        ([[]], None),
        ("#pay", None),
        (None, None),
    ],
)
def test_the_best_selector_that_can_be_said_is_taken(selectors, locator):
    assert only_target(selectors) == locator


def test_a_field_is_found_by_its_label():
    assert only_target([["aria/Card"], ["text/Card"], ["#card"]], "change") == Locator(By.LABEL, "Card")


@pytest.mark.parametrize(
    "step",
    [
        {"type": "customStep", "name": "x"},
        {"type": "waitForExpression", "expression": "alert(1)"},
        {"type": "emulateNetworkConditions"},
        {"type": "click", "button": "secondary", "selectors": [["#a"]]},
        {"type": "click", "frame": [0], "selectors": [["#a"]]},
        {"type": "click", "target": "https://other.example", "selectors": [["#a"]]},
        {"type": "click", "selectors": [["xpath//a"]]},
        {"type": "change", "selectors": [["#a"]]},
        {"type": "keyDown", "key": "AudioVolumeUp"},
        {"type": "keyDown", "key": "Enter"},
        {"type": "waitForElement", "selectors": [["#a"]], "count": 2, "operator": ">="},
        {"type": "waitForElement", "selectors": [["#a"]], "attributes": {"x": "y"}},
        {"type": ["click"]},
        {},
        "click",
        None,
        7,
    ],
)
def test_what_cannot_be_said_is_noted_by_the_number_of_its_step(step):
    result = with_steps(step)
    assert [note.step for note in result.notes] == [2]
    assert result.notes[0].message.startswith("Step 2 ")
    assert result.spec is not None
    assert len(result.spec.steps[0].calls) == 1


def test_modifiers_are_held_until_they_are_let_go():
    keys = [("keyDown", "Control"), ("keyDown", "a"), ("keyUp", "a"), ("keyUp", "Control"), ("keyDown", " ")]
    result = with_steps({"type": "click", "selectors": [["#a"]]}, *({"type": t, "key": k} for t, k in keys))
    assert result.text is not None
    assert result.text.endswith('press(css("#a"), "Control+a")\n    press(css("#a"), "Space")\n')


def test_a_page_on_another_origin_is_refused_by_the_gate():
    result = with_steps({"type": "navigate", "url": "https://evil.example/"})
    assert result.spec is None
    assert [f.rule for f in result.findings] == [Rule.URL]
    assert result.text is not None
    assert "evil.example" in result.text.splitlines()[result.findings[0].line - 1]


def test_a_page_on_another_origin_that_a_click_leads_to_is_noted():
    event = {"type": "navigation", "url": "https://pay.example/in"}
    result = with_steps({"type": "click", "selectors": [["#a"]], "assertedEvents": [event]})
    assert result.spec is not None
    assert [note.step for note in result.notes] == [2]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "https://shop.example@evil.example/"])
def test_a_hostile_url_is_refused(url):
    assert with_steps({"type": "navigate", "url": url}).spec is None
    assert imported({"title": "x", "steps": [{"type": "navigate", "url": url}]}).findings[0].rule is Rule.IMPORT


def test_the_origin_can_be_given():
    flow = {"title": "x", "steps": [{"type": "navigate", "url": "https://shop.example/a"}]}
    assert imported(flow, ORIGIN).spec is not None
    assert imported(flow, "https://acme.example").spec is None
    assert imported(flow, "not an origin").spec is None


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"{",
            b"[]",
            b"7",
            b"null",
            b'"x"',
            b"{}",
            b'{"steps": {}}',
            b'{"steps": [1e999]}',
            b"\xff\xfe",
            b"\x00",
        ),
        *(
            b'{"steps": []}',
            b'{"title": 7, "steps": []}',
            b"[" * 100_000,
            b'{"steps":' + b"[" * 5000 + b"]" * 5000 + b"}",
        ),
        *(b'{"steps": [' + b"0," * 6000 + b"0]}", b" " * (MAX_IMPORT_BYTES + 1), b'{"title": "\\ud800", "steps": []}'),
    ],
    ids=range(18),
)
def test_a_file_that_is_no_recording_is_a_finding(data):
    result = import_devtools(data)
    assert result.spec is None
    assert [f.rule for f in result.findings] == [Rule.IMPORT]


@pytest.mark.parametrize("text", own_cases.read("literals"), ids=lambda text: ascii(text)[:40])
def test_a_hostile_text_comes_through_exactly_or_is_refused(text):
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        assert imported({"title": text, "steps": []}).spec is None
        return
    result = with_steps({"type": "change", "selectors": [["#a"]], "value": text})
    if result.spec is None:
        assert result.findings
    else:
        assert result.spec.steps[0].calls[1].get("value") == text


def test_a_title_is_one_line_and_bounded():
    result = imported({"title": "  Bob\n buys " + "x" * 500, "steps": [{"type": "navigate", "url": ORIGIN}]})
    assert result.spec is not None
    assert result.spec.title.startswith("Bob buys xxx")
    assert len(result.spec.title) == 200


_WORDS = st.sampled_from(
    ["type", "click", "change", "navigate", "keyDown", "waitForElement", "selectors", "url", "value", "key", "aria/x"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(_WORDS, _JSON, max_size=5) | _JSON, max_size=5), _JSON)
def test_no_file_crashes_the_import(steps, title):
    result = import_devtools(json.dumps({"title": title, "steps": steps}).encode(), origin=ORIGIN)
    assert isinstance(result, Imported)
    assert result.spec is not None or result.findings


def test_the_size_of_the_recorded_page_is_kept():
    phone = {"type": "setViewport", "width": 390, "height": 844, "deviceScaleFactor": 3, "isMobile": False}
    result = imported({**BUY_A_MUG, "steps": [phone, *BUY_A_MUG["steps"][1:]]})
    assert result.notes == ()
    assert result.text is not None and result.text.startswith(
        'spec("Bob buys a mug", origin="https://shop.example", viewport="390x844")\n'
    )
    assert result.spec is not None and print_spec(result.spec) == result.text


@pytest.mark.parametrize(
    ("steps", "size", "said"),
    [
        ([{"width": 390, "height": 844}, {"width": 844, "height": 390}], "390x844", "says once"),
        ([{"width": 1280, "height": 720}, {"width": 390, "height": 844}], None, "says once"),
        ([{"width": 390, "height": 844, "isMobile": True}], "390x844", "phone"),
        *(([{"width": w, "height": h}], None, "no page") for w, h in ((0, 0), (1e9, 844), ("390", 1.5), ("9" * 99, 1))),
        ([{}], None, "no page"),
    ],
)
def test_a_size_that_a_spec_cannot_say_is_noted(steps, size, said):
    result = with_steps(*({"type": "setViewport", **step} for step in steps))
    assert result.spec is not None
    assert (str(result.spec.viewport) if result.spec.viewport else None) == size
    assert [said in note.message for note in result.notes] == [True]
