"""What people see while specs run: a table that lives on a terminal, a line for each result elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os.path import commonpath
from pathlib import Path
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from specward.execution.outcomes import Outcome, RunResult

_NARROW: Final = 60
"""Columns below which there is room for names and verdicts only; what happened is told in full at the end."""
_VERDICT_AND_SECONDS: Final = (7, 7)
_SUFFIX: Final = ".spec.py"


class Scoreboard:
    """One row for each run, by its number in ``names``."""

    def __init__(self, names: Sequence[str], console: Console, *, live: bool, shown: bool) -> None:
        self._names = names
        self._console = console
        self._live = live
        self._shown = shown
        self._started: dict[int, float] = {}
        self._results: dict[int, RunResult] = {}

    def started(self, key: int) -> None:
        self._started[key] = time.monotonic()

    def finished(self, key: int, result: RunResult) -> None:
        self._results[key] = result
        if self._shown and not self._live:
            seconds = f"{result.milliseconds / 1000:.1f} s"
            detail = seconds if result.passed else f"{seconds}  {result.message}"
            self._console.print(Text(f"{self._names[key]}  ") + _verdict(result) + Text(f"  {detail}"))

    def __rich__(self) -> Group:
        return Group(self._table(), self._counts())

    def _table(self) -> Table:
        width = self._console.width
        wide = width >= _NARROW
        # What remains after the names goes to what happened; a verdict is never cut short for either.
        most = width * 3 // 8 if wide else width - sum(_VERDICT_AND_SECONDS) - 2 * len(_VERDICT_AND_SECONDS)
        table = Table(box=None, pad_edge=False, show_header=wide, expand=wide)
        table.add_column("spec", no_wrap=True, width=min(max(map(len, self._names), default=0), most))
        table.add_column("", no_wrap=True, width=_VERDICT_AND_SECONDS[0])
        table.add_column("seconds", justify="right", no_wrap=True, width=_VERDICT_AND_SECONDS[1])
        if wide:
            table.add_column("steps", justify="right", no_wrap=True, width=5)
            table.add_column("what happened", no_wrap=True, ratio=1)
        # Where not all fit, those that are nobody's concern any more, or not yet, are only counted.
        all_fit = len(self._names) <= self._console.height - 4
        for key, name in enumerate(self._names):
            result = self._results.get(key)
            if all_fit or (key in self._started and (result is None or not result.passed)):
                cells = [Text(name), *self._cells(key, result)]
                table.add_row(*cells[: len(table.columns)])
        return table

    def _cells(self, key: int, result: RunResult | None) -> list[Text]:
        if result is not None:
            done = sum(step.outcome is Outcome.PASSED for step in result.steps)
            seconds = f"{result.milliseconds / 1000:.1f}"
            return [_verdict(result), Text(seconds), Text(f"{done}/{len(result.steps)}"), Text(result.message)]
        if key not in self._started:
            return [Text("waiting", style="dim")]
        return [Text("running", style="cyan"), Text(f"{time.monotonic() - self._started[key]:.0f}", style="dim")]

    def _counts(self) -> Text:
        passed = sum(result.passed for result in list(self._results.values()))
        failed = len(self._results) - passed
        running = len(self._started) - len(self._results)
        waiting = len(self._names) - len(self._started)
        counts = ((passed, "passed", "green"), (failed, "failed", "red"), (running, "running", "cyan"))
        parts = [Text(f"{count} {word}", style=style) for count, word, style in counts if count]
        if waiting:
            parts.append(Text(f"{waiting} waiting", style="dim"))
        return Text(", ", no_wrap=False, overflow="fold").join(parts)


def _verdict(result: RunResult) -> Text:
    return Text("passed", style="green") if result.passed else Text("FAILED", style="bold red")


def row_names(paths: Sequence[Path], repetitions: Sequence[int], *, short: bool) -> list[str]:
    """Names of runs; ``short`` ones are as different as their paths, without the folder that all of them share."""
    folders = {str(path.parent) for path in paths}
    shared = commonpath(folders) if short and len({path.is_absolute() for path in paths}) == 1 else ""
    repeated = any(repetition > 1 for repetition in repetitions)
    names = []
    for path, repetition in zip(paths, repetitions, strict=True):
        name = str(path.relative_to(shared)) if shared else str(path)
        name = name.removesuffix(_SUFFIX) if short else name
        names.append(name + (f" #{repetition}" if repeated else ""))
    return names


@contextmanager
def scoreboard(names: Sequence[str], console: Console, *, shown: bool) -> Iterator[Scoreboard]:
    """A board for as long as runs go on; with ``shown`` false nobody sees it."""
    live = shown and console.is_terminal
    board = Scoreboard(names, console, live=live, shown=shown)
    if not live:
        yield board
        return
    with Live(board, console=console, refresh_per_second=4):
        yield board
