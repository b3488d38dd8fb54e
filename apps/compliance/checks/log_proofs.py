"""The audit log's proofs: it is what was signed, it continues what left the house, and its entries are as logged."""

from __future__ import annotations

from typing import Final

from apps.audit import consistency
from apps.audit.placed import signed_size
from apps.compliance import mailed
from apps.compliance.checking import Check, Result, check, failed, not_applicable, passed, some

NEWEST: Final = 50_000
"""Entries that are hashed again in one run; older ones are hashed again by whoever verifies an export."""
MAILED: Final = 200
"""Heads that were mailed and are compared in one run."""
_MOST: Final = 1_000
_VERIFY: Final = (
    "Export the proof bundle, and verify it offline against the checkpoint of an older mail: the verifier names each "
    "entry that was changed, taken away, put in or moved. Take it for an incident."
)


@check
class TheHeadIsSigned(Check):
    key = "log.head"
    title = "The log is what its newest checkpoint says, by the log's key"
    words = (
        "Computes the root of the tree from its tiles, compares it with the head and proves the newest checkpoint to "
        "be its beginning; verifies the signature of that with the key that reigned."
    )
    mend = _VERIFY

    def look(self) -> Result:
        if why := consistency.head_disagrees():
            return failed(why, signed=signed_size())
        size = signed_size()
        if not size:
            return not_applicable("Nothing of the log is signed yet: it has just begun.")
        return passed(signed=size)


@check
class TheLogContinuesWhatWasMailed(Check):
    key = "log.mailed"
    title = "The log continues every checkpoint that was mailed"
    words = (
        "Takes the signed heads of the log that report mails carried, the newest 200 of them, and proves that the log "
        "as it is now is a continuation of each: whoever has one of the mails can do the same."
    )
    mend = _VERIFY

    def look(self) -> Result:
        heads = mailed.newest(MAILED)
        if not heads:
            return not_applicable("No report was mailed yet, so that no checkpoint has left the house.")
        last = heads[0]
        when = last.mailed.isoformat(timespec="seconds")
        told = {"heads": len(heads), "mailed": when, "mailed_size": last.size, "mailed_root": last.root}
        # All of them: a log that was written anew goes into the next mail as well, and continues that one.
        for one in heads:
            if why := consistency.contradicts(one.size, bytes.fromhex(one.root), one.note):
                because = f"The log is not a continuation of what was mailed on {one.mailed:%Y-%m-%d, %H:%M}. {why}"
                return failed(because, contradicted=str(one.id), **told)
        return passed(signed=signed_size(), **told)


@check
class EntriesAreAsLogged(Check):
    key = "log.entries"
    title = "Entries are as they were logged"
    words = f"Hashes the newest {NEWEST:,} signed entries again, and compares each with its leaf in the tree."
    mend = _VERIFY

    def look(self) -> Result:
        size = signed_size()
        first = max(0, size - NEWEST)
        changed = some(consistency.not_as_logged(first, size - 1))
        if changed["count"]:
            return failed(
                f"{changed['count']} entries are not what was logged.", places=changed, looked_at=size - first
            )
        return passed(looked_at=size - first, signed=size)


@check
class NothingIsMissing(Check):
    key = "log.complete"
    title = "Nothing is missing from the log unannounced"
    words = (
        "Looks for places of the log whose entry is gone although no signed entry announced that it would be pruned."
    )
    mend = _VERIFY

    def look(self) -> Result:
        missing = some(consistency.absent(_MOST))
        if missing["count"]:
            return failed(f"{missing['count']} entries are gone, and no entry says so.", places=missing)
        return passed(signed=signed_size())
