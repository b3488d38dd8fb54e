"""The audit log: it only grows, whoever tries otherwise, and what was logged gets its place and signature in time."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from apps.audit.attempting import ATTEMPTS, what_was_let_pass
from apps.audit.merge_delay import ALARM, delay
from apps.audit.placed import signed_size, stray_ids
from apps.compliance.checking import Check, Result, check, failed, passed, some

_MOST: Final = 1_000


@check
class TheLogOnlyGrows(Check):
    key = "log.only_grows"
    title = "Nobody changes, deletes or empties the log"
    words = (
        "Tries it as the application does everything: to change, delete, lock and empty entries, leaves, hashes, head, "
        "checkpoints and holds, each in a block that is rolled back. Every one must be refused."
    )
    mend = (
        "Run `SPECWARD_ROLE=migrator manage.py migrate_schemas`, which puts privileges and triggers right, then "
        "`manage.py check --database default`; find out who changed them, and verify an export of the log."
    )

    def look(self) -> Result:
        passing = what_was_let_pass()
        if passing:
            because = f"{len(passing)} of {len(ATTEMPTS)} attempts on the log were not refused."
            return failed(because, not_refused=passing)
        return passed(refused=list(ATTEMPTS))


@check
class EntriesAreSignedInTime(Check):
    key = "log.delay"
    title = "What was logged is signed within a minute"
    words = "Measures how long the oldest entry waits for its place or its signature."
    mend = (
        "See that the sequencer runs (manage.py sequence_logs); its own log says which log it cannot go on with, and "
        "why. Until then what was logged last can be changed unseen."
    )

    def look(self) -> Result:
        with transaction.atomic():
            found = delay()
        waited = round(found.waited.total_seconds())
        if found.is_too_long:
            because = f"An entry waits for its signature for {waited} seconds."
            return failed(because, waited_seconds=waited, alarm_seconds=round(ALARM.total_seconds()))
        return passed(waited_seconds=waited, alarm_seconds=round(ALARM.total_seconds()))


@check
class EntriesHaveTheirPlaces(Check):
    key = "log.sequenced"
    title = "Each entry has its place in the log"
    words = "Looks for entries that have no place though younger ones have: somebody put them in past the application."
    mend = (
        "An export of the log names them to whoever verifies it. Find out who has the database's own rights, and what "
        "else they have written; the entries themselves stay, and prove nothing."
    )

    def look(self) -> Result:
        with transaction.atomic():
            strays = some(stray_ids(_MOST))
            signed = signed_size()
        if strays["count"]:
            return failed(f"{strays['count']} entries are in the log without a place in it.", entries=strays)
        return passed(signed=signed)
