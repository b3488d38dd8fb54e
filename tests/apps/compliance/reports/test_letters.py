"""What arrives: a valid mail whose text and page say the same, with nothing from anywhere else."""

from __future__ import annotations

import email.policy
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils import timezone

from apps.audit.sequencing import sequence
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import failed
from apps.compliance.models import Change, Run
from apps.compliance.reports import logo
from apps.compliance.reports.composing import compose
from apps.compliance.reports.content import Content, digest_of, plain
from apps.compliance.reports.layout import lay
from apps.compliance.reports.models import Report, Schedule
from apps.compliance.running import run
from apps.tenants.models import Tenant
from tests.apps.audit.conftest import superuser
from tests.apps.compliance import pdf_a
from tests.apps.compliance.reports.pictures import png
from tests.apps.compliance.reports.smtp import Kept, Server
from tests.apps.compliance.test_running import seen

pytestmark = pytest.mark.django_db(transaction=True)
LEADING = ("Look at it in the console:", "Get no more of these reports:")
HOSTILE = '<img src=x onerror=alert(1)> & "Söhne" #panic(1) {{ 7*7 }}'


class _Page(HTMLParser):
    """The words of a page in their order, an address after the words that lead there, and what it would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self._link = ""
        self._silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.fetched += [
            given[name] or "" for name in ("src", "background", "srcset", "data", "poster") if name in given
        ]
        if tag == "link":
            self.fetched.append(given.get("href") or "")
        self.fetched += re.findall(r"url\([^)]*\)|@import", given.get("style") or "")
        assert not [name for name in given if name.startswith("on")]
        if tag == "a":
            self._link = given["href"] or ""
        self._silent += tag == "title"

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.words.append(self._link)
        self._silent -= tag == "title"

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words += data.split()


def said_by_text(text: str) -> list[str]:
    """Its words, without what shows a reader of plain text where a thing begins or ends."""
    found: list[str] = []
    for line in text.splitlines():
        if re.fullmatch(r"[=-]+", line):
            continue
        said = re.sub(r"^\* |^  \[(.*)\]$", lambda match: match[1] or "", line)
        found += (said[:-1] if said in LEADING else said).split()
    return found


def parts(kept: Kept) -> tuple[str, str]:
    message = kept.message
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and page is not None
    return text.get_content(), page.get_content()


def file_of(report: Report) -> bytes:
    assert report.pdf is not None
    return bytes(report.pdf)


def rename(tenant: Tenant, name: str) -> None:
    with superuser() as root:
        root.execute("UPDATE tenants_tenant SET name = %s WHERE id = %s", [name, tenant.id])


@pytest.fixture
def arrived(
    reported: Callable[[], Report], server: Server, in_acme: Tenant, schedule: Schedule
) -> Callable[[], tuple[Kept, Report]]:
    def arrive() -> tuple[Kept, Report]:
        while sequence().placed.entries:
            pass
        server.kept.clear()
        report = reported()
        (kept,) = server.kept
        return kept, report

    return arrive


def test_it_is_valid_mime_for_each_reader(arrived: Callable[[], tuple[Kept, Report]]) -> None:
    kept, report = arrived()
    message = kept.message
    assert message.defects == [] and all(part.defects == [] for part in message.walk())
    assert all(len(line) <= 998 for line in kept.raw.split(b"\r\n")) and kept.raw.isascii()
    assert b"\n" not in kept.raw.replace(b"\r\n", b"") and b"\r" not in kept.raw.replace(b"\r\n", b"")
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
    (pdf,) = message.iter_attachments()
    assert pdf.get_filename() == f"compliance-{report.composed:%Y-%m-%d}.pdf"
    assert pdf.get_content() == file_of(report)
    assert message["Subject"].startswith("Compliance of Acme: ") and message["To"] == "alice@acme.example"
    for name in ("Date", "From", "Message-ID", "List-Id", "List-Unsubscribe"):
        assert message[name], name
    assert message["Auto-Submitted"] == "auto-generated"


def test_one_unsubscribes_by_one_click(arrived: Callable[[], tuple[Kept, Report]]) -> None:
    kept, _ = arrived()
    message = kept.message
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    written = "".join(message["List-Unsubscribe"].split())
    found = re.fullmatch(r"<(http://acme\.localhost(:\d+)?/reports/unsubscribe/[\w-]{43}/)>", written)
    assert found is not None, (written, kept.raw[:2000])
    assert found[1] in parts(kept)[1]


@pytest.mark.parametrize("name", ["Acme", HOSTILE])
def test_text_page_and_pdf_say_the_same(
    arrived: Callable[[], tuple[Kept, Report]], in_acme: Tenant, ours: Catalogue, name: str
) -> None:
    rename(in_acme, name)
    run("test.0", Run.By.PERSON)
    kept, report = arrived()
    text, page = parts(kept)
    assert said_by_text(text) == _Page(page).words
    in_pdf = re.sub(r"\s+", "", pdf_a.text_of(file_of(report)))
    laid = lay(Content.of(report.content or {}))
    for said in (laid.title, laid.verdict, *(line for block in laid.blocks for line in _lines(block))):
        assert re.sub(r"\s+", "", said) in in_pdf, said


def _lines(block: Any) -> list[str]:
    found = [block.title, block.words]
    for row in block.rows:
        found += [row.title, *row.under, row.badge]
    # Where a page ends in a row, what stands at its foot comes between.
    return [line for line in found if line]


def test_nothing_of_it_comes_from_elsewhere(arrived: Callable[[], tuple[Kept, Report]]) -> None:
    logo.keep(png(40, 20))
    kept, _ = arrived()
    page = _Page(parts(kept)[1])
    assert page.fetched == ["cid:logo@report"]
    assert not {"script", "style", "link", "iframe", "object", "form", "video", "svg"} & set(page.tags)
    (picture, _pdf) = kept.message.iter_attachments()
    assert (picture["Content-ID"], picture.get_content_type()) == ("<logo@report>", "image/png")
    assert picture.get_content_disposition() == "inline" and picture.get_content() == logo.read(png(40, 20)).png


def test_the_pdf_is_pdf_a_with_and_without_a_picture(arrived: Callable[[], tuple[Kept, Report]]) -> None:
    assert pdf_a.faults(file_of(arrived()[1])) == []
    logo.keep(png(40, 20))
    assert pdf_a.faults(file_of(arrived()[1])) == []


@pytest.mark.parametrize(
    "name",
    [
        "Acme\r\nBcc: m@globex.example",
        "Acme\nX: y\n\n<p>",
        "A\u2028B",
        "A\x07B",
        "\u202eemcA",
        "日本 株式会社",
        "x" * 100,
    ],
)
def test_a_name_of_any_kind_is_words_of_one_line(
    arrived: Callable[[], tuple[Kept, Report]], in_acme: Tenant, name: str
) -> None:
    rename(in_acme, name)
    kept, report = arrived()
    message = email.message_from_bytes(kept.raw, policy=email.policy.default)
    assert message["Bcc"] is None and message["X"] is None
    assert plain(name)[:20] in str(message["Subject"])
    assert "<p>" not in parts(kept)[1].replace("&lt;p&gt;", "").replace('<p style="', "")
    assert pdf_a.faults(file_of(report)) == []


def test_what_was_mailed_is_what_is_kept(arrived: Callable[[], tuple[Kept, Report]]) -> None:
    _, report = arrived()
    report.refresh_from_db()
    assert report.content is not None and report.digest == digest_of(report.content)
    content = Content.of(report.content)
    assert json.loads(json.dumps(content.as_json())) == report.content
    assert content.tenant == "Acme" and len(content.promises) == 6 and len(content.threats) == 6


def test_it_tells_what_changed_since_the_last_one(arrived: Callable[[], tuple[Kept, Report]], ours: Catalogue) -> None:
    seen(ours).result = failed("It broke.")
    run("test.0", Run.By.PERSON)
    text, _ = parts(arrived()[0])
    assert "Never ran before, Failed since." in text and "Nothing has changed." not in text
    Schedule.objects.update(covered=timezone.now())
    later = Report(schedule=Schedule.objects.get(), due=timezone.now(), since=timezone.now(), until=timezone.now())
    assert compose(later).changes == () and Change.objects.count() == 1
