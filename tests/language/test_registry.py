"""The one table of primitives."""

from __future__ import annotations

import ast
import inspect
import re

import pytest
from playwright import sync_api
from playwright.sync_api._generated import LocatorAssertions, PageAssertions

from specward.language import arguments, vocabulary
from specward.language.export import python_helpers, typescript_helpers
from specward.language.primitive import STRINGS, Kind, Takes
from specward.language.registry import CALLS, PRIMITIVES, REGISTRY, WORDS
from specward.recording.locators import By

NAMED = [pytest.param(primitive, id=primitive.name) for primitive in PRIMITIVES]


def test_the_names_are_those_of_the_design():
    assert {p.name for p in PRIMITIVES if p.kind is Kind.ACTION} == {
        *("goto", "click", "double_click", "hover", "fill", "press", "select_option", "check", "uncheck"),
        *("set_input_files", "drag_to", "scroll_to", "go_back", "go_forward", "reload", "answer_dialog"),
    }
    assert {p.name for p in PRIMITIVES if p.kind is Kind.ASSERTION} == {
        *("expect_visible", "expect_hidden", "expect_text", "expect_value", "expect_checked", "expect_url"),
        *("expect_title", "expect_count", "expect_popup"),
    }
    assert {p.by for p in PRIMITIVES if p.by is not None} == set(By)


@pytest.mark.parametrize("primitive", NAMED)
def test_an_entry_says_what_it_is_in_one_sentence_and_how_it_is_called(primitive):
    assert re.fullmatch(r"[A-Z][^.]*\.", primitive.doc)
    assert primitive.signature.startswith(primitive.name + "(")
    assert len({p.name for p in primitive.parameters}) == len(primitive.parameters)
    for parameter in primitive.parameters:
        assert parameter.required or parameter.keyword_only
        if parameter.takes in STRINGS or parameter.takes is Takes.FILLED:
            assert parameter.most > 0
        if parameter.takes is Takes.CHOICE:
            assert parameter.choices


def test_each_type_that_a_parameter_can_take_has_its_own_conversion():
    assert arguments._CONVERT.keys() == set(Takes)
    assert len(set(arguments._CONVERT.values())) == len(Takes)


@pytest.mark.parametrize("primitive", NAMED)
def test_every_helper_an_entry_names_exists(primitive):
    for helper in primitive.helpers:
        assert helper in python_helpers.HELPERS
        # A step is Playwright's own in TypeScript, and needs no helper there.
        assert helper in typescript_helpers.HELPERS or helper == "step"


def test_no_name_of_the_language_is_a_keyword_or_a_builtin_that_opens_a_door():
    assert WORDS.isdisjoint({"import", "eval", "exec", "open", "getattr", "lambda", "def", "class", "None", "print"})
    assert all(word.isidentifier() for word in WORDS)
    assert CALLS.keys() <= REGISTRY.keys()


def test_the_roles_are_exactly_those_playwright_is_typed_for():
    annotation = inspect.signature(sync_api.Page.get_by_role).parameters["role"].annotation
    assert set(re.findall(r"'([a-z]+)'", str(annotation))) == vocabulary.ROLES


METHODS = re.compile(r"\.([a-z_]+)\(")


def test_every_method_a_python_template_calls_is_one_of_playwrights():
    owners = (sync_api.Page, sync_api.Locator, sync_api.Dialog, sync_api.FrameLocator, LocatorAssertions)
    known = {name for owner in (*owners, PageAssertions) for name in dir(owner)}
    called = set()
    for primitive in PRIMITIVES:
        template = primitive.python
        for text in [template] if isinstance(template, str) else map(str, vars(template).values()):
            called.update(METHODS.findall(text))
    assert {"get_by_role", "click", "to_have_url", "accept", "select_option"} <= called
    assert called <= known


def test_the_helpers_are_python():
    for _, code in python_helpers.HELPERS.values():
        ast.parse(code)


@pytest.mark.parametrize(
    "key", ["Enter", "a", "A", "+", "~", "F12", "Control+a", "Control++", "Control+Shift+ArrowDown", "ControlOrMeta+A"]
)
def test_an_allowed_key(key):
    assert vocabulary.is_key(key)


@pytest.mark.parametrize(
    "key", ["", " ", "ab", "F13", "enter", "Control", "Control+", "Enter+a", "Shift+Shift+a", "é", "a\n"]
)
def test_a_key_that_is_not_allowed(key):
    assert not vocabulary.is_key(key)


@pytest.mark.parametrize(
    "css",
    [
        *("a", "#main", ".card", "a.b#c", "div > a", "div>a", "ul li a", '[name="q"]', "[disabled]", "-x"),
        *(
            'input[type="text"][name="a b"]',
            "[aria-label=\"Größe 'x'\"]",
            'a[href="/x?y=1&z=text=2"]',
            "my-tag .a--b__c",
            "[a='b']",
            "[a='say \"b\"']",
        ),
    ],
)
def test_an_allowed_selector(css):
    assert vocabulary.is_css(css)


@pytest.mark.parametrize(
    "css",
    [
        *("", " ", "*", "a b ", "a  b", "a,b", "a + b", "a ~ b", "a:hover", "a::before", ":root", "a >> b", "a>>b"),
        *("a > > b", "> a", "a >", "#", ".", "#1", "[a", "[a=b]", "[a='b\"]", '[a="b" i]', '[a~="b"]', '[a="b\\"]'),
        *('[a="b\n"]', "a\\62", "a/**/", "text=x", "css=a", "xpath=//a", "//a", "..", '"a"', "'a'", "_react=x", "é"),
        *('[a=">>"]', "id=x", "data-testid=x", "a{}", "@a", "a(b)", "internal:role=button", "*css=a", "a" * 201),
    ],
)
def test_a_selector_that_is_not_allowed(css):
    assert not vocabulary.is_css(css)


ENGINE = re.compile(r"^[a-zA-Z_0-9-+:*]+$")


def test_playwrights_own_parser_takes_an_allowed_selector_for_css_even_without_its_engine_named():
    # The rule of parseSelectorString in playwright-core: what stands before the first `=` decides.
    for css in ('[name="q"]', 'a[href="x=y"]', 'input[type="text"][name="a b"]', 'div > [a="b"]'):
        before = css.split("=", 1)[0].strip()
        assert ENGINE.match(before) is None
        assert ">>" not in css
        assert not css.startswith(("//", "(", "..", '"', "'"))
