"""The project's own hostile cases, in ``cases/*.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parent / "cases"


def read(name: str) -> list[Any]:
    """The rows of ``cases/<name>.json``."""
    rows: list[Any] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return rows
