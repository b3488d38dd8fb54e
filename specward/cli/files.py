"""Files in and out, with errors a user can act on."""

from __future__ import annotations

import re
from pathlib import Path

from specward.errors import SpecwardError
from specward.language.registry import MAX_SOURCE_BYTES

_ENDINGS = re.compile(r"\.(?:gz|zst|zstd|json|jsonl|ndjson|spec\.py|sheet\.json)$")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


class FileRefused(SpecwardError):
    """A file that is not there, cannot be read or written, or is too large."""

    code = "file-refused"


def plain_name(path: Path) -> str:
    """A file name without its endings, in lower case with dashes: what the spec of a recording is called."""
    name = path.name.lower()
    while True:
        shorter = _ENDINGS.sub("", name)
        if shorter == name:
            break
        name = shorter
    return _NOT_PLAIN.sub("-", name).strip("-")[:80] or "recording"


def read_small(path: Path, limit: int = MAX_SOURCE_BYTES) -> bytes:
    """The whole of a file that may be just a little larger than ``limit`` bytes. Raises :class:`FileRefused`."""
    try:
        with path.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as failed:
        raise FileRefused(f"cannot be read: {failed.strerror}") from failed


def write_text(path: Path, text: str | bytes) -> None:
    """Write a file, making its folder. Raises :class:`FileRefused`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    except OSError as failed:
        raise FileRefused(f"{path} cannot be written: {failed.strerror}") from failed
