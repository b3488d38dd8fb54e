"""A bundle against an older one of the same log: what a single bundle cannot show.

The older bundle was signed too. A log that only grows has the older one's hashes as its beginning; if it has not, the
log was cut, restored from a backup, or written a second time, and the two bundles together prove it.
"""

from __future__ import annotations

from specward.tlog.contents import Contents
from specward.tlog.judging import said, stretches
from specward.tlog.matching import common_prefix, match
from specward.tlog.report import Fault, Finding, Report


def compare(new: Contents, old: Contents, old_report: Report, report: Report) -> None:
    """Report what is not as in the older bundle."""
    report.compared = old.size
    if old_report.findings:
        faults = ", ".join(sorted({finding.fault.value for finding in old_report.findings}))
        report.add(Finding(Fault.OLDER, f"The older bundle has faults of its own: {faults}."))
    if new.manifest.origin != old.manifest.origin:
        report.add(Finding(Fault.OTHER_LOG, "The older bundle is of another log."))
    shared = min(len(new.manifest.keys), len(old.manifest.keys))
    if new.manifest.keys[:shared] != old.manifest.keys[:shared]:
        report.add(Finding(Fault.WRONG_KEY, "The older bundle names other keys of this log."))
    common = common_prefix(new.hashes, old.hashes)
    if common < min(new.size, old.size):
        _report_fork(new, old, common, report)
    elif new.size < old.size:
        _report_shorter(new, old, report)


def _report_shorter(new: Contents, old: Contents, report: Report) -> None:
    known = {(checkpoint.size, checkpoint.root) for checkpoint, _ in old.checkpoints}
    last = new.checkpoints[-1][0] if new.checkpoints else None
    first, end = new.size, old.size - 1
    if last is not None and last.size == new.size and (last.size, last.root) in known:
        fault, how = Fault.ROLLED_BACK, f"the log is again as it was at checkpoint {last.size}"
    else:
        fault, how = Fault.TRUNCATED, "the log was cut"
    report.add(Finding(fault, f"{said(first, end)} of the older bundle: gone; {how}.", first, end))


def _report_fork(new: Contents, old: Contents, common: int, report: Report) -> None:
    message = f"From entry {common} on, the log is another than in the older bundle; both were signed."
    report.add(Finding(Fault.FORKED, message, common, max(new.size, old.size) - 1))
    found = match(new.hashes, old.hashes, lambda index: index)
    if found.too_many is not None:
        return
    for _, index in found.changed:
        report.add(Finding(Fault.CHANGED, f"Entry {index} of the older bundle: another stands there.", index, index))
    for first, last in stretches(found.dropped):
        report.add(Finding(Fault.DROPPED, f"{said(first, last)} of the older bundle: dropped.", first, last))
    # What came after all that the older bundle knows is no difference: the log grows.
    home = new.size if found.suffix else max((line for line, _ in found.at_home), default=common)
    for first, last in stretches(line for line in found.added if line < home):
        report.add(
            Finding(Fault.ADDED, f"{said(first, last)}: not in the older bundle, and in its midst.", first, last)
        )
    for line, index in found.moved:
        message = f"Entry {index} of the older bundle: now at {line}."
        report.add(Finding(Fault.REORDERED, message, index, index))
