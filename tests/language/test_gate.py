"""The gate as a whole: what passes, what is refused, where, and what it costs."""

from __future__ import annotations

import time
import tracemalloc
import warnings

import pytest

from specward.language import Rule, SpecRefused, check, parse, print_spec
from specward.language import gate as gate_module
from specward.language.findings import MAX_FINDINGS
from specward.language.ir import Call, Secret, Spec, Step
from specward.recording.locators import By, Frame, Locator
from tests.language import own_cases
from tests.language.specs import MUG, ORIGIN, with_call, with_target

ESCAPES = own_cases.read("escapes")


def rules(source: str | bytes) -> list[Rule]:
    return [finding.rule for finding in check(source).findings]


def test_the_example_of_the_design_is_a_spec_and_is_its_own_printed_form():
    checked = check(MUG)
    assert checked.ok
    assert checked.text == MUG
    assert checked.spec is not None
    assert checked.spec.steps[1] == Step(
        "Pay",
        (
            Call("fill", (("target", Locator(By.LABEL, "Card number")), ("value", Secret("CARD_NUMBER")))),
            Call("click", (("target", Locator(By.ROLE, "button", "Pay")),)),
            Call("expect_text", (("target", Locator(By.ROLE, "status")), ("text", "Thank you"))),
            Call("expect_url", (("url", "/thanks"),)),
        ),
    )


def test_bytes_and_text_get_the_same_verdict():
    assert check(MUG.encode()) == check(MUG)


def test_layout_comments_quotes_and_keywords_do_not_change_the_spec():
    messy = (
        "# Bob edited this\n"
        "spec( 'Guest buys a mug' , origin = 'https://shop.example' ) # here\n"
        "with step(title='Find the mug'):\n"
        "  goto(url='https://SHOP.example:443/')\n"
        "  click(target=role(\n    role='link',\n    name='Mugs',\n  ))\n"
        "  expect_visible(role('heading', name='M\\u0075gs'))\n"
        "with step('Pay'):\n"
        " fill(label('Card number'), secret('CARD_NUMBER'))\n"
        " click(role('button', name='Pay'))\n"
        " expect_text(role('status'), 'Thank you', contains=False)\n"
        " expect_url('/thanks')"
    )
    assert check(messy).text == MUG


@pytest.mark.parametrize("case", ESCAPES, ids=[case["text"][:50] for case in ESCAPES])
def test_an_escape_inside_a_step_is_refused_where_it_stands(case):
    head = f'spec("Mallory was here", origin="{ORIGIN}")\n\nwith step("Look"):\n    goto("/")\n'
    planted = head + "".join("    " + line for line in case["text"].splitlines(keepends=True))
    checked = check(planted)
    assert checked.spec is None
    first = checked.findings[0]
    assert first.rule in case["rule"].split("|")
    assert first.line >= 5
    assert first.column >= 1
    assert first.message
    assert first.hint


@pytest.mark.parametrize("case", ESCAPES, ids=[case["text"][:50] for case in ESCAPES])
def test_an_escape_at_the_top_level_is_refused(case):
    checked = check(MUG + case["text"])
    assert checked.spec is None
    assert checked.findings[0].line >= 13


def test_a_finding_points_at_the_argument_and_counts_characters_not_bytes():
    (finding,) = check(with_call('fill(label("Größe 😀"), 42)')).findings
    assert (finding.rule, finding.line, finding.column) == (Rule.TYPE, 4, 28)


def test_every_mistake_of_a_text_is_found_at_once():
    source = MUG.replace('"Pay")', '"Pay", nth=True)').replace('"/thanks"', '"thanks"').replace('"Mugs"', "7")
    assert [(f.rule, f.line) for f in check(source).findings] == [
        (Rule.TYPE, 5),
        (Rule.TYPE, 6),
        (Rule.ARGUMENT, 8),
        (Rule.TYPE, 10),
        (Rule.URL, 12),
    ]


def test_findings_are_capped():
    source = with_call("click(1)\n" + "    click(1)\n" * 200)
    assert len(check(source).findings) == MAX_FINDINGS


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (b"\xef\xbb\xbf" + MUG.encode(), Rule.NOT_UTF8),
        ("\ufeff" + MUG, Rule.FORBIDDEN_CHARACTER),
        (MUG.encode("utf-16"), Rule.NOT_UTF8),
        (MUG.replace("Pay", "P\u00e4y").encode("latin-1"), Rule.NOT_UTF8),
        (MUG.replace("\n", "\r\n"), Rule.FORBIDDEN_CHARACTER),
        (MUG + "#" * 65536, Rule.TOO_LARGE),
        ((MUG + "#" * 65536).encode(), Rule.TOO_LARGE),
        (MUG + "# " + "\u20ac" * 22000, Rule.TOO_LARGE),
        ("", Rule.STRUCTURE),
        (b"", Rule.STRUCTURE),
        ("\n\n# nothing\n", Rule.STRUCTURE),
        ("# coding: rot13\nfcrp('k')", Rule.NAME),
    ],
)
def test_what_is_no_text_of_a_spec_at_all_is_refused(source, rule):
    assert rules(source)[0] is rule


def test_a_bad_byte_is_located_by_line_and_character():
    (finding,) = check("# é\n# é".encode() + b"\xff").findings
    assert (finding.rule, finding.line, finding.column) == (Rule.NOT_UTF8, 2, 4)


def test_a_text_of_exactly_64_kib_is_still_read():
    assert check(MUG + "#" * (65536 - len(MUG))).ok


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('with step("x"):\n    reload()\n', "not spec"),
        (f'spec("x", origin="{ORIGIN}")\n', "no step"),
        (f'spec("x", origin="{ORIGIN}")\nreload()\n', "outside a step"),
        (f'spec("x", origin="{ORIGIN}")\nwith step("y"):\n    reload()\nrequires("z")\n', "after a step"),
        (f'spec("x", origin="{ORIGIN}")\nrequires("z")\nrequires("z")\nwith step("y"):\n    reload()\n', "twice"),
        (f'spec("x", origin="{ORIGIN}")\nwith step("y"):\n    with step("z"):\n        reload()\n', "With"),
        ('spec("x")\nwith step("y"):\n    reload()\n', "lacks its origin"),
        (f'spec("x", "{ORIGIN}")\nwith step("y"):\n    reload()\n', "by position"),
        (f'spec(" ", origin="{ORIGIN}")\nwith step("y"):\n    reload()\n', "white space"),
    ],
)
def test_the_order_of_a_spec_is_kept(source, message):
    checked = check(source)
    assert checked.spec is None
    assert message in checked.findings[0].message


def test_requires_names_the_set_up_specs_in_order():
    source = MUG.replace("\n\nwith", '\nrequires("signed in as Alice")\nrequires("two mugs in stock")\n\nwith', 1)
    assert parse(source).requires == ("signed in as Alice", "two mugs in stock")


def test_steps_and_calls_are_counted():
    head = f'spec("x", origin="{ORIGIN}")\n'
    assert check(head + 'with step("y"):\n    reload()\n' * 200).ok
    assert Rule.LIMIT in rules(head + 'with step("y"):\n    reload()\n' * 201)
    assert check(head + 'with step("y"):\n' + "    reload()\n" * 2000).ok
    assert Rule.LIMIT in rules(head + 'with step("y"):\n' + "    reload()\n" * 2001)
    assert check(head + "".join(f'requires("{n}")\n' for n in range(10)) + 'with step("y"):\n    reload()\n').ok
    assert Rule.LIMIT in rules(
        head + "".join(f'requires("{n}")\n' for n in range(11)) + 'with step("y"):\n    reload()\n'
    )


def test_locators_nest_eight_deep_and_no_deeper():
    deep = 'css("a"'
    assert check(with_target((deep + ", within=") * 7 + deep + ")" * 8)).ok
    assert Rule.LIMIT in rules(with_target((deep + ", within=") * 8 + deep + ")" * 9))


def test_a_locator_inside_a_frame_inside_an_element_is_read():
    spec = parse(with_target('role("button", name="Pay", nth=1, within=frame(css("iframe", within=test_id("pay"))))'))
    owner = Locator(By.CSS, "iframe", within=Locator(By.TEST_ID, "pay"))
    assert spec.steps[0].calls[0].get("target") == Locator(By.ROLE, "button", "Pay", 1, Frame(owner))


@pytest.mark.parametrize("origin", ["https://shop.example/", "https://SHOP.example", "https://shop.example:443"])
def test_an_origin_is_written_canonically(origin):
    source = MUG.replace(ORIGIN, origin)
    assert rules(source) == [Rule.ORIGIN]
    assert ORIGIN in check(source).findings[0].hint


def test_the_origin_must_be_on_the_allow_list_of_the_tenant():
    assert check(MUG, origins=["https://pay.example", ORIGIN]).ok
    assert [f.rule for f in check(MUG, origins=["https://pay.example"]).findings] == [Rule.ORIGIN]
    assert [f.rule for f in check(MUG, origins=[]).findings] == [Rule.ORIGIN]
    assert [f.rule for f in check(MUG, origins=[ORIGIN, "javascript:1"]).findings] == [Rule.ORIGIN]


def test_a_url_on_another_allowed_origin_stays_absolute():
    source = MUG.replace('"/thanks"', '"https://PAY.example/in"')
    assert check(source).spec is None
    spec = check(source, origins=[ORIGIN, "https://pay.example"]).spec
    assert spec is not None
    assert spec.steps[1].calls[3].get("url") == "https://pay.example/in"


def test_an_argument_at_its_default_is_left_out():
    assert parse(with_call('expect_checked(label("a"), checked=True)')) == parse(
        with_call('expect_checked(label("a"))')
    )
    assert parse(with_call('answer_dialog("accept", text="")')) == parse(with_call('answer_dialog("accept")'))


def test_parse_raises_with_all_findings_and_says_the_first():
    with pytest.raises(SpecRefused) as refused:
        parse(with_call("click(1)\n    click(2)"))
    assert refused.value.code == "spec-refused"
    assert len(refused.value.findings) == 2
    assert str(refused.value) == ("line 4, column 11: The target is a number; it takes locator. (and 1 more)")
    assert refused.value.hint


def test_the_verdict_does_not_depend_on_warning_filters():
    for action in ("error", "ignore"):
        with warnings.catch_warnings():
            warnings.simplefilter(action)
            assert [rules(case["text"])[0] for case in ESCAPES]
            assert check(MUG).ok


def test_a_printer_that_lies_is_caught_by_the_round_trip(monkeypatch):
    monkeypatch.setattr(gate_module, "print_spec", lambda spec: print_spec(spec).replace("Pay", "Steal"))
    assert rules(MUG) == [Rule.ROUND_TRIP]


def test_a_spec_whose_canonical_form_is_too_large_is_refused():
    calls = "".join(f'    fill(label("a"), "{chr(0xE900) * 3900}")\n' for _ in range(5))
    source = f'spec("x", origin="{ORIGIN}")\nwith step("y"):\n{calls}'
    assert len(source.encode()) < 65536
    assert rules(source) == [Rule.TOO_LARGE]


def _fill(unit: str, head: str = "", tail: str = "") -> str:
    return head + unit * ((65536 - len(head) - len(tail)) // len(unit.encode())) + tail


_HEAD = f'spec("a", origin="{ORIGIN}")\nwith step("b"):\n'
COSTLY = {
    "wide arguments": _HEAD + "    click(" + "1," * 14_900 + ")",
    "statements": _fill("    go_back()\n", _HEAD),
    "a full spec, not canonical": _fill('    click(role("a", within=css("b")))\n', _HEAD),
    "parentheses": "(" * 65_000,
    "empty calls": "()" * 32_000,
    "assignments": _fill("url=", "", "1"),
    "strings": _fill('"a",', _HEAD + "    click(", ")"),
    "comments": _fill("#\n"),
    "spaces": " " * 65_000,
    "a string and spaces, again and again": _fill('"" '),
    "a string and comments": '"a"' + "#\n" * 30_000 + '"b"',
    "quotes": "'" * 65_000,
    "backslashes": _HEAD + '    fill(css("a"), "' + "\\" * 60_000,
    "keywords": _HEAD + "    click(" + "target=1," * 5000 + ")",
    "blocks": _fill('with step("a"):\n    reload()\n', _HEAD[: _HEAD.index("with")]),
    "zero width": "\u200b" * 21_000,
    "emoji": _fill("😀", _HEAD + '    fill(css("a"), "', '")'),
    "long CSS": with_target("css('" + "a " * 30_000 + "')"),
    "hostile CSS": with_target("css('" + "-" * 199 + "')"),
    "long URL": with_call("goto('/" + "a/../" * 12_000 + "')"),
}


@pytest.mark.parametrize("name", COSTLY)
def test_no_text_of_64_kib_costs_more_than_64_mb_and_half_a_second(name):
    source = COSTLY[name]
    assert len(source.encode()) <= 65536
    # The processor's time, so that a busy machine does not count.
    started = time.process_time()
    check(source)
    seconds = time.process_time() - started
    tracemalloc.start()
    try:
        check(source)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64_000_000
    # About five times what the slowest took; a text that costs exponentially more costs far more than that.
    assert seconds < 0.5


def test_the_gate_hands_on_nothing_but_values_of_the_ir():
    spec = parse(MUG)
    assert type(spec) is Spec
    for step in spec.steps:
        assert type(step) is Step
        for call in step.calls:
            assert type(call) is Call
            assert all(type(value) in (str, int, bool, Locator, Secret) for _, value in call.args)
