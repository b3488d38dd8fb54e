"""Which code looked: the release, and a digest over the sources as they are on this machine."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Final

from specward import __version__

_ROOT: Final = Path(__file__).resolve().parents[2]
_PARTS: Final = ("apps", "config", "specward")


@functools.cache
def code_version() -> str:
    """Such as ``0.1.0+5f2c8a9d1e3b``: equal on two machines only where all sources of the service are equal."""
    whole = hashlib.sha256()
    for part in _PARTS:
        for file in sorted((_ROOT / part).rglob("*.py")):
            whole.update(f"{file.relative_to(_ROOT).as_posix()}\0".encode())
            whole.update(hashlib.sha256(file.read_bytes()).digest())
    return f"{__version__}+{whole.hexdigest()[:12]}"
