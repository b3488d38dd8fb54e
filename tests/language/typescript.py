"""TypeScript sources, parsed by the TypeScript compiler itself: one node process for a whole batch."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Source:
    """What the compiler saw in one source; ``strings`` and ``names`` are those inside the ``test(...)`` call."""

    errors: list[str]
    comments: int
    templates: int
    tests: int
    strings: list[str]
    names: list[str]


def parse_all(sources: Sequence[str]) -> list[Source]:
    """Parses all ``sources``; skips the calling test where node or its ``typescript`` package is missing."""
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "typescript").is_dir():
        pytest.skip("node and node_modules/typescript are needed to parse TypeScript")
    done = subprocess.run(
        [node, str(HERE / "ts_parse.mjs")],
        input=json.dumps(list(sources)),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=110,
    )
    return [Source(**row) for row in json.loads(done.stdout)]
