"""A proof bundle of the log of the tenant whose walls stand, written by hand."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from itertools import groupby

from apps.audit.log_keys import reigns
from apps.audit.models import Checkpoint
from apps.audit.placed import Placed, Pruned, read, signed_size
from specward.tlog import BundleWriter, Manifest, timestamp
from specward.tlog.bundling import absence, entry


def bundle() -> bytes:
    """All of it, up to the newest checkpoint."""
    size = signed_size()
    keys = tuple(reign.key for reign in reigns())
    stream = io.BytesIO()
    with BundleWriter(stream, Manifest(keys[0].name, size, keys, timestamp(datetime.datetime.now(datetime.UTC)))) as to:
        to.entries(_lines(size))
        to.hashes(place.hash for place in read(0, size - 1))
        to.checkpoints(note.encode() for note in Checkpoint.objects.order_by("size").values_list("note", flat=True))
    return stream.getvalue()


def _lines(size: int) -> Iterator[bytes]:
    for by, stretch in groupby(read(0, size - 1), lambda place: place.by if isinstance(place, Pruned) else None):
        found = list(stretch)
        if by is not None:
            yield absence(found[0].index, found[-1].index, pruned_by=by)
        else:
            for place in found:
                assert isinstance(place, Placed), place
                yield entry(place.index, place.salt, place.content)
