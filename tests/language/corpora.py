"""The shared corpora of hostile data: how they are found, read, and planted into a spec.

They are read where they lie and never copied into this repository; where they are absent, the tests that need them
are skipped by name. ``SPECWARD_SHARED`` names another folder than the one beside the repository.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORPORA = Path(os.environ.get("SPECWARD_SHARED") or ROOT.parent / "shared") / "corpora"

HEAD = 'spec("Bob looks around", origin="https://app.example")\n\nwith step("Look"):\n    goto("/")\n'
"""A valid spec that rows are planted into, after its last line."""
PLANTED_LINE = 5


@dataclass(frozen=True)
class Row:
    """One row: its id, what must hold, and its source as the row gives it."""

    id: str
    kind: str
    expected: str
    source: str | bytes

    def in_step(self) -> str | bytes:
        """The row as further statements of a step."""
        return _indent(HEAD, self.source)

    def at_top(self) -> str | bytes:
        """The row as further statements at the top level."""
        return HEAD + self.source if isinstance(self.source, str) else HEAD.encode() + self.source


def _indent(head: str, source: str | bytes) -> str | bytes:
    if isinstance(source, str):
        return head + "".join("    " + line for line in source.splitlines(keepends=True) or [""])
    return head.encode() + b"    " + source.replace(b"\n", b"\n    ")


def read(name: str) -> list[dict[str, Any]]:
    """The rows of a corpus; skips the calling test, by name, if the corpus is not on this machine."""
    path = CORPORA / name
    if not path.exists():
        pytest.skip(f"the shared corpus {name} is not here (SPECWARD_SHARED can name its folder)")
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def escapes() -> Iterator[Row]:
    """The rows of ``spec-escapes.jsonl``."""
    for row in read("spec-escapes.jsonl"):
        yield Row(row["id"], row["kind"], row["expected"], _source(row))


def _source(row: dict[str, Any]) -> str | bytes:
    if row["kind"] == "recipe":
        return "".join(unit * count for unit, count in row["recipe"])
    if row["kind"] == "bytes":
        return base64.b64decode(row["bytes_b64"])
    text: str = row["text"]
    return text
