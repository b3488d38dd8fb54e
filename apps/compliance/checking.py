"""What a check is: one small class that looks at the running system and says what it saw.

A check runs in each tenant, behind its walls and as the app role, also in the platform's own tenant. What it saw is
data: counts, ids and names of ours. It holds nothing of what is sealed, and nothing of any other tenant.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from django.db import models

MOST_NAMED: Final = 50
"""How many of what was found are named; the rest is counted."""


class Outcome(models.TextChoices):
    """What became of a run. ``ERROR``: the check could not look, which is no better than what it might have seen."""

    PASS = "pass", "Passed"
    FAIL = "fail", "Failed"
    NOT_APPLICABLE = "n/a", "Does not apply"
    ERROR = "error", "Could not look"

    @property
    def is_good(self) -> bool:
        return self in (Outcome.PASS, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Result:
    """What a check saw. ``because``: one or two sentences for a person, empty for a pass. ``evidence`` is JSON."""

    outcome: Outcome
    because: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.outcome is not Outcome.PASS and not self.because.strip():
            raise ValueError("What did not pass says why.")


def passed(**evidence: Any) -> Result:
    """All is as it should be."""
    return Result(Outcome.PASS, "", evidence)


def failed(because: str, **evidence: Any) -> Result:
    """Something is not as it should be."""
    return Result(Outcome.FAIL, because, evidence)


def not_applicable(because: str, **evidence: Any) -> Result:
    """There is nothing here that could be otherwise, and why."""
    return Result(Outcome.NOT_APPLICABLE, because, evidence)


def some(found: Iterable[object]) -> dict[str, Any]:
    """What was found, as evidence: how many, and the first of them as text. Reads all of it, keeps few."""
    named: list[str] = []
    count = 0
    for one in found:
        count += 1
        if count <= MOST_NAMED:
            named.append(str(one))
    return {"count": count, "first": named}


class Check(ABC):
    """A question to the running system.

    ``look`` is called behind the tenant's walls, with no transaction open: one that asks the database opens its own,
    and none spans a network call. What it tries and must not succeed stands in a block that is rolled back in any
    case. It takes less than a minute and bounded memory. What it cannot find out it does not swallow: an exception is
    recorded as :attr:`Outcome.ERROR`.
    """

    key: ClassVar[str]
    """Stable: runs are kept under it."""
    title: ClassVar[str]
    """A claim that is true when it passes."""
    words: ClassVar[str]
    """What it looks at, in a sentence or two."""
    mend: ClassVar[str]
    """What to do when it fails."""

    @abstractmethod
    def look(self) -> Result:
        """What there is to see now."""


_checks: Final[dict[str, Check]] = {}


def check(kind: type[Check]) -> type[Check]:
    """Makes a check known by its key."""
    if kind.key in _checks:
        raise ValueError(f"Two checks are called {kind.key}.")
    _checks[kind.key] = kind()
    return kind


def known() -> Mapping[str, Check]:
    """All checks, by key; those of ``apps.compliance.checks`` once that is imported."""
    return _checks
