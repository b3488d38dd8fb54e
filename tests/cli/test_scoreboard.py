"""The table that Bob watches while his specs run, as wide and as tall as his terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from specward.cli.scoreboard import Scoreboard, row_names
from specward.execution.outcomes import CallResult, Failure, FailureKind, Outcome, RunResult, StepResult

PATHS = [
    Path(f"specs/{name}.spec.py") for name in ("buy-a-mug", "read-the-terms-of-the-whole-shop", "sign-in", "track")
]


def result(*, passed: bool) -> RunResult:
    failure = None if passed else Failure(FailureKind.NOT_FOUND, 'role("dialog") to be visible', "no element matches")
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    step = StepResult("Look", outcome, 1.0, (CallResult("reload()", outcome, 1.0, failure),))
    return RunResult("Look", "0" * 64, "https://acme.example", outcome, 2612.0, (step,))


def seen(width: int, height: int, paths: list[Path]) -> list[str]:
    """The lines of a board after one run has failed, one has passed and one has begun."""
    console = Console(width=width, height=height, force_terminal=True, color_system=None, soft_wrap=True)
    board = Scoreboard(row_names(paths, [1] * len(paths), short=True), console, live=True, shown=True)
    for key in (0, 1, 2):
        board.started(key)
    board.finished(0, result(passed=False))
    board.finished(1, result(passed=True))
    with console.capture() as captured:
        console.print(board, soft_wrap=False)
    return captured.get().splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_verdict_is_cut_and_no_line_is_wider_than_the_terminal(width: int):
    lines = seen(width, 30, PATHS)
    assert max(map(len, lines)) <= width
    rows = lines[-5:-1]
    for row, verdict in zip(rows, ("FAILED", "passed", "running", "waiting"), strict=True):
        assert f" {verdict}" in row
    assert rows[0].startswith("buy-a-mug ") and "2.6" in rows[0]
    assert ("Expected role" in rows[0]) is (width >= 80)
    assert lines[-1].strip() == "1 passed, 1 failed, 1 running, 1 waiting"


def test_of_more_runs_than_fit_those_that_failed_or_run_are_shown_and_the_others_counted():
    many = [*PATHS, *(Path(f"specs/more-{number}.spec.py") for number in range(40))]
    lines = seen(80, 24, many)
    assert len(lines) < 10
    assert "FAILED" in "".join(lines) and "running" in "".join(lines) and "more-" not in "".join(lines)
    assert lines[-1].strip() == "1 passed, 1 failed, 1 running, 41 waiting"


def test_names_are_as_different_as_the_paths():
    paths = [Path("specs/a/x.spec.py"), Path("specs/b/x.spec.py"), Path("specs/b/x.spec.py")]
    assert row_names(paths, [1, 1, 2], short=True) == ["a/x #1", "b/x #1", "b/x #2"]
    assert row_names([Path("x.spec.py"), Path("/tmp/x.spec.py")], [1, 1], short=True) == ["x", "/tmp/x"]
    assert row_names(paths[:1], [1], short=False) == ["specs/a/x.spec.py"]
