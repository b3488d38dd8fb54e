"""The proof bundle of a log (docs/audit-log.md, section 4), written entry by entry into a stream.

It is of the whole log below the export's size. What the filters leave out is said to be withheld, and what was pruned
to be pruned, by the entry that recorded it; the hash of each entry is there in any case. Entries that explain the log
itself (that it was pruned, that a key took over) are in every bundle: nobody could check it without them. What somebody
took away past the application is explained by nothing: the verifier names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from typing import BinaryIO, Final, cast

from django.db import connection

from apps.audit import placed
from apps.audit.exports.errors import NothingSigned, TooLarge, TooScattered
from apps.audit.exports.lines import Writable
from apps.audit.exports.models import Export
from apps.audit.exports.selecting import Why, slices, whole_log
from apps.audit.log_keys import Reign, reigns
from apps.audit.tiles import hashes_over
from apps.audit.tree import Checkpoint, Leaf
from specward.tlog import BundleWriter, Manifest, TileRefused, TlogProof, consistency_proof, inclusion_proof, timestamp
from specward.tlog.bundle import MAX_ABSENCES, MAX_ENTRIES
from specward.tlog.bundling import absence, entry
from specward.tlog.leaves import SALT_BYTES

MOST_BYTES: Final = 2**31 - 1
"""Of the file, and of its entries: beyond that a ZIP needs another form, which the verifier does not take."""
CHECKPOINTS: Final = 200
"""Checkpoints in a bundle about, besides those at which a key took over: enough to say between which of them a log was
changed, in some hundred KiB."""


def write_bundle(export: Export, out: Writable, heard: Callable[[int], None]) -> int:
    """Writes the ZIP; says how many entries there are. ``heard``: see :func:`whole_log`.

    Raises :class:`NothingSigned`, :class:`TooLarge` and :class:`TooScattered`.
    """
    if export.size > MAX_ENTRIES:
        raise TooLarge
    keys = [reign for reign in reigns() if reign.since is not None and reign.since < export.size]
    sizes = _sizes(export.size, keys)
    if not keys or not sizes or sizes[-1] != export.size:
        raise NothingSigned
    lines = _Lines(export, heard)
    manifest = Manifest(keys[0].key.name, export.size, tuple(reign.key for reign in keys), timestamp(export.created))
    # It asks for no more than a stream that can be written to.
    with BundleWriter(cast(BinaryIO, out), manifest) as writer:
        writer.entries(iter(lines))
        writer.hashes(_hashes(export.size, heard))
        writer.checkpoints(map(_note, sizes))
        # Where rows of the tree are gone nothing can be proven: the bundle is written all the same, without its proofs,
        # and what is missing is the verifier's to name.
        with suppress(TileRefused):
            hash_of = hashes_over(export.size)
            steps = [(one, two, consistency_proof(one, two, hash_of)) for one, two in pairwise(sizes)]
            writer.consistency(steps)
            if export.only is not None:
                path = inclusion_proof(export.only, export.size, hash_of)
                writer.proof(TlogProof(export.only, tuple(path), _note(export.size)))
    return lines.entries


class _Lines:
    """The lines of the entries and the absences. ``entries``: how many of the former there were."""

    def __init__(self, export: Export, heard: Callable[[int], None]) -> None:
        self._export = export
        self._heard = heard
        self.entries = 0

    def __iter__(self) -> Iterator[bytes]:
        written = gaps = 0
        for part in whole_log(self._export, self._heard):
            if isinstance(part, placed.Placed):
                self.entries += 1
                line = entry(part.index, part.salt, part.content)
            elif part.why is Why.MISSING:
                continue
            else:
                gaps += 1
                line = absence(part.first, part.last, pruned_by=part.by)
            written += len(line)
            if gaps > MAX_ABSENCES:
                raise TooScattered
            if written > MOST_BYTES:
                raise TooLarge
            yield line
        # What somebody put into the table of entries past the application has neither a place nor a salt. It is not
        # for an export to leave it out: the verifier says that it was added.
        for at, content in enumerate(placed.strays(self._export.created)):
            yield entry(self._export.size + at, bytes(SALT_BYTES), content)


def _hashes(size: int, heard: Callable[[int], None]) -> Iterator[bytes]:
    for first, last in slices(size):
        leaves = Leaf.objects.filter(index__gte=first, index__lte=last).order_by("index")
        yield b"".join(bytes(each) for each in leaves.values_list("hash", flat=True))
        heard(size)


_SPREAD: Final = """
    SELECT DISTINCT ON (size * %s / %s) size FROM audit_checkpoint WHERE size <= %s ORDER BY size * %s / %s, size
"""


def _sizes(size: int, keys: list[Reign]) -> list[int]:
    """Of the checkpoints that go into the bundle: the one of the whole log, those at which a key took over, and of all
    others as many as go, spread over the log."""
    with connection.cursor() as cursor:
        cursor.execute(_SPREAD, [CHECKPOINTS, size or 1, size, CHECKPOINTS, size or 1])
        chosen = {found for (found,) in cursor.fetchall()}
    for reign in keys[1:]:
        took_over = Checkpoint.objects.filter(size__gt=reign.since, size__lte=size).order_by("size")
        chosen |= set(took_over.values_list("size", flat=True)[:1])
    chosen |= set(Checkpoint.objects.filter(size=size).values_list("size", flat=True))
    return sorted(chosen)


def _note(size: int) -> bytes:
    return Checkpoint.objects.values_list("note", flat=True).get(size=size).encode("utf-8")
