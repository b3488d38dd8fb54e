"""The lock files of the service, and what is installed in this process's Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from django.conf import settings
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

FOLDER: Final = "requirements"
SERVICE: Final = "service.txt"
_HASH: Final = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Pin:
    """A line of a lock file. ``wrong``: why it pins nothing; empty where it does."""

    line: str
    name: str = ""
    version: str = ""
    applies: bool = True
    hashes: int = 0
    wrong: str = ""


def lock_files() -> list[Path]:
    """The lock files that are here: all of them in a checkout, the service's own in an image."""
    return sorted((Path(settings.BASE_DIR) / FOLDER).glob("*.txt"))


def pins(file: Path) -> Iterator[Pin]:
    """What a lock file pins."""
    joined = file.read_text("utf-8").replace("\\\n", " ")
    for line in joined.splitlines():
        text = line.partition("#")[0].strip()
        if text:
            yield _pin(text)


def _pin(text: str) -> Pin:
    said, *hashes = (part.strip() for part in re.split(r"\s(?=--)", text))
    try:
        requirement = Requirement(said)
    except InvalidRequirement:
        return Pin(said, wrong="is no requirement")
    name, specifiers = canonicalize_name(requirement.name), list(requirement.specifier)
    exact = len(specifiers) == 1 and specifiers[0].operator == "==" and "*" not in specifiers[0].version
    if requirement.url is not None or not exact:
        return Pin(said, name, wrong="is not pinned to one version")
    if not hashes or not all(_HASH.fullmatch(each) for each in hashes):
        return Pin(said, name, wrong="has no SHA-256")
    applies = requirement.marker is None or requirement.marker.evaluate()
    return Pin(said, name, specifiers[0].version, applies, len(hashes))


def installed() -> dict[str, str]:
    """Every distribution that this Python finds, with the version that would be imported."""
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        # The first on the path is the one that is imported.
        found.setdefault(canonicalize_name(distribution.metadata["Name"]), distribution.version)
    return found
