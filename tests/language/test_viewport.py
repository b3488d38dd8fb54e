"""The size of the page, which the first line says where it is not the usual one."""

from __future__ import annotations

import ast
import math
from dataclasses import replace

import pytest

from specward.language import Rule, check, parse, print_spec, spec_digest
from specward.language.export import export_python, export_typescript
from specward.language.ir import DEFAULT_VIEWPORT, Viewport, viewport_of
from specward.language.vocabulary import read_viewport
from tests.language.specs import MUG, ORIGIN
from tests.language.typescript import parse_all

HEAD = f'spec("Guest buys a mug", origin="{ORIGIN}"'
PHONE = MUG.replace(HEAD, f'{HEAD}, viewport="390x844"')


def with_viewport(written: str) -> str:
    """The spec of the design with ``written`` for its viewport."""
    return MUG.replace(HEAD, f"{HEAD}, viewport={written}")


def test_a_spec_of_a_phone_says_so_in_its_first_line_and_is_printed_the_same():
    checked = check(PHONE)
    assert checked.findings == ()
    assert checked.spec == replace(parse(MUG), viewport=Viewport(390, 844))
    assert checked.text == PHONE


def test_the_usual_size_is_left_unsaid():
    assert check(with_viewport('"1280x720"')).text == MUG
    assert spec_digest(parse(with_viewport("'1280x720'"))) == spec_digest(parse(MUG))
    assert parse(MUG).viewport is None


def test_another_size_is_another_spec_to_approve():
    assert len({spec_digest(parse(text)) for text in (MUG, PHONE, with_viewport('"391x844"'))}) == 3


def test_the_order_of_the_first_line_s_keywords_does_not_matter():
    messy = f"spec(viewport = '390x844' , title='Guest buys a mug',\n  origin='{ORIGIN}')"
    assert check(MUG.replace(HEAD + ")", messy)).text == PHONE


@pytest.mark.parametrize("size", ["100x100", "8000x8000", "100x8000", "999x1000", "1280x721"])
def test_a_size_that_a_page_can_have(size):
    spec = parse(with_viewport(f'"{size}"'))
    assert str(spec.viewport) == size
    assert print_spec(spec) == with_viewport(f'"{size}"')


BAD = [
    *("390", "390x", "x844", "x", "390x844x2", "390X844", "390*844", "390 x 844", " 390x844", "390x844 "),
    *("0390x844", "390x0844", "00390x844", "99x844", "390x99", "0x0", "8001x800", "800x8001", "10000x800"),
    *("+390x844", "-390x844", "390x-844", "390.0x844", "3e2x844", "0x1F4x500", "1_000x844", "390x844;", "390x844px"),
    *(
        "3\u0669\u0660x844",
        "390x84\uff14",
        "\u0663\u0669\u0660x\u0668\u0664\u0664",
        "\uff13\uff19\uff10x844",
        "390\u00d7844",
        "\u00b2\u00b2\u00b2x844",
    ),
    *("390x844\\n", "\\n390x844", "390\\tx844", "390x844\\x00", "390x844\\u2028", "9" * 21, "", "full", "{width}x844"),
]


@pytest.mark.parametrize("size", BAD, ids=ascii)
def test_any_other_text_is_refused_where_it_stands_with_the_way_out(size):
    checked = check(with_viewport(f'"{size}"'))
    assert checked.spec is None
    (finding,) = checked.findings
    assert finding.rule in (Rule.RANGE, Rule.TEXT)
    assert (finding.line, finding.column) == (1, len(HEAD) + len(", viewport=") + 1)
    assert "viewport" in finding.message
    if finding.rule is Rule.RANGE and size:
        assert '100 to 8000, as in "1280x720"' in finding.hint


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        *(("390", Rule.TYPE), ("True", Rule.TYPE), ('secret("SIZE")', Rule.TYPE), ('css("a")', Rule.TYPE)),
        *(("(390, 844)", Rule.NODE), ('"390" "x844"', Rule.JOINED_STRINGS), ('b"390x844"', Rule.STRING)),
        *(('f"390x844"', Rule.STRING), ("390x844", Rule.TOKEN), ("viewport", Rule.NODE), ("None", Rule.NAME)),
    ],
)
def test_what_is_no_plain_string_is_refused(written, rule):
    checked = check(with_viewport(written))
    assert checked.spec is None
    assert checked.findings[0].rule is rule


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (MUG.replace(HEAD, f'{HEAD}, viewport="390x844", viewport="390x844"'), Rule.SYNTAX),
        (MUG.replace(HEAD, f'spec("Guest buys a mug", "390x844", origin="{ORIGIN}"'), Rule.ARGUMENT),
        (MUG.replace('goto("/")', 'goto("/", viewport="390x844")'), Rule.ARGUMENT),
        (MUG.replace('with step("Pay")', 'with step("Pay", viewport="390x844")'), Rule.ARGUMENT),
        (MUG.replace('goto("/")', 'viewport("390x844")'), Rule.STRUCTURE),
    ],
)
def test_it_stands_once_by_name_and_in_the_first_line_only(source, rule):
    checked = check(source)
    assert checked.spec is None
    assert checked.findings[0].rule in (rule, Rule.ARGUMENT)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        *((390, 844, Viewport(390, 844)), (390.6, 844.0, Viewport(390, 844)), (8000, 100, Viewport(8000, 100))),
        *((1280, 720, None), (1280.9, 720.9, None), (0, 0, None), (-390, 844, None), (390, 99.9, None)),
        *((8000.1, 800, None), (1e300, 844, None), (10**400, 844, None), (math.inf, 844, None), (math.nan, 844, None)),
        *((True, 844, None), ("390", 844, None), (None, None, None), ([390], 844, None)),
    ],
)
def test_a_size_that_somebody_else_wrote_down_is_taken_only_where_a_page_can_have_it(width, height, size):
    assert viewport_of(width, height) == size
    if size is not None:
        assert read_viewport(str(size)) == size


def test_both_exports_open_a_page_of_that_size():
    typescript, python = export_typescript(parse(PHONE)), export_python(parse(PHONE))
    assert "test.use({ baseURL: origin, viewport: { width: 390, height: 844 } });" in typescript
    assert '"viewport": {"width": 390, "height": 844},' in python
    ast.parse(python)
    for code in (export_typescript(parse(MUG)), export_python(parse(MUG))):
        assert "viewport" not in code


@pytest.mark.node
def test_the_typescript_export_parses():
    (source,) = parse_all([export_typescript(parse(PHONE))])
    assert source.errors == []


def test_the_usual_size_is_playwright_s():
    assert Viewport(1280, 720) == DEFAULT_VIEWPORT
