"""Specs: what is in use passes today's gate, was approved by somebody who did not write it, and left as approved."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.specs import standing

MOST_OPENED: Final = 2_000
SECONDS: Final = 40.0
"""Of the versions in use so many are opened in one run, and for so long: those that are exported first."""
_MOST: Final = 10_000


@check
class VersionsPassTheGate(Check):
    key = "specs.gate"
    title = "Each version in use passes today's gate"
    words = (
        "Opens the approved and the newest version of each spec in use, and holds its text against its digest, its "
        "grounding sheet and the gate as it is today: up to 2,000 of them, approved ones first."
    )
    mend = (
        "Open the version in the console: its page shows what the gate refuses, and where. Edit it, or retire the "
        "spec. One that is not the text that was kept was changed past us: verify the audit log."
    )

    def look(self) -> Result:
        seen = standing.judged(MOST_OPENED, SECONDS)
        looked = {"looked_at": seen.looked, "in_use": seen.count}
        if seen.refused or seen.altered:
            because = (
                f"Of {seen.looked} versions {len(seen.refused)} do not pass the gate any more, and {len(seen.altered)} "
                "are not what was kept."
            )
            return failed(because, refused=some(seen.refused), altered=some(seen.altered), **looked)
        return passed(**looked)


@check
class ApproversDidNotWrite(Check):
    key = "specs.vouched"
    title = "What goes beyond a recording was approved by somebody who did not write it"
    words = (
        "Looks at approved versions that say more than their recording bears out: whoever wrote any of that since the "
        "last approval must not be the one who approved it."
    )
    mend = "Retire the spec, or have somebody else edit and approve it. Find out in the audit log how that came about."

    def look(self) -> Result:
        with transaction.atomic():
            versions = some(standing.vouched_for_by_a_writer(_MOST))
        if versions["count"]:
            because = f"{versions['count']} versions were approved by one of their own writers."
            return failed(because, versions=versions)
        return passed()


@check
class ExportsWereApproved(Check):
    key = "specs.exports"
    title = "What left the service was approved before"
    words = (
        "Holds each export of a spec that the log tells of (the newest 10,000) against the approvals: by the version, "
        "by its digest, and by the time."
    )
    mend = (
        "Withdraw the exported test where it is used, and find out in the audit log who exported it and how: exports "
        "take approved versions alone."
    )

    def look(self) -> Result:
        with transaction.atomic():
            seen = standing.exports(_MOST)
        if seen.unapproved:
            because = f"{len(seen.unapproved)} exports were of a text that nobody had approved."
            return failed(because, entries=some(seen.unapproved), exports=seen.entries)
        return passed(exports=seen.entries)


@check
class SheetsEndWithTheirSpecs(Check):
    key = "specs.sheets"
    title = "A grounding sheet is small, and ends with its spec"
    words = "Looks for sheets whose spec is gone, and for sheets of more than 64 KiB, which could be a page."
    mend = (
        "Delete the versions that are named; only somebody with the database's own rights can have kept them. A sheet "
        "that is too large was not written by us."
    )

    def look(self) -> Result:
        with transaction.atomic():
            without = some(standing.without_a_spec().values_list("id", flat=True)[:_MOST])
            larger = some(standing.with_a_larger_sheet().values_list("id", flat=True)[:_MOST])
        if without["count"] or larger["count"]:
            because = f"{without['count']} sheets have outlived their spec, and {larger['count']} are too large."
            return failed(because, without_a_spec=without, too_large=larger)
        return passed()
