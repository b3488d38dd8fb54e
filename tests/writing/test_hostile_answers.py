"""Answers that are made to break their reader: each row of the corpora, wherever in an answer it can stand."""

from __future__ import annotations

import time
from functools import cache

import pytest

from specward.doubles import Hostile, Manner
from specward.doubles.hostile import OWN_ROWS
from specward.writing.composing import Composed
from specward.writing.models.client import Failure
from specward.writing.models.writers import Writer
from tests.language.corpora import escapes, read
from tests.writing.harmless import written_by, wrong
from tests.writing.hostile_sessions import DEMO, composed
from tests.writing.planting import read as recorded

SHARE = 6
"""One row of so many is tried, where full counts are not wanted."""
SECONDS = 5.0
"""That an answer may take on a machine under load, with all tries."""
NO_SPEC = {
    None,  # a row that says nothing is no harm: what is around it is a good spec
    Failure.NOT_A_SPEC,
    Failure.MALFORMED,
    Failure.TOO_LONG,
    Failure.TRUNCATED,
    Failure.UNFAITHFUL,
}


@cache
def session() -> Composed:
    made = composed(recorded(DEMO / "redeem-a-voucher.json.gz"))
    assert made is not None
    return made


def rows_of(corpus: str) -> list[tuple[str, str | bytes]]:
    if corpus == "own":
        return [(str(number), row) for number, row in enumerate(OWN_ROWS)]
    if corpus == "spec-escapes.jsonl":
        return [(row.id, row.source) for row in escapes()]
    return [(row["id"], row["text"]) for row in read(corpus)]


@pytest.mark.parametrize("corpus", ["own", "spec-escapes.jsonl", "literal-abuse.jsonl", "url-abuse.jsonl"])
def test_no_row_of_the_corpora_gets_through(corpus: str, soak: bool) -> None:
    rows = rows_of(corpus)
    for id, row in rows if soak or corpus == "own" else rows[::SHARE]:
        # After objections it says the same, whichever the manner: three tries are one.
        for manner in (Manner.WHOLE, Manner.LINE, Manner.LITERAL):
            made = _written(Writer.AUTHORED, row, manner, id)
            if made.fallback is None:
                assert manner is Manner.LINE and _says_nothing(row), f"{id} {manner} is taken"
                assert "#" not in made.text, "a comment is not kept"
        for manner in (Manner.TITLE, Manner.ID, Manner.KEPT, Manner.TYPE):
            _written(Writer.REFINED, row, manner, id)


def _says_nothing(row: str | bytes) -> bool:
    """As a line of a spec: white space, or a comment of one line."""
    return isinstance(row, str) and (not row.strip() or (row.startswith("#") and row.isprintable()))


def _written(writer: Writer, row: str | bytes, manner: Manner, id: str) -> Composed:
    began = time.process_time()
    made, _ = written_by(Hostile([row], manners=[manner]), writer, session())
    assert time.process_time() - began < SECONDS, f"{id} {manner} takes too long"
    assert made.fallback in NO_SPEC, f"{id} {manner}: {made.fallback}"
    assert wrong(made, session()) == [], f"{id} {manner}"
    return made
