"""What is a PDF that is handed on, and who, when and which copy over each of its pages."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, RectangleObject

from apps.compliance.documents import apart, pages
from apps.compliance.documents.apart import MOST_BYTES, pages_of, stamped
from apps.compliance.documents.errors import DocumentRefused
from apps.compliance.documents.marking import marks
from tests.apps.compliance.documents.papers import ODD_BOX, WORDS, action, dangerous, paper, words_of

SERIAL = "SWD-7F3K9-Q2MXA"
MARKS = ("Dora Döring", "dora@initech.example", "Initech", "28 Nov 2026, 05:10 UTC", SERIAL)


@pytest.fixture(scope="module")
def overlay() -> bytes:
    return marks(name=MARKS[0], address=MARKS[1], company=MARKS[2], when=MARKS[3], serial=MARKS[4])


def test_a_plain_pdf_is_taken_and_its_pages_counted() -> None:
    assert pages_of(paper(0, 90, 180)) == 3


def test_a_pdf_with_links_to_pages_of_the_web_is_taken() -> None:
    def linked(writer: PdfWriter) -> None:
        writer.add_uri(0, "https://specward.example", RectangleObject((1, 1, 9, 9)))
        writer.root_object[NameObject("/OpenAction")] = action("/GoTo")

    assert pages_of(paper(change=linked)) == 1


@pytest.mark.parametrize(("file", "why"), dangerous().values(), ids=dangerous())
def test_a_file_is_refused_that(file: bytes, why: str) -> None:
    with pytest.raises(pages.Refused, match=f"^{why}$"):
        pages.answer({"do": "inspect"}, [file])


@pytest.mark.parametrize("case", ["runs a script when it is opened", "ends in the middle", "is a page of HTML"])
def test_the_process_apart_says_why_it_refuses(case: str) -> None:
    file, why = dangerous()[case]
    with pytest.raises(DocumentRefused, match=r"The document is not taken\. .+") as refused:
        pages_of(file)
    assert refused.value.why == why


def test_a_file_that_is_too_large_is_refused_before_anybody_reads_it() -> None:
    with pytest.raises(DocumentRefused, match="20 MB"):
        pages_of(b"%PDF-1.7\n" + bytes(MOST_BYTES))


def test_a_file_with_too_many_pages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 2)
    with pytest.raises(pages.Refused, match="too-many-pages"):
        pages.inspect(paper(0, 0, 0))
    monkeypatch.setattr(pages, "MOST_OBJECTS", 10)
    with pytest.raises(pages.Refused, match="too-many-objects"):
        pages.inspect(paper(0))


def test_a_file_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS", 0.01)
    with pytest.raises(DocumentRefused, match="too long"):
        pages_of(paper())


def test_a_refusal_quotes_nothing_of_the_file() -> None:
    with pytest.raises(DocumentRefused) as refused:
        pages_of(b"%PDF-1.7\nsecret-words-of-a-report")
    assert "secret" not in str(refused.value)


def test_each_page_says_who_when_and_which_copy(overlay: bytes) -> None:
    made = stamped(paper(0, 90, 180, 270), overlay, SERIAL)
    for words in words_of(made):
        assert WORDS in words
        for mark in MARKS:
            assert mark in words, mark
    information = PdfReader(io.BytesIO(made)).metadata
    assert information is not None and str(information["/SpecwardSerial"]) == SERIAL
    assert pages_of(made) == 4


def test_a_page_of_an_odd_box_with_the_resources_of_its_parent_is_marked_as_well(overlay: bytes) -> None:
    def odd(writer: PdfWriter) -> None:
        page = writer.pages[0]
        page.cropbox = RectangleObject(ODD_BOX)
        parent: Any = page["/Parent"].get_object()
        parent[NameObject("/Resources")] = page.pop("/Resources")

    [words] = words_of(stamped(paper(change=odd), overlay, SERIAL))
    assert WORDS in words and SERIAL in words


def test_an_empty_page_is_marked_too(overlay: bytes) -> None:
    [words] = words_of(stamped(paper(change=lambda writer: writer.pages[0].pop("/Contents")), overlay, SERIAL))
    assert SERIAL in words


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '#panic("no")', ") Tj ET (", "Дора Иванова", "日本 Dora", "A" * 100]
)
def test_a_name_is_words_whatever_stands_in_it(name: str) -> None:
    overlay = marks(name=name, address="dora@initech.example", company=name, when="now", serial=SERIAL)
    made = stamped(paper(), overlay, SERIAL)
    assert pages_of(made) == 1
    [words] = words_of(made)
    assert SERIAL in words and WORDS in words


def test_what_nothing_leads_to_is_not_in_what_is_handed_on(overlay: bytes) -> None:
    made = stamped(paper() + b"\n<script>after the end</script>", overlay, SERIAL)
    assert b"after the end" not in made
