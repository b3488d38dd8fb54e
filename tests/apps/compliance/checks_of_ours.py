"""A catalogue of our own for tests of the frame: checks that see what a test wants them to see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from apps.compliance import catalogue as catalogues
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import Check, Result, passed
from apps.compliance.controls import Control, Frequency, Owner
from apps.compliance.promises import PROMISES, THREATS


class Seen(Check):
    """Sees what it is told to."""

    title = "What a test wants is so"
    words = "Looks at what a test wants."
    mend = "Let the test want something else."

    def __init__(self, key: str) -> None:
        self.key = key  # type: ignore[misc]  # a class has it, and a test has many
        self.result: Result | Exception = passed(seen=1)
        self.looked = 0

    def look(self) -> Result:
        self.looked += 1
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def a_catalogue(controls: int = 6, every: Frequency = Frequency.DAILY, owner: Owner = Owner.PLATFORM) -> Catalogue:
    """As many controls as wanted, each with one check, spread over the promises and threats."""
    ends = [one.key for one in PROMISES] + [one.key for one in THREATS]
    checks = {f"test.{number}": Seen(f"test.{number}") for number in range(controls)}
    made = {
        f"C-{number}": Control(
            f"C-{number}",
            f"Control {number}",
            "What is done.",
            (ends[number % len(ends)],),
            ("CC6.1",),
            owner,
            every,
            (f"test.{number}",),
        )
        for number in range(controls)
    }
    return Catalogue(PROMISES, THREATS, made, dict[str, Any](checks))


@contextmanager
def in_place(ours: Catalogue) -> Iterator[Catalogue]:
    """While this is what holds."""
    held = catalogues._ours
    catalogues._ours = lambda: ours  # type: ignore[assignment]
    try:
        yield ours
    finally:
        catalogues._ours = held
