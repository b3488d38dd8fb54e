"""PDFs of others, read by a process of their own (pages.py), which is given nothing but the file, by a pipe."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

from apps.compliance.documents import pages
from apps.compliance.documents.errors import DocumentRefused

SECONDS: Final = 30
"""What one file may take, on the clock."""
MOST_BYTES: Final = 20 * 1024 * 1024
_PROGRAM: Final = str(pages.__file__)


def pages_of(content: bytes) -> int:
    """How many pages a PDF has that may be handed on. Raises :class:`DocumentRefused`, which says why not."""
    if not content:
        raise DocumentRefused("empty")
    if len(content) > MOST_BYTES:
        raise DocumentRefused("too-large")
    return int(_asked({"do": "inspect"}, content))


def stamped(content: bytes, marks: bytes, serial: str) -> bytes:
    """The PDF with the marks over each of its pages. Raises :class:`DocumentRefused`."""
    return _asked({"do": "stamp", "serial": serial}, content, marks)


def _asked(order: dict[str, Any], *parts: bytes) -> bytes:
    told = json.dumps({**order, "sizes": [len(part) for part in parts]}).encode("ascii")
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and nothing of the order is in the command
            [sys.executable, "-I", _PROGRAM],
            input=b"\n".join([told, b"".join(parts)]),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={},
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise DocumentRefused("too-slow") from None
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode("ascii", "replace").strip().rpartition("\n")[2]
    # Without a word of its own it was ended: by the limit of its time, or of its memory.
    raise DocumentRefused(said.removeprefix("refused ") if said.startswith("refused ") else "too-slow")
