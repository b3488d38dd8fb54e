"""What tests of tampering have in common: how often, on which log, and what of a report they look at."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

from specward.tlog import Fault, Report, verify
from tests.tlog.logs import ACME_KEY, Log, Stored, acmes_log

TIMES = 1_000 if os.environ.get("SPECWARD_SOAK") == "1" else 25
KEY = ACME_KEY.verifier
ENTRIES = 45
GOOD = acmes_log(ENTRIES, every=15)
OLD = GOOD.bundle()


def often(run: Callable[[random.Random, Log], None]) -> None:
    for seed in range(TIMES):
        try:
            run(random.Random(seed), GOOD.copy())
        except AssertionError as failed:
            raise AssertionError(f"seed {seed}: {failed}") from failed


def named(report: Report) -> set[tuple[Fault, int | None, int | None]]:
    return {(finding.fault, finding.first, finding.last) for finding in report.findings}


def check(log: Log) -> Report:
    return verify(log.bundle(), KEY)


def change(row: Stored, dice: random.Random) -> None:
    """Another actor, action, object, value, or one member more."""
    entry = row.entry
    dice.choice(
        (
            lambda: entry["actor"].update(name="Mallory"),
            lambda: entry.update(action="delete"),
            lambda: entry["object"].update(pk=str(10**6 + dice.randrange(10**6))),
            lambda: entry["changes"].update(title=[None, dice.randbytes(4).hex()]),
            lambda: entry.update(note=dice.randbytes(4).hex()),
            lambda: entry.pop("changes"),
        )
    )()
