"""A title is words and nothing else, wherever it lands: what a model wrote, and what a page says."""

from __future__ import annotations

import ast
import csv
import email
import email.policy
import io
import json
import re
import subprocess
import unicodedata
import zipfile
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import pytest
import typst
from django.utils.html import urlize
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from specward.language import check, print_spec
from specward.language.export import Target, export_project, export_python, export_typescript, export_zip
from specward.language.ir import Call, Spec, Step
from specward.recording.masking import is_masked
from specward.writing.redaction import recognised
from specward.writing.titling import ALPHABET, LONGEST, titled
from tests.language import corpora
from tests.language.specs import ORIGIN
from tests.language.typescript import parse_all
from tests.writing.examples import held_back, hostile_titles, titles

HOSTILE = ["", *hostile_titles()]
TITLES = sorted({title for text in (*HOSTILE, *(known for known, _ in titles())) if (title := titled(text))})
_PIECES = st.sampled_from(
    [*HOSTILE, *"<>&\"'`\\=+-@|{}[]()#*_~^$%!;:,./?", "\x1b", "\n", "\r", "\u202e", "\u0301", " ", "é"]
)
hostile_texts = st.one_of(st.text(), st.lists(st.one_of(_PIECES, st.text(max_size=8)), max_size=8).map("".join))


@pytest.mark.parametrize(("text", "expected_title"), titles())
def test_a_title_still_reads_well(text: str, expected_title: str) -> None:
    assert titled(text) == expected_title


def is_inert(title: str) -> bool:
    """All that is promised of every title."""
    runs = re.findall("[\u0300-\u036f]+", unicodedata.normalize("NFC", title))
    return (
        ALPHABET.fullmatch(title) is not None
        and 0 < len(title) <= LONGEST
        and title == unicodedata.normalize("NFC", title)
        and title == " ".join(title.split())
        and any(c.isalpha() for c in title)
        and (title[0].isalnum() or title[0] in "(\u201c\u201e\u00ab\u00bf")
        and not re.search(r"[<>\"'`\\=@|{}\[\]#*_~^$!;&\x00-\x1f\x7f-\x9f]|//|\.\.|--|/\.|\./", title)
        and all(len(run) <= 2 for run in runs)
        and all(unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") for c in title)
        and not is_masked(title)
        and recognised(title) is None
    )


@given(hostile_texts)
def test_whatever_comes_in_words_come_out(text: str) -> None:
    title = titled(text)
    assert title is None or is_inert(title)


@given(hostile_texts)
def test_a_title_is_its_own_title(text: str) -> None:
    title = titled(text)
    assert title is None or titled(title) == title


def test_of_all_that_is_hostile_words_are_left_or_nothing() -> None:
    assert len(HOSTILE) > 180
    assert len(TITLES) > 100
    assert [title for title in TITLES if not is_inert(title)] == []


def test_of_the_corpora_too() -> None:
    texts = [str(row["text"]) for row in corpora.read("literal-abuse.jsonl") if row.get("text")]
    texts += [str(row["text"]) for row in corpora.read("injection-payloads.jsonl") if row.get("text")]
    titles = [title for text in texts if (title := titled(text))]
    assert len(titles) > 1_000
    assert [title for title in titles if not is_inert(title)] == []


def test_what_must_not_be_said_is_no_title() -> None:
    assert [text for _, text in held_back() if titled(text) is not None] == []
    assert [text for _, text in held_back() if titled(f"Enter {text} and go on") is not None] == []


def test_a_long_one_is_cut_at_a_word() -> None:
    title = titled("Enter the delivery address " * 10)
    assert title is not None and len(title) <= LONGEST
    assert title.endswith("…") and title.removesuffix("…").split()[-1] in ("Enter", "the", "delivery", "address")


def test_a_text_without_end_takes_no_time_and_no_room() -> None:
    for text in ("a" * 1_000_000, "\u0301" * 1_000_000, "<" * 1_000_000, "%/" * 500_000, "a." * 500_000):
        title = titled(text)
        assert title is None or is_inert(title)


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("escaped", [True, False])
def test_html_shows_it_in_text_and_attributes_even_where_escaping_is_forgotten(escaped: bool) -> None:
    from django.template import Context, Engine

    page = Engine().from_string("<p title=\"{{ t }}\" data-t='{{ t }}'>{{ t }}</p><title>{{ t }}</title>")
    for title in TITLES:
        seen = _Seen()
        seen.feed(page.render(Context({"t": title}, autoescape=escaped)))
        assert seen.tags == [("p", {"title": title, "data-t": title}), ("title", {})]
        assert seen.text == title + title


def test_a_spreadsheet_has_no_formula_in_it() -> None:
    from apps.audit.exports.cells import as_cell

    buffer = io.StringIO()
    csv.writer(buffer).writerows([title, "next"] for title in TITLES)
    rows = list(csv.reader(io.StringIO(buffer.getvalue())))
    assert rows == [[title, "next"] for title in TITLES]
    for title in TITLES:
        assert as_cell(title) == title
        assert unicodedata.normalize("NFKC", title)[0] not in "=+-@\t\r|%'"


def test_a_terminal_shows_it_as_it_is() -> None:
    for title in TITLES:
        shown = io.StringIO()
        Console(file=shown, force_terminal=True, width=400, color_system="truecolor", highlight=False).print(title)
        assert shown.getvalue() == f"{title}\n"


def test_a_log_has_one_line_for_it() -> None:
    import logging

    from apps.watching.lines import Line

    for title in TITLES:
        record = logging.LogRecord("specward", logging.INFO, "x", 1, "Approved %s", (title,), None)
        line = Line().format(record)
        assert len(line.splitlines()) == 1
        assert json.loads(line)["message"] == f"Approved {title}"


def test_a_mail_has_it_as_its_subject_and_no_header_or_link_more() -> None:
    for title in TITLES:
        message = EmailMessage(policy=email.policy.SMTP)
        message["To"] = "bob@acme.example"
        message["Subject"] = title
        message.set_content(f"{title}\n")
        read = email.message_from_bytes(bytes(message), policy=email.policy.default)
        assert read["Subject"] == title
        assert len(read.keys()) == len(message.keys())
        assert read.get_content().rstrip() == title
        assert urlize(title) == title


def look(title: str) -> Spec:
    return Spec(title, ORIGIN, (), (Step(title, (Call("goto", (("url", "/"),)),)),))


def test_the_gate_takes_it() -> None:
    for title in TITLES:
        checked = check(print_spec(look(title)), origins=[ORIGIN])
        assert checked.ok, (title, checked.findings)
        assert checked.spec == look(title)


@pytest.mark.parametrize("target", list(Target))
def test_files_are_named_after_it_and_lie_where_they_should(target: Target) -> None:
    specs = [look(title) for title in TITLES]
    archive = zipfile.ZipFile(io.BytesIO(export_zip(specs, target)))
    names = archive.namelist()
    assert len(names) == len(set(map(str.lower, names)))
    assert set(names) >= set(export_project(specs, target))
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}|\.gitignore", name), name
        assert ".." not in name and not PurePosixPath(name).is_absolute()
        assert not PureWindowsPath(name).is_reserved()


def test_a_python_test_holds_it_as_a_string_only() -> None:
    for title in TITLES:
        source = export_python(look(title))
        tree = ast.parse(source)
        strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        assert title in strings
        # And where somebody puts it into a comment, it ends with the line.
        assert ast.dump(ast.parse(f"# {title}\nx = 1")) == ast.dump(ast.parse("x = 1"))
        assert ast.literal_eval(f'"""{title}"""') == title


@pytest.mark.node
def test_a_typescript_test_holds_it_as_a_string_only() -> None:
    sources = parse_all([export_typescript(look(title)) for title in TITLES])
    for title, source in zip(TITLES, sources, strict=True):
        assert source.errors == []
        assert source.templates == 0
        assert title in source.strings


@pytest.mark.node
def test_in_typescript_it_ends_no_comment_string_or_template() -> None:
    wrapped = [f"test('{t}', () => {{ /* {t} */ f(\"{t}\", `{t}`) // {t}\n}})" for t in TITLES]
    for title, source in zip(TITLES, parse_all(wrapped), strict=True):
        assert source.errors == []
        assert title in source.strings
        assert source.tests == 1


def test_markdown_takes_it_for_a_paragraph() -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for title in TITLES:
        tokens = reader.parse(title)
        assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], title
        assert [(token.type, token.content) for token in tokens[1].children or []] == [("text", title)]


_WORDS_OF_TYPST = {"text", "space", "smartquote", "symbol"}


def _nodes(content: Any) -> list[dict[str, Any]]:
    if content["func"] == "sequence":
        return [node for child in content["children"] for node in _nodes(child)]
    return [content]


def test_typst_sets_it_as_words_and_runs_nothing() -> None:
    body = "\n\n".join(f"#[{title}\n]<t>" for title in TITLES)
    source = body.encode()
    assert typst.compile(source).startswith(b"%PDF")
    found = json.loads(typst.query(source, "<t>"))
    assert len(found) == len(TITLES)
    for title, content in zip(TITLES, found, strict=True):
        nodes = _nodes(content.get("body", content))
        assert {node["func"] for node in nodes} <= _WORDS_OF_TYPST, (title, nodes)
        said = "".join(node.get("text", " ") for node in nodes)
        assert said.strip() == title


def test_a_shell_prints_it_even_between_double_quotes() -> None:
    script = "".join(f'printf "%s\\n" "{title}"\n' for title in TITLES)
    done = subprocess.run(["sh", "-c", script], capture_output=True, encoding="utf-8", check=True, timeout=20)
    assert done.stdout.splitlines() == TITLES
