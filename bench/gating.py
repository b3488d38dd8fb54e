"""What the gate costs on top of parsing a spec at all."""

from __future__ import annotations

import ast
import functools

from bench.recordings import measured
from bench.table import Row, paired
from bench.tracing import trace_bytes
from specward.language.gate import check
from specward.language.printer import print_spec
from specward.recording.actions import Trace
from specward.writing.acts import unwritable
from specward.writing.baseline import write


def against_ast() -> list[Row]:
    """``check`` (the whole gate but grounding) as a multiple of ``ast.parse`` on the same text."""
    rows = []
    for name, raw in measured():
        found = trace_bytes(raw)
        assert isinstance(found, Trace)
        text = print_spec(write(unwritable(found)[0]).spec)
        if text.count("\n") < 15:
            continue
        gate, parse, ratio = paired(
            functools.partial(_many, check, text), functools.partial(_many, ast.parse, text), rounds=9
        )
        figure = f"{gate * 10:.2f} ms / {parse * 10:.2f} ms"
        rows.append(
            Row(
                "gate / ast.parse",
                f"{name}, {text.count(chr(10))} lines",
                figure,
                f"{ratio:.1f}x",
                "under 4x",
                ratio < 4,
            )
        )
    return rows


def _many(run: object, text: str) -> None:
    assert callable(run)
    for _ in range(100):
        run(text)
