"""An export's life: each move is one conditional UPDATE, so that of two who try one succeeds, and the other is told.

waiting -> making -> ready -> expired, or failed. Whoever makes it holds a :class:`Claim`: a lease, and the number of
their turn (a fencing token). A worker that was killed loses its lease, the next one has a higher number, and goes on
with the pieces that are there; what the late one then says is refused.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now

from apps.audit.acting import narrating
from apps.audit.exports.errors import WORKER_LOST, LeaseLost
from apps.audit.exports.models import Export, State

ASKED_FOR: Final = datetime.timedelta(minutes=2)
"""How long the queue is trusted with an export before it is put there again."""
MOST_TURNS: Final = 5
"""Workers that may die over one export until it is taken for the cause."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's turn with an export, as the row was when it was taken."""

    export: Export
    fence: int


def lease() -> datetime.timedelta:
    """How long a worker may be silent before another takes its export."""
    return datetime.timedelta(seconds=settings.AUDIT_EXPORT_LEASE_SECONDS)


def claim(id: uuid.UUID) -> Claim | None:
    """Takes an export that waits, or whose worker is gone. None where another has it, or there is nothing to do."""
    free = Q(state=State.WAITING) | Q(state=State.MAKING, next_look__lte=Now())
    with transaction.atomic(), narrating("A worker takes the export"):
        taken = Export.objects.filter(free, id=id).update(
            state=State.MAKING, fence=F("fence") + 1, next_look=Now() + lease()
        )
        # Its own update holds the row until the transaction ends: the number read is the one that was written.
        if not taken:
            return None
        export = Export.objects.get(id=id)
        return Claim(export, export.fence)


def _mine(claimed: Claim) -> Q:
    return Q(id=claimed.export.id, fence=claimed.fence, state=State.MAKING)


def tell(claimed: Claim, looked: int) -> None:
    """Says how far the worker is, and keeps its lease. Raises :class:`LeaseLost`."""
    # Who takes over looks at the log from its beginning; nobody who watches has to see it go back.
    farther = Greatest(F("looked"), looked)
    if not Export.objects.filter(_mine(claimed)).update(looked=farther, next_look=Now() + lease()):
        raise LeaseLost


def count_piece(claimed: Claim, pieces: Sequence[str], bytes: int) -> None:
    """Says which pieces count from here on. Raises :class:`LeaseLost`."""
    if not Export.objects.filter(_mine(claimed)).update(pieces=list(pieces), bytes=bytes, next_look=Now() + lease()):
        raise LeaseLost


def finish(claimed: Claim, *, entries: int, digest: str) -> None:
    """Says that all pieces are there. Raises :class:`LeaseLost`."""
    kept = datetime.timedelta(days=settings.AUDIT_EXPORT_DAYS)
    with transaction.atomic(), narrating("The export is ready"):
        done = Export.objects.filter(_mine(claimed)).update(
            state=State.READY, looked=F("size"), entries=entries, digest=digest, ended=Now(), expires=Now() + kept
        )
        if not done:
            raise LeaseLost


def fail(claimed: Claim, reason: str) -> None:
    """Says that there will be no file, by a stable code. Raises :class:`LeaseLost`."""
    with transaction.atomic(), narrating("The export failed"):
        if not _is_failed(_mine(claimed), claimed.export.id, reason):
            raise LeaseLost


def _is_failed(which: Q, id: uuid.UUID, reason: str) -> bool:
    gone = {"pieces": [], "bytes": 0}
    failed = Export.objects.filter(which, id=id).update(state=State.FAILED, reason=reason, ended=Now(), **gone)
    return bool(failed)


def expire(id: uuid.UUID) -> bool:
    """Takes a file out of use that is past its time; whoever calls deletes its pieces then. False: it is not."""
    with transaction.atomic(), narrating("The export expired"):
        due = Export.objects.filter(id=id, state=State.READY, expires__lte=Now())
        return bool(due.update(state=State.EXPIRED, pieces=[]))


def forgotten() -> list[uuid.UUID]:
    """The exports whose worker or whose place in the queue was lost; each is given out once.

    One over which too many workers died is failed, not tried for ever.
    """
    deadly = Q(state=State.MAKING, next_look__lte=Now(), fence__gte=MOST_TURNS)
    for id in list(Export.objects.filter(deadly).values_list("id", flat=True)):
        with transaction.atomic(), narrating("Its workers were lost"):
            _is_failed(deadly, id, WORKER_LOST)
    late = Export.objects.filter(state__in=[State.WAITING, State.MAKING], next_look__lte=Now())
    return [id for id in late.values_list("id", flat=True) if _is_given_out(id)]


def _is_given_out(id: uuid.UUID) -> bool:
    waits = Export.objects.filter(id=id, state=State.WAITING, next_look__lte=Now())
    if waits.update(next_look=Now() + ASKED_FOR):
        return True
    # The lease itself is left: it is what the next worker is let in by.
    return Export.objects.filter(id=id, state=State.MAKING, next_look__lte=Now()).exists()
