"""The controls: what is done so that a promise is kept, by whom, how often, and by which checks it is seen.

``criteria`` are identifiers of the AICPA's Trust Services Criteria (2017, with the points of focus of 2022): a map for
auditors, in our own words. It says that a control was designed for a criterion, and certifies nothing.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import Enum, StrEnum

from apps.accounts.models import Role


class Owner(StrEnum):
    """Who mends it."""

    PLATFORM = "platform"
    TENANT_OWNER = "owner"
    COMPLIANCE_OFFICER = "compliance_officer"
    ENGINEER = "engineer"

    @property
    def words(self) -> str:
        return "Specward" if self is Owner.PLATFORM else Role(self.value).label

    @property
    def role(self) -> Role:
        """Whom in the tenant to tell: what is ours to mend is told to those who watch over it."""
        return Role.COMPLIANCE_OFFICER if self is Owner.PLATFORM else Role(self.value)


class Frequency(Enum):
    """How often its checks run."""

    HOURLY = datetime.timedelta(hours=1)
    DAILY = datetime.timedelta(days=1)
    WEEKLY = datetime.timedelta(days=7)

    @property
    def words(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Control:
    """``serves``: promises and threats by key. ``checks``: by key, at least one."""

    key: str
    title: str
    words: str
    serves: tuple[str, ...]
    criteria: tuple[str, ...]
    owner: Owner
    every: Frequency
    checks: tuple[str, ...]

    def __post_init__(self) -> None:
        if not (self.serves and self.criteria and self.checks):
            raise ValueError(f"The control {self.key} serves nothing, maps to nothing, or is checked by nothing.")
