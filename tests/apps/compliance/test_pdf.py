"""A PDF is set from data that stays words, by a process that reaches nothing and ends in time."""

from __future__ import annotations

import datetime
import re
import time
from pathlib import Path

import pytest

from apps.compliance import pdf as module
from apps.compliance.pdf import DATA_AT_MOST, TEMPLATES, PdfRefused, pdf
from tests.apps.compliance import pdf_a

MADE = datetime.datetime(2026, 11, 28, 5, tzinfo=datetime.UTC)
PLAIN = """#import "house.typ": data, house, rows, standing
#show: house.with(title: data.title, subtitle: data.name, foot: data.name)
= States
#rows((1fr, 1fr), ("Promise", "State"), data.states.map(one => (one.at(0), standing(one.at(1)))))
"""
DATA = {"title": "A report", "name": "Acme", "states": [["P1", "Kept"], ["P2", "Broken"], ["P3", "Unknown"]]}


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of templates with the house's own look, and one called ``plain``."""
    folder = tmp_path / "typst"
    folder.mkdir()
    (folder / "house.typ").write_text((TEMPLATES / "house.typ").read_text())
    (folder / "plain.typ").write_text(PLAIN)
    monkeypatch.setattr(module, "TEMPLATES", folder)
    return folder


def test_it_is_pdf_a_with_tags_and_says_what_it_was_given(templates: Path) -> None:
    made = pdf("plain", DATA, made=MADE)
    assert pdf_a.faults(made) == []
    assert pdf_a.text_of(made).startswith("A report Acme States Promise State P1 Kept P2 Broken P3 Unknown")


def test_the_same_data_and_date_give_the_same_bytes(templates: Path) -> None:
    assert pdf("plain", DATA, made=MADE) == pdf("plain", DATA, made=MADE)


@pytest.mark.parametrize(
    "name",
    [
        '#panic("no") *bold* $x$ `raw` <label> @reference // comment',
        '#read("/etc/passwd") #import "@preview/cetz:0.3.0": *',
        '"; } ]) #eval("1+1") \\u{41} \\',
        "<script>alert(1)</script> & </w:t>",
    ],
)
def test_a_name_that_looks_like_markup_is_words(templates: Path, name: str) -> None:
    assert " ".join(name.split()) in pdf_a.text_of(pdf("plain", {**DATA, "name": name}, made=MADE))


@pytest.mark.parametrize("odd", ["日本", "😀", "a\x00b", "\x07", "\ue000", "\u0378", "\ufffe", "👨‍👩‍👧", "\ud800"])
def test_what_no_font_shows_is_a_box_and_the_rest_is_there(templates: Path, odd: str) -> None:
    made = pdf("plain", {**DATA, "name": f"Ünï {odd} Ωж"}, made=MADE)
    assert pdf_a.faults(made) == []
    said = pdf_a.text_of(made)
    assert "Ünï" in said and "Ωж" in said and "\u25a1" in said


def test_a_template_reaches_neither_the_network_nor_a_file_outside(templates: Path) -> None:
    for number, source in enumerate(
        (
            '#import "@preview/cetz:0.3.0": canvas',
            '#read("/etc/passwd")',
            '#read("../secret.txt")',
            '#image("https://acme.example/logo.png")',
        )
    ):
        (templates.parent / "secret.txt").write_text("secret")
        (templates / f"bad{number}.typ").write_text(source)
        with pytest.raises(PdfRefused, match=rf"typst refuses bad{number}\.typ, line 1|typst refuses it") as refused:
            pdf(f"bad{number}", {}, made=MADE)
        assert "secret" not in str(refused.value)


def test_an_error_says_where_and_never_what_the_data_was(templates: Path) -> None:
    (templates / "strict.typ").write_text('#import "house.typ": data\n\n#assert(data.name == none, message: data.name)')
    with pytest.raises(PdfRefused) as refused:
        pdf("strict", {"name": "a customer's secret"}, made=MADE)
    assert str(refused.value) == "The PDF could not be set: typst refuses strict.typ, line 3."


def test_what_never_ends_is_ended(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (templates / "endless.typ").write_text("#for i in range(100000) { for j in range(100000) { let k = i } }")
    monkeypatch.setattr(module, "SECONDS", 3)
    begun = time.monotonic()
    with pytest.raises(PdfRefused, match="took more than 3 seconds"):
        pdf("endless", {}, made=MADE)
    assert time.monotonic() - begun < 20


def test_what_asks_for_all_memory_does_not_get_it(templates: Path) -> None:
    (templates / "huge.typ").write_text('#let n = "0123456789" * 400000000\n#n.len()')
    with pytest.raises(PdfRefused):
        pdf("huge", {}, made=MADE)


def test_too_much_data_and_unknown_templates_are_refused(templates: Path) -> None:
    with pytest.raises(PdfRefused, match="at most 8 MB of data"):
        pdf("plain", {**DATA, "name": "x" * DATA_AT_MOST}, made=MADE)
    for name in ("none", "../plain", "/etc/passwd", "plain.typ", ""):
        with pytest.raises(PdfRefused, match="There is no template"):
            pdf(name, DATA, made=MADE)


def test_no_template_of_ours_imports_a_package_or_evaluates() -> None:
    for template in sorted(TEMPLATES.glob("*.typ")):
        assert not re.search(r'"@|\beval\(|\bread\(|\bplugin\(', template.read_text()), template.name
