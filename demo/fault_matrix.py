"""Which spec fails under which fault, and that no spec fails under a benign change: as a table and as a picture.

``python -m demo.fault_matrix [--out FOLDER] [--most N] [--jobs N] [NAME]...`` runs the specs of the
recordings that walk past each fault (or only the faults and changes named) as ``specward run`` does, or as exported
Playwright tests, and writes ``fault-matrix.md`` and ``fault-matrix.svg``.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from demo.matrix_drawing import Cell, Matrix, drawn, written
from demo.running import Outcome, interpreted, job, unmasked
from demo.shop.changes import CHANGES
from demo.shop.faults import FAULTS
from demo.shop.server import Shop
from demo.shop.web import Answer


class Watched(Shop):
    """A whole shop that notes which faults a visit walks past: whose rule it asked, whose text it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: set[str] = set()
        for rule in {fault.rule for fault in FAULTS.values() if fault.rule}:
            setattr(self.rules, rule, self._noting(rule, getattr(self.rules, rule)))

    def _noting(self, rule: str, real: Callable[..., Any]) -> Callable[..., Any]:
        named = {fault.name for fault in FAULTS.values() if fault.rule == rule}

        def asked(*given: Any) -> Any:
            self.passed |= named
            return real(*given)

        return asked

    def _finished(self, path: str, answer: Answer) -> Answer:
        self.passed |= {f.name for f in FAULTS.values() if f.old and f.bites(path) and f.old in answer.body}
        return super()._finished(path, answer)


def _walk(name: str) -> tuple[str, Outcome, frozenset[str]]:
    """The run of a spec on a whole shop, and the faults it walks past."""
    watched = Watched()
    with watched as shop:
        outcome = interpreted(job(name), shop.url)
    return name, outcome, frozenset(watched.passed)


def _try(pair: tuple[str, str]) -> tuple[str, str, Outcome]:
    """The run of a spec on a shop with one fault or one benign change."""
    given, name = pair
    with Shop(faults=[given] if given in FAULTS else [], changes=[given] if given in CHANGES else []) as shop:
        return given, name, interpreted(job(name), shop.url)


def survey(
    wanted: Iterable[str],
    most: int,
    jobs: int,
    say: Callable[[str], None] = print,
    among: Sequence[str] = (),
) -> Matrix:
    """Runs everything, or the specs ``among`` these; ``most`` specs a fault, the one first that was recorded for it."""
    specs = list(among) or unmasked()
    names = list(wanted) or [*FAULTS, *CHANGES]
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        walked: dict[str, frozenset[str]] = {}
        for name, outcome, passed in pool.imap(_walk, specs):
            say(f"whole shop, {name}: {outcome.why[:160] or 'passed'}")
            if outcome.passed:
                walked[name] = passed
        pairs: list[tuple[str, str]] = []
        for given in names:
            if given in CHANGES:
                pairs += [(given, name) for name in walked]
                continue
            there = [name for name in walked if given in walked[name]]
            if FAULTS[given].flow in there:
                there.remove(FAULTS[given].flow)
                there.insert(0, FAULTS[given].flow)
            pairs += [(given, name) for name in there[:most]]
        cells: dict[tuple[str, str], Cell] = {}
        for name, passed in walked.items():
            cells.update({(given, name): Cell.WALKED for given in passed if given in names})
        why: dict[tuple[str, str], str] = {}
        for count, (given, name, outcome) in enumerate(pool.imap_unordered(_try, pairs), 1):
            cells[given, name] = Cell.PASSED if outcome.passed else Cell.FAILED
            why[given, name] = outcome.why
            if not outcome.passed and given in CHANGES:
                say(f"benign {given} breaks {name}: {outcome.why[:300]}")
            if count % 25 == 0:
                say(f"{count} of {len(pairs)} runs")
    return Matrix(specs, [n for n in names if n in FAULTS], [n for n in names if n in CHANGES], cells, why)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.fault_matrix", description="Specs x faults.")
    parser.add_argument("names", nargs="*", help="only these faults and benign changes")
    parser.add_argument("--out", type=Path, default=Path("demo-output"))
    parser.add_argument("--most", type=int, default=3, help="specs tried a fault")
    parser.add_argument("--jobs", type=int, default=2, help="runs at once")
    parser.add_argument("--again", type=Path, metavar="FILE", help="only draw what an earlier run kept there")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.again is not None:
        found = Matrix.from_json(orjson.loads(given.again.read_bytes()))
    else:
        found = survey(given.names, given.most, given.jobs, lambda words: print(words, flush=True))
        (given.out / "fault-matrix.json").write_bytes(orjson.dumps(found.to_json(), option=orjson.OPT_INDENT_2))
    (given.out / "fault-matrix.md").write_text(written(found), "utf-8")
    (given.out / "fault-matrix.svg").write_text(drawn(found), "utf-8")
    print(found.summary)
    print(f"{given.out / 'fault-matrix.md'} and .svg written")


if __name__ == "__main__":
    main()
