"""``verify``: a proof bundle, offline, with nothing but a key. No number is trusted that can be computed.

What is computed: the hash of each entry from its salt and its content, the root at each checkpoint from the hashes,
the order and the times. What is compared: entries with hashes, roots with checkpoints, signatures with keys, and the
whole with an older bundle. Memory is some 150 bytes for each entry, whatever its size.
"""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from specward.tlog.comparing import compare
from specward.tlog.contents import Contents, read_bundle
from specward.tlog.hashing import HASH_BYTES
from specward.tlog.judging import Places, judge_entries
from specward.tlog.matching import Matching
from specward.tlog.notes import VerifierKey
from specward.tlog.refusals import BundleRefused
from specward.tlog.report import Fault, Finding, Report
from specward.tlog.witnessing import (
    judge_checkpoints,
    judge_coverage,
    judge_keys,
    judge_proofs,
    roots_of,
    sizes_in_proofs,
)

Bundle = Path | bytes | BinaryIO
"""A file, its bytes, or a stream that can seek."""


def verify(bundle: Bundle, key: VerifierKey | None = None, since: Bundle | None = None, *, workers: int = 1) -> Report:
    """What is wrong with a bundle: everything that can be named, in :attr:`Report.findings`; nothing, and it is good.

    ``key`` is the log's key as it is known from elsewhere; without it the bundle vouches for itself, which shows
    mistakes and no forgery. ``since`` is an older bundle of the same log. ``workers`` beyond one are processes that
    read entries, for large bundles. Raises :class:`BundleRefused` where a bundle cannot be read, or is over a limit.
    """
    with ExitStack() as stack:
        contents = read_bundle(_opened(bundle, stack), workers)
        report = _judge(contents, key)
        if since is not None:
            try:
                older = read_bundle(_opened(since, stack), workers)
            except BundleRefused as refused:
                raise BundleRefused(str(refused), where="the older bundle", hint=refused.hint) from refused
            compare(contents, older, _judge(older, key), report)
        return report


def _opened(bundle: Bundle, stack: ExitStack) -> BinaryIO:
    if isinstance(bundle, bytes):
        return io.BytesIO(bundle)
    if not isinstance(bundle, Path):
        return bundle
    try:
        return stack.enter_context(bundle.open("rb"))
    except OSError as failed:
        raise BundleRefused(f"it cannot be opened: {failed.strerror}", where="the ZIP") from failed


def _judge(contents: Contents, key: VerifierKey | None) -> Report:
    lines = contents.lines
    report = Report(
        origin=contents.manifest.origin,
        size=contents.size,
        entries=len(lines.claimed),
        checkpoints=len(contents.checkpoints),
        first_logged=lines.first_logged,
        last_logged=lines.last_logged,
        absences=tuple(lines.absences),
    )
    sizes = {checkpoint.size for checkpoint, _ in contents.checkpoints} | sizes_in_proofs(contents)
    roots = roots_of(contents.hashes, sizes)
    report.root = roots[contents.size]
    matching = judge_entries(contents, report)
    found = len(report.findings)
    if not judge_checkpoints(contents, roots, report) and (mended := _mended(contents, matching)) is not None:
        _blame_hashes(contents, matching, mended, sizes, found, report)
    judge_keys(contents, key, report)
    judge_coverage(contents, report)
    judge_proofs(contents, roots, report)
    return report


def _mended(contents: Contents, matching: Matching) -> bytes | None:
    """The hashes of the log as the entries have them, where each that differs has its entry; else ``None``."""
    if not matching.changed or matching.too_many or matching.dropped or matching.added or matching.moved:
        return None
    places = Places(contents.size, contents.lines.absences)
    mended = bytearray(contents.hashes)
    for line, place in matching.changed:
        at = places.index(place) * HASH_BYTES
        mended[at : at + HASH_BYTES] = contents.lines.hashes[line * HASH_BYTES : (line + 1) * HASH_BYTES]
    return bytes(mended)


def _blame_hashes(
    contents: Contents, matching: Matching, mended: bytes, sizes: set[int], found: int, report: Report
) -> None:
    """If the checkpoints agree with the entries, it is the list of hashes that was changed, and they are as logged."""
    roots = roots_of(mended, sizes)
    if any(roots.get(checkpoint.size) != checkpoint.root for checkpoint, _ in contents.checkpoints):
        return
    places = Places(contents.size, contents.lines.absences)
    changed = {places.index(place) for _, place in matching.changed}
    faults = (Fault.CHANGED, Fault.SALT)
    report.findings[:] = [
        finding for finding in report.findings[:found] if finding.fault not in faults or finding.first not in changed
    ]
    for index in sorted(changed):
        message = f"Entry {index} is what was logged; its hash in the list of hashes was changed."
        report.add(Finding(Fault.HASH, message, index, index))
