"""Rows of the benchmark: what was measured, against what, the ratio, and the aim it is held to."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``ratio`` is in words where it is no plain number; ``met`` is ``None`` where there is no aim."""

    what: str
    on: str
    figure: str
    ratio: str
    aim: str = ""
    met: bool | None = None


def paired(one: Callable[[], object], other: Callable[[], object], rounds: int = 7) -> tuple[float, float, float]:
    """Medians in seconds of two functions run in turn, and the median of the ratios pair by pair.

    Run in turn because the machine's speed drifts; the garbage of one is collected before the other is timed.
    """
    ones: list[float] = []
    others: list[float] = []
    for _ in range(rounds + 1):
        ones.append(_timed(one))
        others.append(_timed(other))
    ratios = [a / b for a, b in zip(ones[1:], others[1:], strict=True)]
    return statistics.median(ones[1:]), statistics.median(others[1:]), statistics.median(ratios)


def _timed(run: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def show(title: str, rows: list[Row]) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left", expand=False)
    for name in ("what", "on", "measured", "ratio", "aim", ""):
        table.add_column(name, justify="right" if name in ("measured", "ratio") else "left", no_wrap=name != "what")
    for row in rows:
        mark = "" if row.met is None else ("met" if row.met else "NOT met")
        table.add_row(row.what, row.on, row.figure, row.ratio, row.aim, mark)
    Console(width=150, highlight=False).print(table)
