"""Accessible names, hidden elements and texts, one rule a test. The browser has its say in the comparison beside."""

from __future__ import annotations

import time

import pytest

from specward.recording.names import LONGEST
from tests.recording.markup import Markup


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ('<input key="it" aria-labelledby="a b"><i id="a">Card</i><i id="b">number</i>', "Card number"),
        ('<input key="it" aria-labelledby="none" aria-label="Falls back">', "Falls back"),
        ('<input key="it" aria-labelledby="a"><i id="a" hidden>Hidden <b hidden>too</b></i>', "Hidden too"),
        ('<button key="it" id="it" aria-labelledby="it a">Delete</button><i id="a">mug</i>', "Delete mug"),
        ('<button key="it" aria-label="Close">x</button>', "Close"),
        ('<button key="it" aria-label="  ">x</button>', "x"),
        ('<label for="a">Name</label><input key="it" id="a">', "Name"),
        ('<label>Street <input key="it" value="Long Lane"></label>', "Street"),
        ('<label for="a">First</label><label for="a">second</label><input key="it" id="a">', "First second"),
        ('<label for="a">Name</label><div><input key="it" id="b"></div>', ""),
        ('<input key="it" placeholder="Search mugs">', "Search mugs"),
        ('<input key="it" title="Telephone" placeholder="+44">', "Telephone"),
        ('<input key="it" type="checkbox" placeholder="none for a checkbox">', ""),
        ('<input key="it" type="submit">', "Submit"),
        ('<input key="it" type="reset">', "Reset"),
        ('<input key="it" type="button" value=" Pay  now ">', "Pay now"),
        ('<input key="it" type="image" alt="Send">', "Send"),
        ('<input key="it" type="file">', "Choose File"),
        ('<label for="a">Photo</label><input key="it" type="file" id="a">', "Photo"),
        ('<img key="it" alt="Mug" title="not this">', "Mug"),
        ('<img key="it" title="Mug">', "Mug"),
        ('<svg key="it"><title>Heart</title><path/></svg>', "Heart"),
        ('<fieldset key="it"><legend>Wrapping</legend>x</fieldset>', "Wrapping"),
        ('<table key="it"><caption>Prices</caption><tr><td>1</td></tr></table>', "Prices"),
        ('<figure key="it"><img><figcaption>The blue one</figcaption></figure>', "The blue one"),
        ('<a key="it" href="/" title="From title"></a>', "From title"),
        ('<div key="it" title="Tooltip">content is no name here</div>', "Tooltip"),
        ('<p key="it" aria-label="not allowed">x</p>', ""),
        ('<details><summary key="it">More</summary></details>', "More"),
        ('<optgroup key="it" label="no name"></optgroup>', ""),
    ],
)
def test_a_name_comes_from_the_first_source_that_has_one(html: str, name: str) -> None:
    assert Markup(html).name() == name


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        ("  Pay <b>now</b> ", "Pay now"),
        ("a<b>b</b>c", "abc"),
        ("a<div>b</div>c", "a b c"),
        ("a<br>b", "a b"),
        ('a<img alt="b">c', "abc"),
        ("a<span hidden>b</span>c", "a c"),
        ('a<span aria-hidden="true">b</span>c', "ac"),
        ("<ul><li>one</li><li>two</li></ul>", "one two"),
        ('<span aria-label="labelled">text</span>', "labelled"),
        ('<span title="titled"></span>', "titled"),
        ('<svg aria-hidden="true"><title>X</title></svg>Close', "Close"),
        ("Go<script>1</script><style>a{}</style><template>b</template>", "Go"),
        ("zero\u200bwidth soft\xadhyphen no\xa0break", "zerowidth softhyphen no break"),
        ('<input value="typed" aria-label="not this">', "typed"),
        ("<select><option>one</option><option selected>two</option></select>", "two"),
        ('<i role="slider" aria-valuetext="high" aria-valuenow="9"></i>', "high"),
        ('<i role="menu">commands</i>x', "x"),
    ],
)
def test_a_name_from_content_reads_as_it_is_shown(inside: str, name: str) -> None:
    assert Markup(f'<div role="button" key="it">{inside}</div>').name() == name


def test_a_label_around_a_control_gives_its_other_controls_values() -> None:
    page = Markup('<label><input type="radio" key="it">within <input type="number" value="5"> days</label>')
    assert page.name() == "within 5 days"


def test_the_live_value_counts() -> None:
    page = Markup('<label><input type="checkbox" key="it">for <input key="n" value="1"></label>')
    assert page.name() == "for 1"
    page.page.set_attribute(page["n"], "value", "2")
    assert page.name() == "for 2"


def test_an_id_is_looked_for_in_its_own_tree() -> None:
    html = (
        '<x-card><shadow-root><i id="a">inner</i><button key="in" aria-labelledby="a">x</button></shadow-root></x-card>'
        '<i id="a">outer</i><button key="out" aria-labelledby="a">y</button>'
        '<iframe><frame-document><html><body><i id="a">framed</i><button key="frame" aria-labelledby="a">z</button>'
        "</body></html></frame-document></iframe>"
    )
    page = Markup(html)
    assert [page.name(key) for key in ("in", "out", "frame")] == ["inner", "outer", "framed"]


def test_slots_are_filled_in_a_name() -> None:
    """With a space at each side: a slot is no inline box, says Playwright."""
    html = (
        '<x-card><shadow-root><button key="it"><slot name="what">thing</slot>, <slot></slot>!</button></shadow-root>'
        '<b slot="what">Hello</b><i slot="elsewhere">lost</i>world</x-card>'
    )
    page = Markup(html)
    assert page.name() == "Hello , world !"
    assert Markup(
        "<x-card><shadow-root><button key='it'><slot>fallback</slot></button></shadow-root></x-card>"
    ).name() == ("fallback")


def test_css_content_is_part_of_a_name() -> None:
    css = '.new::after { content: "\\2605  new" } .tail::before { content: "" ; display: block }'
    assert Markup('<button key="it" class="new">Mug</button>', css=css).name() == "Mug\u2605 new"
    assert Markup('<button key="it">a<i class="tail">b</i></button>', css=css).name() == "a b"


@pytest.mark.parametrize(
    ("html", "hidden"),
    [
        ('<button key="it">x</button>', False),
        ('<button key="it" hidden>x</button>', True),
        ('<button key="it" hidden style="display: block">x</button>', False),
        ('<div style="display: none"><button key="it">x</button></div>', True),
        ('<div style="visibility: hidden"><button key="it">x</button></div>', True),
        ('<div style="visibility: hidden"><button key="it" style="visibility: visible">x</button></div>', False),
        ('<div aria-hidden="true"><button key="it">x</button></div>', True),
        ('<div aria-hidden="false"><button key="it">x</button></div>', False),
        ('<div style="display: contents" key="it">x</div>', False),
        ('<div style="display: contents" key="it"> <i hidden>x</i></div>', True),
        ('<details><summary>s</summary><button key="it">x</button></details>', True),
        ('<details open><summary>s</summary><button key="it">x</button></details>', False),
        ('<details><summary key="it">s</summary></details>', False),
        ('<dialog><button key="it">x</button></dialog>', True),
        ('<dialog open><button key="it">x</button></dialog>', False),
        ('<select><option key="it">x</option></select>', False),
        ('<select hidden><option key="it">x</option></select>', True),
        ('<noscript><button key="it">x</button></noscript>', True),
        ('<x-card><shadow-root>no slot</shadow-root><button key="it">x</button></x-card>', True),
        ('<x-card><shadow-root><slot></slot></shadow-root><button key="it">x</button></x-card>', False),
        ('<iframe hidden><frame-document><html><b key="it">x</b></html></frame-document></iframe>', True),
        ('<iframe><frame-document><html><b key="it">x</b></html></frame-document></iframe>', False),
        ('<canvas><button key="it">fallback</button></canvas>', True),
    ],
)
def test_what_is_not_shown_is_hidden(html: str, hidden: bool) -> None:
    assert Markup(html).hidden() is hidden


def test_what_is_hidden_can_still_be_called_by_its_name() -> None:
    page = Markup('<dialog key="it" aria-labelledby="t"><h2 id="t">Sure?</h2></dialog>')
    assert page.hidden() and page.name() == "Sure?"


def test_a_change_of_the_page_changes_the_answers() -> None:
    page = Markup('<button key="it" class="x">Pay</button>', css=".off { display: none }")
    assert not page.hidden() and page.name() == "Pay"
    page.page.set_attribute(page["it"], "class", "off")
    page.page.set_attribute(page["it"], "aria-label", "Pay now")
    assert page.hidden() and page.name() == "Pay now"


def test_text_is_all_of_it_but_scripts_and_styles() -> None:
    scripts = "<script>c</script><style>d</style>"
    html = f'<div key="it"> a <b hidden>b</b>{scripts}<input type="submit" value="e"><br>f\n g</div>'
    assert Markup(html).text() == "a be" + "f g"
    assert Markup('<x-card key="it">light<shadow-root>shadow</shadow-root></x-card>').text() == "lightshadow"
    assert Markup('<iframe key="it"><frame-document><html>x</html></frame-document></iframe>').text() == ""


def test_label_texts_are_what_get_by_label_compares() -> None:
    assert Markup('<label for="a"> Full <b>name</b></label><input key="it" id="a">').labels() == ["Full name"]
    assert Markup('<label>Size <select key="it"><option>S</option></select></label>').labels() == ["Size S"]
    assert Markup('<input key="it" aria-label="Coupon">').labels() == ["Coupon"]
    assert Markup('<i id="a">A</i><i id="b">B</i><div key="it" aria-labelledby="a b">x</div>').labels() == ["A", "B"]
    assert Markup('<label for="a">x</label><input type="hidden" key="it" id="a">').labels() == []
    assert Markup('<div key="it">x</div>').labels() == []


# Hostile pages: each answer is bounded, whatever the page


def test_references_in_a_circle_end() -> None:
    page = Markup('<a href="/" key="it" id="a" aria-labelledby="b">x</a><a href="/" id="b" aria-labelledby="a">y</a>')
    assert page.name() == "y"
    owning = Markup('<div role="button" key="it" id="a" aria-owns="b">x</div><div id="b" aria-owns="a">y</div>')
    assert owning.name() == "x y"


def test_ten_thousand_ids_in_one_attribute_are_survived() -> None:
    ids = " ".join(f"i{n}" for n in range(10_000))
    page = Markup(f'<i id="i1">one</i><button key="it" aria-labelledby="{ids}">x</button>')
    assert page.name() == "one"


def test_a_huge_name_is_cut() -> None:
    page = Markup('<button key="it">' + "<i>word </i>" * 50_000 + "</button>")
    assert 0 < len(page.name()) <= LONGEST


def test_nesting_is_followed_only_so_deep() -> None:
    page = Markup('<button key="it">' + "<i>" * 450 + "deep" + "</i>" * 450 + "</button>")
    assert page.name() == ""
    assert page.text() == "deep"


def test_names_inside_names_take_time_in_proportion_to_the_page() -> None:
    links = '<a href="/">' * 90 + "<b>x</b>" * 200 + "</a>" * 90
    page = Markup(links * 5)
    started = time.perf_counter()
    for node in page.page.nodes.values():
        page.access.name(node)
    assert time.perf_counter() - started < 10
