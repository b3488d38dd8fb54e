"""What changed, as lines: a check that stands otherwise than before, and since when."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Outcome
from apps.compliance.models import Change
from apps.console.posture.marks import OF_OUTCOME, Mark


@dataclass(frozen=True, slots=True)
class Changed:
    """A check that has changed. ``before`` is None where it was looked at for the first time."""

    key: str
    title: str
    at: datetime.datetime
    before: Mark | None
    after: Mark
    run_id: object

    @property
    def is_news(self) -> bool:
        """Whether it became good or bad; a first look that finds all well is none."""
        was_good = self.before in (None, Mark.KEPT, Mark.ASIDE)
        return was_good is not (self.after in (Mark.KEPT, Mark.ASIDE))


def changed(changes: Iterable[Change]) -> list[Changed]:
    """Those of checks that are still made, in the order given."""
    checks = catalogue().checks
    return [
        Changed(
            one.check_key,
            checks[one.check_key].title,
            one.at,
            OF_OUTCOME[Outcome(one.before)] if one.before else None,
            OF_OUTCOME[Outcome(one.after)],
            one.run_id,
        )
        for one in changes
        if one.check_key in checks
    ]
