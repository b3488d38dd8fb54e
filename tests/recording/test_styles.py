"""What style sheets hide and show."""

from __future__ import annotations

import random
import time

import pytest

from specward.recording import cascade
from specward.recording.media import Media
from specward.recording.selector_parsing import compile_selector, split_list
from specward.recording.selectors import Surroundings
from specward.recording.styles import StyleCache
from specward.recording.stylesheets import content_parts, read_sheet
from tests.recording.markup import Markup

ITEM = '<div key="it" class="a b" id="i" data-x="en-GB big">x</div>'


@pytest.mark.parametrize(
    ("css", "shown"),
    [
        (".a { display: none }", False),
        (".A { display: none }", True),
        (".a { DISPLAY: NONE }", False),
        (".a { display: none } .a { display: block }", True),
        (".a.b { display: none } .a { display: block }", False),
        ("#i { display: none } div.a.b { display: block }", False),
        (".a { display: none !important } #i { display: block }", False),
        (".a { display: nonsense }", True),
        (".a { visibility: hidden }", False),
        (".a { visibility: collapse }", False),
        ("body { visibility: hidden }", False),
        ("body { visibility: hidden } .a { visibility: visible }", True),
        ("body { display: none } .a { display: block }", False),
        (".a:hover { display: none }", True),
        (".a:not(:hover) { display: none }", False),
        (".a:unheard-of { display: none }", True),
        (".a::before { display: none }", True),
        ("@media print { .a { display: none } }", True),
        ("@media screen { .a { display: none } }", False),
        ("@media (max-width: 600px) { .a { display: none } }", True),
        ("@media (min-width: 600px) { .a { display: none } }", False),
        ("@media screen { @media (min-width: 1px) { .a { display: none } } }", False),
        ("@supports (display: grid) { .a { display: none } }", False),
        ("@supports not (display: grid) { .a { display: none } }", True),
        ("@container (min-width: 1px) { .a { display: none } }", True),
        ("@keyframes k { from { display: none } } .z { color: red }", True),
        ("@font-face { font-family: x } .a { display: none }", False),
        ("@layer one, two; @layer two { .a { display: none } } @layer one { .a { display: block } }", False),
        ("@layer one { #i { display: none } } .a { display: block }", True),
        ("@layer one { .a { display: none !important } } .a { display: block !important }", False),
        ("body { .a { display: none } }", False),
        (".b { &.a { display: none } }", False),
        (".b { color: red; @media screen { display: none } }", False),
        ("/* .a { display: none } */", True),
        ("/* .a { display: none }", True),
        ('.z::after { content: "}" } .a { display: none }', False),
        (".z\\'s { color: red } .a { display: none } .z\\'s { color: red }", False),
        (".a { display: none", True),
        ("} .a { display: none }", False),
    ],
)
def test_the_cascade_decides_what_is_shown(css: str, shown: bool) -> None:
    assert (Markup(ITEM, css=css).shown() == ["it"]) is shown


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("div", True),
        ("DIV", True),
        ("*", True),
        ("span", False),
        ("div#i.a.b", True),
        ("[data-x]", True),
        ("[data-x~=big]", True),
        ("[data-x|=en]", True),
        ('[data-x^="EN" i]', True),
        ('[data-x^="EN"]', False),
        ("[data-x$='big']", True),
        ('[data-x*="GB b"]', True),
        ('[data-x=""]', False),
        ("body > div", True),
        ("html > div", False),
        ("html div", True),
        ("p + div", True),
        ("h1 ~ div", True),
        ("h1 + div", False),
        ("h1+p+div", True),
        ("div:nth-child(3)", True),
        ("div:nth-child(2n+1)", True),
        ("div:nth-child(even)", False),
        ("div:nth-child(-n+2)", False),
        ("div:nth-last-child(2)", True),
        ("div:first-of-type:last-of-type", True),
        ("div:last-child", False),
        ("div:empty", False),
        (":root > body > :is(.x, .a)", True),
        (":where(#i)", True),
        (":not(.x, .y)", True),
        (":not(.x, .a)", False),
        ("body:has(> .a) div", True),
        ("div:has(.a)", False),
        ("div:has(+ section)", True),
        (".\\61", True),
        (".a:focus-within", False),
        (".a::first-line", None),
        (".a:(", None),
        ("> div", None),
        ("", None),
        ("div..a", None),
        ("[data-x", None),
    ],
)
def test_selectors_match_as_in_a_browser(selector: str, matches: bool | None) -> None:
    page = Markup(f"<h1>h</h1><p>p</p>{ITEM}<section></section>")
    compiled = compile_selector(selector)
    found = None if compiled is None else compiled.matches(page["it"], Surroundings())
    assert found is matches


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("", True),
        ("all", True),
        ("print, screen", True),
        ("only screen and (min-width: 1280px)", True),
        ("not screen", False),
        ("not all and (min-width: 2000px)", True),
        ("(max-width: 79.9em)", False),
        ("(min-width: 80rem)", True),
        ("(width >= 1280px)", True),
        ("(400px < width < 1000px)", False),
        ("(orientation: portrait)", False),
        ("(prefers-color-scheme: dark)", False),
        ("(prefers-color-scheme: light)", True),
        ("(hover: hover) and (pointer: fine)", True),
        ("(min-width: 9000px) or (height: 720px)", True),
        ("not (min-width: 100px)", False),
        ("(unheard-of: 1)", False),
        ("((", False),
    ],
)
def test_media_queries_are_asked_of_the_recorded_viewport(query: str, holds: bool) -> None:
    assert Media(1280, 720).matches(query) is holds


def test_the_viewport_of_the_moment_counts() -> None:
    page = Markup(ITEM, css="@media (max-width: 600px) { .a { display: none } }")
    assert page.shown() == ["it"]
    page.page.width = 500
    assert page.shown() == []


def test_a_style_sheet_that_changes_counts_at_once() -> None:
    page = Markup(ITEM, css=".a { display: none }")
    assert page.shown() == []
    style = next(page.page.find("style"))
    page.page.mutate({"texts": [{"id": style.children[0].id, "value": ".a { display: block }"}]})
    assert page.shown() == ["it"]


def test_styles_stay_in_their_tree() -> None:
    html = (
        '<x-card key="host"><shadow-root><style>:host { display: block } .a { display: none } '
        '::slotted(.shy) { display: none }</style><b key="in" class="a">x</b><slot></slot></shadow-root>'
        '<i key="shy" class="shy">x</i><i key="light" class="a">x</i></x-card><b key="out" class="a shy">x</b>'
    )
    assert Markup(html).shown() == ["host", "light", "out"]


def test_a_linked_sheet_counts_where_its_text_was_recorded() -> None:
    link = '<link rel="stylesheet" _csstext=".a { display: none }" media="screen">'
    page = Markup(link + ITEM)
    assert page.shown() == ["it"]  # the parser of the test folds case; recorders write _cssText
    node = next(page.page.find("link"))
    page.page.set_attribute(node, "_cssText", ".a { display: none }")
    assert page.shown() == []
    page.page.set_attribute(node, "media", "print")
    assert page.shown() == ["it"]


def test_live_form_state_is_matched() -> None:
    page = Markup('<input key="box" type="checkbox"><div key="it">x</div>', css="input:checked + div { display: none }")
    assert page.shown() == ["box", "it"]
    page.page.set_attribute(page["box"], "checked", True)
    assert page.shown() == ["box"]


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ('"a"', [("text", "a")]),
        ("'a' attr(data-x)", [("text", "a"), ("attr", "data-x")]),
        ('"\\201c"', [("text", "\u201c")]),
        ('url(x.png) / "alternative"', [("text", "alternative")]),
        ("url(x.png)", None),
        ("counter(c)", None),
    ],
)
def test_content_is_read_where_it_is_plain_text(value: str, parts: list[tuple[str, str]] | None) -> None:
    assert content_parts(value) == parts


def test_a_selector_list_is_split_outside_of_brackets_and_strings() -> None:
    assert split_list('a, b:is(c, d), [e=","]') == ["a", " b:is(c, d)", ' [e=","]']
    assert split_list("a\\,b,c") == ["a\\,b", "c"]


def test_a_sheet_is_read_once() -> None:
    cache = StyleCache()
    assert cache.sheet(".a { display: none }") is cache.sheet(".a { display: none }")


# Hostile style sheets


@pytest.mark.parametrize(
    "css",
    [
        "{" * 300_000,
        "}" * 300_000,
        '"' * 300_001,
        "\\" * 300_001,
        "/*" * 150_000,
        "-" * 300_000 + "{display:none}",
        ".a{" + "-" * 300_000 + ":1;display:none}",
        ".a{content:" + '\\"' * 100_000 + "}",
        ".a{" + ';display:\\"' * 20_000 + "}",
        ("a" * 100_000 + ",") * 3 + "{display:none}",
        "@media " + "(" * 100_000 + "{.a{display:none}}",
        "@layer " + ",".join(f"l{n}" for n in range(30_000)) + ";",
        ":is(" * 40_000 + "{display:none}",
        ".x{&&&&{" * 20_000,
        ";" * 300_000 + "{display:none}",
        ".a{display:none" + " " * 300_000 + "}",
        ".a{display:none" + "! " * 100_000 + "}",
    ],
    ids=lambda css: css[:12],
)
def test_a_hostile_sheet_is_read_in_linear_time(css: str) -> None:
    started = time.perf_counter()
    read_sheet(css)
    page = Markup(ITEM)
    page["it"].attrs["style"] = css
    page.page.version += 1
    page.shown()
    Markup(ITEM, css=css.replace("<", "")).shown()
    assert time.perf_counter() - started < 5


def test_selectors_that_backtrack_stop() -> None:
    deep = "<div class='a'>" * 300 + '<b key="it">x</b>' + "</div>" * 300
    css = "".join(f".a{' .a' * 20} > .z{n} ~ b, .a{' .a' * 25} > i + b {{ display: none }}" for n in range(50))
    started = time.perf_counter()
    assert Markup(deep, css=css).shown() == ["it"]
    assert time.perf_counter() - started < 5


def test_many_rules_for_everything_run_out_of_budget_and_not_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade, "MOST_WORK", 300_000)
    css = "".join(f"*:not(.c{n}):nth-child({n}n+7) {{ display: none }}" for n in range(15_000))
    html = "".join(f"<b class='x{n}'>x</b>" for n in range(3_000))
    page = Markup(html, css=css)
    started = time.perf_counter()
    for node in page.page.nodes.values():
        page.access.hidden(node)
    assert time.perf_counter() - started < 5


def test_random_text_is_never_an_error() -> None:
    rng = random.Random(7)
    words = ["a", "display", "none", "media", "layer", ":not(", "content", "::before"]
    alphabet = [*"{}()[]:;,.#*>+~@\"'\\/!&-= \n", *words]
    for _ in range(2_000):
        css = "".join(rng.choice(alphabet) for _ in range(rng.randrange(60)))
        read_sheet(css)
        compile_selector(css)
        content_parts(css)
        Media(100, 100).matches(css)
