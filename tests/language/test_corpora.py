"""The shared corpora of hostile data, row by row; skipped by name where they are absent."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from functools import cache

import pytest

from specward.language import Rule, check, parse
from tests.language import corpora
from tests.language.test_export import accepted, assert_exports_hold_their_strings, specs_with

# A refusal of the whole text is located at its beginning.
OF_THE_WHOLE = {Rule.TOO_LARGE, Rule.LIMIT}


@cache
def escapes() -> tuple[corpora.Row, ...]:
    return tuple(corpora.escapes())


def sources(row: corpora.Row) -> Iterator[tuple[str, str | bytes, int]]:
    """The row as it is, as statements of a step, at the top level; with the first line that may be blamed."""
    yield "alone", row.source, 1
    yield "in a step", row.in_step(), corpora.PLANTED_LINE
    yield "at the top", row.at_top(), corpora.PLANTED_LINE


def test_the_spec_that_rows_are_planted_into_is_valid():
    assert parse(corpora.HEAD).steps[0].title == "Look"


def test_every_escape_is_refused_with_a_located_finding():
    rows = escapes()
    assert len(rows) >= 900
    for row in rows:
        if not row.expected.startswith("reject"):
            continue
        for how, source, first_line in sources(row):
            checked = check(source)
            assert checked.spec is None, (row.id, how)
            finding = checked.findings[0]
            assert finding.column >= 1, (row.id, how)
            assert finding.line >= (1 if finding.rule in OF_THE_WHOLE else first_line), (row.id, how, finding)
            assert finding.message, row.id
            assert finding.hint, row.id


def test_the_two_rows_that_need_not_be_refused_are_judged_as_they_say():
    rows = {row.expected: row for row in escapes() if not row.expected.startswith("reject")}
    assert len(rows) == 2
    joined = rows["accept only if the concatenated value is grounded"]
    # Joined strings are never accepted, so never ungrounded either; the call also takes no string for its target.
    for _, source, _ in sources(joined):
        assert check(source).findings[0].rule is Rule.JOINED_STRINGS
    (cookie,) = [row for row in rows.values() if row is not joined]
    # The cookie is a mere comment, to text and to bytes alike; what is refused is the relative URL below it.
    planted = cookie.in_step()
    assert isinstance(planted, str)
    assert [f.rule for f in check(planted).findings] == [Rule.URL]
    good = planted.replace('goto("x")', 'goto("/x")')
    assert check(good).ok
    assert check(good.encode()).ok


def test_escapes_cost_little_time():
    seconds = []
    for row in escapes():
        for _, source, _ in sources(row):
            # The processor's time, so that a busy machine does not count.
            started = time.process_time()
            check(source)
            seconds.append(time.process_time() - started)
    seconds.sort()
    assert seconds[int(len(seconds) * 0.99)] < 0.050


def test_escapes_cost_little_memory():
    # tracemalloc sees the parser's arenas too; only rows of some size can cost anything, and measuring is slow.
    sized = [source for row in escapes() for _, source, _ in sources(row) if len(source) > 2000]
    assert sized
    peak = 0
    for source in sized:
        tracemalloc.start()
        try:
            check(source)
            peak = max(peak, tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peak < 64_000_000


def test_every_abusive_url_is_refused_or_made_canonical_as_its_row_says():
    rows = corpora.read("url-abuse.jsonl")
    assert len(rows) >= 100
    for row in rows:
        for call in ("goto", "expect_url", "expect_popup"):
            source = f"{corpora.HEAD}    {call}({row['text']!a})\n"
            checked = check(source, origins=["https://app.example"])
            if row["expected"] == "reject":
                assert checked.spec is None, row["id"]
                assert checked.findings[0].line == corpora.PLANTED_LINE, row["id"]
            else:
                assert checked.spec is not None, (row["id"], checked.findings)
                url = checked.spec.steps[0].calls[1].get("url")
                assert isinstance(url, str)
                assert url.startswith("/"), row["id"]
                assert not url.startswith("//"), row["id"]


@pytest.mark.node
def test_every_abusive_literal_is_exported_exactly_or_refused():
    rows = corpora.read("literal-abuse.jsonl")
    assert len(rows) >= 80
    specs = []
    for row in rows:
        specs += accepted(specs_with(row["text"]))
    assert len(specs) > len(rows) * 8
    assert_exports_hold_their_strings(specs)
