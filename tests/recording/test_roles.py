"""The ARIA role of an element: HTML-AAM, and Playwright where that leaves room."""

from __future__ import annotations

from typing import Any

import pytest

from specward.recording.roles import role_of
from tests.recording.markup import Markup


@pytest.mark.parametrize(
    ("html", "role"),
    [
        ('<a key="it" href="/">x</a>', "link"),
        ('<a key="it">x</a>', None),
        ('<area key="it" href="/">', "link"),
        ('<button key="it">x</button>', "button"),
        ('<input key="it">', "textbox"),
        ('<input key="it" type="bogus">', "textbox"),
        ('<input key="it" type="PASSWORD">', "textbox"),
        ('<input key="it" type="search">', "searchbox"),
        ('<input key="it" type="number">', "spinbutton"),
        ('<input key="it" type="range">', "slider"),
        ('<input key="it" type="checkbox">', "checkbox"),
        ('<input key="it" type="radio">', "radio"),
        ('<input key="it" type="image">', "button"),
        ('<input key="it" type="file">', "button"),
        ('<input key="it" type="hidden">', None),
        ('<input key="it" list="l"><datalist id="l"></datalist>', "combobox"),
        ('<input key="it" list="l"><div id="l"></div>', "textbox"),
        ('<input key="it" list="none">', "textbox"),
        ('<select key="it"></select>', "combobox"),
        ('<select key="it" multiple></select>', "listbox"),
        ('<select key="it" size="3"></select>', "listbox"),
        ('<select key="it" size="1"></select>', "combobox"),
        ('<textarea key="it"></textarea>', "textbox"),
        ('<option key="it">x</option>', "option"),
        ('<h3 key="it">x</h3>', "heading"),
        ('<img key="it" src="x">', "img"),
        ('<img key="it" alt="">', "presentation"),
        ('<img key="it" alt="" title="x">', "img"),
        ('<img key="it" alt="" tabindex="0">', "img"),
        ('<nav key="it"></nav>', "navigation"),
        ('<header key="it"></header>', "banner"),
        ('<article><div><header key="it"></header></div></article>', None),
        ('<div role="region"><footer key="it"></footer></div>', None),
        ('<section role="none"><footer key="it"></footer></section>', "contentinfo"),
        ('<section key="it"></section>', None),
        ('<section key="it" aria-label="x"></section>', "region"),
        ('<form key="it" aria-labelledby="x"></form>', "form"),
        ('<ul><li key="it">x</li></ul>', "listitem"),
        ('<fieldset key="it"></fieldset>', "group"),
        ('<details key="it"></details>', "group"),
        ('<summary key="it"></summary>', None),
        ('<dialog key="it"></dialog>', "dialog"),
        ('<output key="it"></output>', "status"),
        ('<progress key="it"></progress>', "progressbar"),
        ('<hr key="it">', "separator"),
        ('<svg key="it"></svg>', "img"),
        ('<div key="it"></div>', None),
    ],
)
def test_an_element_has_the_role_of_its_tag(html: str, role: str | None) -> None:
    assert Markup(html).role() == role


@pytest.mark.parametrize(
    ("html", "role"),
    [
        ('<div key="it" role="button">x</div>', "button"),
        ('<div key="it" role="bogus TAB link">x</div>', "tab"),
        ('<button key="it" role="bogus">x</button>', "button"),
        ('<div key="it" role="none">x</div>', "none"),
        ('<button key="it" role="none">can be focused</button>', "button"),
        ('<button key="it" role="none" disabled>cannot</button>', "none"),
        ('<fieldset disabled><button key="it" role="none">cannot</button></fieldset>', "none"),
        ('<fieldset disabled><legend><button key="it" role="none">can</button></legend></fieldset>', "button"),
        ('<h2 key="it" role="presentation" aria-label="described">x</h2>', "heading"),
        ('<p key="it" role="presentation" aria-label="no role to describe">x</p>', "presentation"),
        ('<ul role="none"><li key="it">x</li></ul>', "none"),
        ('<ul role="none" aria-live="polite"><li key="it">x</li></ul>', "listitem"),
        ('<table role="presentation"><tbody><tr><td key="it">x</td></tr></tbody></table>', "presentation"),
    ],
)
def test_the_role_attribute_wins_unless_it_would_hide_what_can_be_used(html: str, role: str) -> None:
    assert Markup(html).role() == role


@pytest.mark.parametrize(
    ("row", "role"),
    [
        ('<th key="it" scope="row">x</th><td>y</td>', "rowheader"),
        ('<th key="it" scope="col">x</th><td>y</td>', "columnheader"),
        ('<th key="it">x</th><td>y</td>', "rowheader"),
        ('<th key="it">x</th><td></td>', "columnheader"),
        ('<th>x</th><th key="it">y</th><th>z</th>', "columnheader"),
        ('<td key="it">x</td>', "cell"),
    ],
)
def test_a_header_cell_is_told_by_its_scope_or_its_neighbours(row: str, role: str) -> None:
    assert Markup(f"<table><tr><td>first row</td></tr><tr>{row}</tr></table>").role() == role


def test_a_cell_of_a_grid_is_a_gridcell() -> None:
    assert Markup('<table role="grid"><tr><td key="it">x</td></tr></table>').role() == "gridcell"


def test_the_only_header_of_a_table_of_one_row_has_no_role() -> None:
    assert Markup('<table><tr><th key="it">x</th></tr></table>').role() is None


def test_the_list_of_an_input_is_looked_for_in_its_own_tree() -> None:
    inside = '<shadow-root><input key="it" list="l"></shadow-root>'
    page = Markup(f'<x-card>{inside}</x-card><datalist id="l"></datalist>')
    assert page.role() == "textbox"
    assert role_of(page["it"]) == "textbox"  # also without an index
    assert role_of(Markup('<input key="it" list="l"><datalist id="l"></datalist>')["it"]) == "combobox"


def test_attributes_of_any_kind_are_survived() -> None:
    page = Markup('<div key="it">x</div>')
    values: list[Any] = [1, 1.5, True, False, None, [], {}]
    for value in values:
        page["it"].attrs = {"role": value, "aria-label": value, "tabindex": value, "hidden": value}
        assert role_of(page["it"]) is None
