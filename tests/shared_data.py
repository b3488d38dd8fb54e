"""Real and hostile data that is not part of the project: read where it is, never copied here.

``SPECWARD_SHARED`` names its folder; else it is looked for beside the checkout. A test that uses it is skipped, by
name, where it is absent.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("SPECWARD_SHARED") or Path(__file__).resolve().parents[2] / "shared")

needs_shared = pytest.mark.skipif(not (ROOT / "recordings").is_dir(), reason="the folder of shared data is not here")


def shared(path: str) -> Path:
    """A file of the shared data."""
    return ROOT / path


def recordings() -> list[Path]:
    """Every shared recording; empty where the folder is absent."""
    return sorted((ROOT / "recordings").glob("**/*.json"))
