"""The fault matrix on paper: a table in Markdown, and a picture in SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any

from demo.shop.changes import CHANGES
from demo.shop.faults import FAULTS


class Cell(StrEnum):
    """What became of a spec under a fault or a benign change."""

    FAILED = "failed"
    PASSED = "passed"
    WALKED = "walked past, not run"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Cells by fault or change and spec; where there is none, the spec does not walk past it."""

    specs: Sequence[str]
    faults: Sequence[str]
    changes: Sequence[str]
    cells: Mapping[tuple[str, str], Cell]
    why: Mapping[tuple[str, str], str]

    def tried(self, given: str) -> list[str]:
        return [s for s in self.specs if self.cells.get((given, s)) in (Cell.FAILED, Cell.PASSED)]

    def failing(self, given: str) -> list[str]:
        return [s for s in self.specs if self.cells.get((given, s)) is Cell.FAILED]

    def to_json(self) -> dict[str, Any]:
        """Everything, so that table and picture can be made again without a run."""
        cells = [
            [given, spec, cell.value, self.why.get((given, spec), "")] for (given, spec), cell in self.cells.items()
        ]
        parts = {"specs": self.specs, "faults": self.faults, "changes": self.changes}
        return {**{name: list(value) for name, value in parts.items()}, "cells": sorted(cells)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Matrix:
        cells = {(given, spec): Cell(cell) for given, spec, cell, _ in kept["cells"]}
        why = {(given, spec): why for given, spec, _, why in kept["cells"] if why}
        return cls(kept["specs"], kept["faults"], kept["changes"], cells, why)

    @property
    def caught(self) -> list[str]:
        return [fault for fault in self.faults if self.failing(fault)]

    @property
    def summary(self) -> str:
        walked = [fault for fault in self.faults if self.tried(fault)]
        harmless = [change for change in self.changes if self.tried(change) and not self.failing(change)]
        share = len(self.caught) / len(walked) if walked else 0.0
        return (
            f"{len(self.caught)} of {len(walked)} faults on a recorded path make a spec fail ({share:.0%}); "
            f"{len(harmless)} of {len(self.changes)} benign changes break nothing."
        )


def written(matrix: Matrix) -> str:
    """Markdown: what was caught and by which spec, what was missed, what broke without a fault."""
    lines = [
        "# Specs and faults",
        "",
        matrix.summary,
        "",
        _MADE,
        "",
        "![Which spec fails under which fault](fault-matrix.svg)",
    ]
    lines += ["", "| fault | what a user would notice | fails | passes |"]
    lines.append("|---|---|---|---|")
    for name in matrix.faults:
        passing = [spec for spec in matrix.tried(name) if spec not in matrix.failing(name)]
        cells = [name, FAULTS[name].notice, _caught(matrix, name), ", ".join(passing)]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| benign change | what it is | specs run | fails |", "|---|---|---|---|"]
    for name in matrix.changes:
        broken = ", ".join(matrix.failing(name)) or "none"
        lines.append(f"| {name} | {CHANGES[name].notice} | {len(matrix.tried(name))} | {broken} |")
    if matrix.caught:
        lines += ["", "What the first of the specs said:", ""]
    for name in matrix.caught:
        first = matrix.failing(name)[0]
        lines.append(f"- {name}, `{first}`: `{matrix.why.get((name, first), '').replace('`', '')}`")
    return "\n".join(lines) + "\n"


_MADE = (
    "Made by `python -m demo.fault_matrix --out docs`: each spec that walks past a fault is run as by `specward run`, "
    "on a shop of its own with that fault and nothing else wrong; the spec that was recorded for it first, and at most "
    "three. Under each benign change every spec is run."
)
_SIDE, _LEFT, _TOP = 22, 190, 170
_GREEN, _RED, _YELLOW, _SAND = "#2f7d4f", "#c9412b", "#e8c66a", "#d9d2c3"


def _caught(matrix: Matrix, name: str) -> str:
    why = FAULTS[name].missed
    return ", ".join(matrix.failing(name)) or ("**none**" + (f": {why}" if why else ""))


def drawn(matrix: Matrix) -> str:
    """SVG: a row a fault, a column a spec. Green is as it should be: a fault caught, a benign change borne."""
    rows = [*matrix.faults, *matrix.changes]
    width, height = _LEFT + _SIDE * len(matrix.specs) + 250, _TOP + _SIDE * len(rows) + 86
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{escape(matrix.summary)}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for column, spec in enumerate(matrix.specs):
        x = _LEFT + column * _SIDE + 15
        parts.append(f'<text x="{x}" y="{_TOP - 8}" transform="rotate(-60 {x} {_TOP - 8})">{escape(spec)}</text>')
    for row, name in enumerate(rows):
        y = _TOP + row * _SIDE + (12 if row >= len(matrix.faults) else 0)
        missed = name in matrix.faults and matrix.tried(name) and not matrix.failing(name)
        marked = f' font-weight="700" fill="{_RED}"' if missed else ""
        label = f"missed: {name}" if missed else name
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end"{marked}>{escape(label)}</text>')
        for column, spec in enumerate(matrix.specs):
            cell = matrix.cells.get((name, spec))
            colour = "#f5f2ec" if cell is None else _shade(matrix, name, cell)
            said = f"{name}, {spec}: {cell.value if cell is not None else 'not on its path'}"
            parts.append(
                f'<rect x="{_LEFT + column * _SIDE}" y="{y}" width="{_SIDE - 3}" height="{_SIDE - 3}" rx="3" '
                f'fill="{colour}"><title>{escape(said)}</title></rect>'
            )
    parts.append(f'<text x="10" y="{height - 48}" font-weight="600">{escape(matrix.summary)}</text>')
    legend = (
        "Green: a fault caught, a benign change borne. Red: a fault that no spec catches, a change that breaks one.",
        "Yellow: another spec catches it. Sand: on its path, not run.",
    )
    for number, line in enumerate(legend):
        parts.append(f'<text x="10" y="{height - 28 + 16 * number}">{line}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _shade(matrix: Matrix, name: str, cell: Cell) -> str:
    if cell is Cell.WALKED:
        return _SAND
    if name in matrix.changes:
        return _RED if cell is Cell.FAILED else _GREEN
    if cell is Cell.FAILED:
        return _GREEN
    return _YELLOW if matrix.failing(name) else _RED
