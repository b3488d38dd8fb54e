"""Each layer of the gate refuses on its own, without help from the one before it."""

from __future__ import annotations

import ast
import io
import tokenize

import pytest

from specward.language import check, lexis, parsing
from specward.language.characters import FORBIDDEN_DECODED, FORBIDDEN_IN_TEXT, TextKind
from specward.language.findings import Rule
from specward.language.parsing import parse_text
from tests.language import own_cases
from tests.language.specs import MUG, ORIGIN, with_call

ESCAPES = own_cases.read("escapes")
LEXICAL = {Rule.TOKEN, Rule.STRING, Rule.JOINED_STRINGS, Rule.NAME}
HEAD = f'spec("Mallory was here", origin="{ORIGIN}")\nwith step("Look"):\n    reload()\n'

# What the scan alone stops because it is no part of Python's meaning: to ast.parse the strings below are plain strings,
# and the numbers plain numbers.
SPELLING_ONLY = {
    "goto(r'/a')",
    "goto('''/a''')",
    'goto("""/a""")',
    "goto('/\\N{BULLET}')",
    "goto('/\\101')",
    "goto('/\\d')",
    "goto('/a' '/b')",
    "goto('/a' # why\n '/b')",
    "goto('/a'\"/b\")",
    "expect_count(label('a'), 0x10)",
    "expect_count(label('a'), 1_0)",
    "reload() \\\n",
    "goto('/a'); reload()",
}


@pytest.mark.parametrize("case", [c for c in ESCAPES if c["rule"] in LEXICAL], ids=lambda c: c["text"][:50])
def test_the_scan_refuses_before_anything_is_parsed(case):
    findings = lexis.scan(HEAD + "    " + case["text"])
    assert findings
    assert findings[0].rule == case["rule"]


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "case",
    # A character in a comment, or between lines, never reaches the tree.
    [
        case
        for case in ESCAPES
        if case["text"] not in SPELLING_ONLY and (case["rule"] != Rule.FORBIDDEN_CHARACTER or "'" in case["text"])
    ],
    ids=lambda c: c["text"][:50],
)
def test_the_parser_refuses_what_the_scan_would_have_stopped(case):
    parsed = parse_text(HEAD + "    " + case["text"].replace("\n", "\n    "), None)
    assert parsed.spec is None
    assert parsed.findings


def test_a_name_that_is_no_primitive_is_refused_by_the_parser_too():
    parsed = parse_text(with_call("steal(label('a'))"), None)
    assert [f.rule for f in parsed.findings] == [Rule.STRUCTURE]


NODES = {
    "Await": "async def f():\n    await g()",
    "Attribute": "page.goto",
    "BinOp": "1 + 1",
    "Dict": "{1: 2}",
    "DictComp": "{a: a for a in b}",
    "FunctionDef": "def f(): pass",
    "ClassDef": "class A: pass",
    "Delete": "del a",
    "For": "for a in b: pass",
    "FormattedValue": "f'{a}'",
    "GeneratorExp": "(a for a in b)",
    "Global": "global a",
    "If": "if a: pass",
    "IfExp": "a if b else c",
    "Import": "import os",
    "ImportFrom": "from os import path",
    "JoinedStr": "f'a'",
    "Lambda": "lambda: 1",
    "List": "[1]",
    "ListComp": "[a for a in b]",
    "Match": "match a:\n    case 1: pass",
    "NamedExpr": "(a := 1)",
    "Pass": "pass",
    "Raise": "raise a",
    "Return": "def f(): return 1",
    "Set": "{1}",
    "Slice": "a[1:2]",
    "Starred": "*a",
    "Subscript": "a[0]",
    "Try": "try: pass\nfinally: pass",
    "Tuple": "(1, 2)",
    "UnaryOp": "-1",
    "While": "while a: pass",
    "Yield": "def f(): yield",
    "Ellipsis": "...",
    "bytes": "b'a'",
    "float": "1.5",
    "complex": "1j",
    "None": "None",
    "u-string": "u'a'",
}


@pytest.mark.parametrize("name", NODES)
def test_a_node_outside_the_allow_list_is_refused_as_a_statement(name):
    parsed = parse_text(HEAD + NODES[name], None)
    assert parsed.spec is None
    assert parsed.findings[0].rule is Rule.NODE


@pytest.mark.parametrize(
    "block",
    [
        'with step("a") as url:\n    reload()',
        'with step("a"), step("b"):\n    reload()',
        'with (step("a") as url):\n    reload()',
        "with reload():\n    reload()",
        "with step:\n    reload()",
        'with page.step("a"):\n    reload()',
        'with step("a")():\n    reload()',
        'with "a":\n    reload()',
        'async def f():\n    async with step("a"):\n        reload()',
        'with step("a"):\n    with step("b"):\n        reload()',
        'with step("a"):\n    if True:\n        reload()',
    ],
)
def test_only_a_plain_step_can_open_a_block(block):
    parsed = parse_text(HEAD + block, None)
    assert parsed.spec is None
    assert parsed.findings[0].rule is Rule.NODE


def is_expression(source: str) -> bool:
    try:
        ast.parse(source, mode="eval")
    except SyntaxError:
        return False
    return True


@pytest.mark.parametrize("name", [name for name, source in NODES.items() if is_expression(source)])
def test_a_node_outside_the_allow_list_is_refused_as_an_argument(name):
    source = NODES[name]
    for call in (
        f"goto({source})",
        f"click({source})",
        f"fill(label('a'), {source})",
        f"click(label('a', nth={source}))",
        f"click(label('a', within={source}))",
        f"expect_checked(label('a'), checked={source})",
        f"set_input_files(label('a'), {source})",
        f"fill(label('a'), secret({source}))",
    ):
        parsed = parse_text(with_call(call), None)
        assert parsed.spec is None, call
        assert parsed.findings[0].rule in (Rule.NODE, Rule.TYPE), call


def test_a_python_with_a_new_field_in_a_node_is_refused_until_somebody_has_looked(monkeypatch):
    monkeypatch.setattr(ast.Call, "_fields", ("func", "args", "keywords", "sneaky"))
    checked = check(MUG)
    assert [f.rule for f in checked.findings] == [Rule.NODE]
    assert "Call" in checked.findings[0].message


def test_the_allow_list_names_every_field_this_python_has():
    for node, fields in parsing.ALLOWED_NODES.items():
        assert node._fields == fields


@pytest.mark.parametrize("error", [MemoryError, RecursionError, ValueError])
def test_whatever_the_parser_gives_up_with_is_a_finding(monkeypatch, error):
    def give_up(*args, **kwargs):
        raise error("no more")

    monkeypatch.setattr(ast, "parse", give_up)
    assert [f.rule for f in check(MUG).findings] == [Rule.SYNTAX]


def test_what_the_scan_lets_through_is_tokens_that_python_sees_the_same_way():
    kinds = {tokenize.tok_name[token.exact_type] for token in tokenize.generate_tokens(io.StringIO(MUG).readline)}
    assert kinds <= {
        *("NAME", "STRING", "NUMBER", "LPAR", "RPAR", "COMMA", "EQUAL", "COLON"),
        *("NEWLINE", "NL", "INDENT", "DEDENT", "COMMENT", "ENDMARKER"),
    }


def test_every_unknown_name_is_found_once_with_what_was_probably_meant():
    findings = lexis.scan("clik(label('a'))\nclik(label('b'))\nimport os\n")
    assert [(f.line, f.rule) for f in findings] == [(1, Rule.NAME), (3, Rule.NAME), (3, Rule.NAME)]
    assert "click" in findings[0].hint


def test_words_in_strings_and_comments_are_nobodys_names():
    assert lexis.scan('# import os; eval("x")\nfill(label("import os"), "(((((" \n)') == []


def test_nesting_is_counted_outside_strings_only():
    assert lexis.scan("click(" * 24 + ")" * 24) == []
    assert [f.rule for f in lexis.scan("click(" * 25 + ")" * 25)] == [Rule.LIMIT]
    assert lexis.scan('fill("' + "(" * 100 + '")') == []


# Independent of the tables in the code: whole ranges that must be refused wherever they stand.
NEVER = [
    *range(0x09),
    *range(0x0B, 0x20),
    *range(0x7F, 0xA0),
    *(0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x2060, 0x3164, 0xFEFF, 0xFFA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *range(0xD800, 0xE000, 97),
    *range(0xFDD0, 0xFDF0),
    *(plane * 0x10000 + low for plane in range(17) for low in (0xFFFE, 0xFFFF)),
    *range(0xE0000, 0xE0080),
    *range(0xE0100, 0xE01F0),
]


def test_no_forbidden_character_passes_raw_or_escaped():
    for code in NEVER:
        character = chr(code)
        raw = with_call(f"fill(label('a'), '{character}')")
        assert check(raw).findings[0].rule is Rule.FORBIDDEN_CHARACTER, hex(code)
        escaped = with_call(f"fill(label('a'), '\\U{code:08x}')")
        assert [f.rule for f in check(escaped).findings] == [Rule.TEXT], hex(code)


def test_joiners_and_soft_hyphens_are_written_as_escapes_and_only_where_a_page_is_compared():
    for escape, character in (("\\u200d", "\u200d"), ("\\u200c", "\u200c"), ("\\xad", "\u00ad")):
        assert check(with_call(f'click(text("a{escape}b"))')).ok
        assert check(with_call(f'click(text("a{character}b"))')).findings[0].rule is Rule.FORBIDDEN_CHARACTER
        titled = with_call("reload()").replace('"Look"', f'"a{escape}b"')
        assert [f.rule for f in check(titled).findings] == [Rule.TEXT]


def test_a_line_feed_can_be_typed_but_stands_in_no_name_and_no_title():
    assert check(with_call('fill(label("a"), "b\\nc\\td")')).ok
    assert [f.rule for f in check(with_call('click(text("b\\nc"))')).findings] == [Rule.TEXT]
    assert [f.rule for f in check(with_call("reload()").replace('"Look"', '"a\\nb"')).findings] == [Rule.TEXT]


def test_the_tables_of_characters_grow_from_typed_to_title():
    for code in range(0x110000):
        character = chr(code)
        typed, page, title = (
            FORBIDDEN_DECODED[kind].match(character) is not None
            for kind in (TextKind.TYPED, TextKind.PAGE, TextKind.TITLE)
        )
        assert typed <= page <= title
        assert (FORBIDDEN_IN_TEXT.match(character) is not None) == (title and character != "\n")
