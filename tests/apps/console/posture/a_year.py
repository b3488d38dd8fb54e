"""A catalogue of any size and its history of a year, written by SQL: as much as a page ever has to show."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import F
from django.utils import timezone

from apps.audit.recording import record
from apps.audit.vocabulary import Action
from apps.compliance.catalogue import Catalogue
from apps.compliance.checking import Outcome
from apps.compliance.controls import Control, Frequency, Owner
from apps.compliance.models import Change, CheckState, Day, Run
from apps.compliance.promises import PROMISES, THREATS
from apps.compliance.running import digest_of
from tests.apps.compliance.checks_of_ours import Seen

YEAR: Final = 365
_SERVED: Final = tuple(one.key for one in (*PROMISES, *THREATS) if not one.not_yet)

_DAYS = """
INSERT INTO compliance_day (check_key, day, worst, runs, bad)
SELECT key, %s::date - back, 'pass', 24, 0
FROM unnest(%s::text[]) AS key, unnest(%s::int[]) AS back
"""
_STATES = """
INSERT INTO compliance_checkstate (check_key, outcome, since, because, last_at, due)
SELECT key, 'pass', %s, '', %s, %s FROM unnest(%s::text[]) AS key
"""


def a_large_catalogue(controls: int, every: Frequency = Frequency.DAILY) -> Catalogue:
    """Each control with a check of its own, spread over all that is promised; each of two promises."""
    checks = {f"test.{number}": Seen(f"test.{number}") for number in range(controls)}
    owners = tuple(Owner)
    made = {
        f"C-{number}": Control(
            f"C-{number}", f"Control {number}", "What is done.",
            (_SERVED[number % len(_SERVED)], _SERVED[(number + 3) % len(_SERVED)]), ("CC6.1", "CC7.2"),
            owners[number % len(owners)], every, (f"test.{number}",),
        )
        for number in range(controls)
    }  # fmt: skip
    return Catalogue(PROMISES, THREATS, made, dict[str, Any](checks))


def a_history(
    checks: Sequence[str],
    days: int = YEAR,
    *,
    unseen: Collection[int] = (),
    ago: datetime.timedelta = datetime.timedelta(hours=1),
) -> None:
    """Each of the checks has passed on each of the days, the last time ``ago``; on those that are ``unseen`` (days ago)
    nobody looked."""
    now = timezone.now()
    last = now - ago
    backs = [back for back in range(days) if back not in unseen]
    with connection.cursor() as cursor:
        since = now - datetime.timedelta(days=days - 1)
        cursor.execute(_STATES, [since, last, last + datetime.timedelta(days=1), list(checks)])
        cursor.execute(_DAYS, [now.date(), list(checks), backs])


def went(key: str, days: Mapping[int, Outcome]) -> None:
    """What was otherwise, by how many days ago."""
    today = timezone.now().date()
    for back, outcome in days.items():
        day = Day.objects.filter(check_key=key, day=today - datetime.timedelta(days=back))
        day.update(worst=outcome, bad=0 if outcome.is_good else F("runs"))


def stands(key: str, outcome: Outcome, since: datetime.datetime, because: str = "", **evidence: Any) -> Run:
    """The check stands so since then, which was a change."""
    made = Run(
        check_key=key, at=since, took_ms=41, outcome=outcome, because=because, evidence=evidence,
        by=Run.By.SCHEDULE, code_version="0.1.0", digest="", entry_id=0,
    )  # fmt: skip
    made.digest = digest_of(made)
    details = {"run": str(made.id), "check": key, "outcome": made.outcome, "digest": made.digest}
    made.entry_id = record(Action.CHECK, made, details=details, narrative="A control was checked").id
    made.save(force_insert=True)
    before = Outcome.PASS if outcome is not Outcome.PASS else Outcome.FAIL
    Change.objects.create(check_key=key, at=since, before=before, after=outcome, run=made)
    CheckState.objects.filter(check_key=key).update(outcome=outcome, since=since, because=because, last_run=made)
    return made
