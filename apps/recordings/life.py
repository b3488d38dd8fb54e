"""A recording's life: each move is one conditional UPDATE, so that of two who try one succeeds, and the other is told.

arriving -> received -> generating -> specified -> discarding -> discarded. *failed* is left by another try or by the
discard; every state after *arriving* can be left for *discarding*, unless there is a legal hold.

Whoever generates holds a :class:`Claim`: a lease, and the number of their turn (a fencing token). A worker that was
killed loses its lease, and the next one has a higher number; what the late one then says is refused.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.audit.acting import Actor, narrating
from apps.recordings.errors import Held, IllegalMove, LeaseLost, UploadLost
from apps.recordings.models import Recording, State, Step, Why
from apps.recordings.signals import recording_failed, recording_received

ASKED_FOR: Final = datetime.timedelta(minutes=10)
"""How long the queue is trusted with a recording before it is put there again."""
MOST_TURNS: Final = 5
"""Workers that may die over one recording until it is taken for the cause. Each try that somebody asks for has as
many again."""
WORKER_LOST: Final = "generation.worker_lost"


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's turn with a recording, as the recording was when it was taken."""

    recording: Recording
    fence: int

    @property
    def id(self) -> uuid.UUID:
        return self.recording.id


def lease() -> datetime.timedelta:
    """How long a worker may be silent before another takes its recording."""
    return datetime.timedelta(seconds=settings.GENERATION_LEASE_SECONDS)


def _move(id: uuid.UUID, wanted: State, from_: Q, **columns: Any) -> None:
    if not Recording.objects.filter(from_, id=id).update(state=wanted, **columns):
        raise _refused(id, wanted)


def _refused(id: uuid.UUID, wanted: State) -> IllegalMove | Held:
    found = Recording.objects.filter(id=id).first()
    if found is not None and found.held is not None and wanted is State.DISCARDING:
        return Held(id)
    return IllegalMove(id, wanted.value, found.state if found is not None else "not there")


# ---- the arrival ----------------------------------------------------------------------------------------------------


def arrive(id: uuid.UUID, digest: str, size: int) -> None:
    """Says that the bytes are stored and are a recording. Raises :class:`UploadLost`, and IntegrityError where the
    same bytes are here already."""
    with transaction.atomic(), narrating("A recording was received"):
        arrived = Recording.objects.filter(id=id, state=State.ARRIVING).update(
            state=State.RECEIVED, digest=digest, size=size, next_look=Now() + ASKED_FOR
        )
        if not arrived:
            raise UploadLost
        recording_received.send(Recording, id=id)


# ---- the spec -------------------------------------------------------------------------------------------------------


def claim(id: uuid.UUID) -> Claim | None:
    """Takes a recording that waits, or whose worker is gone. None where another has it, or there is nothing to do."""
    free = Q(state=State.RECEIVED) | Q(state=State.GENERATING, next_look__lte=Now())
    with transaction.atomic(), narrating("A worker takes the recording"):
        taken = Recording.objects.filter(free, id=id).update(
            state=State.GENERATING, fence=F("fence") + 1, step=Step.TRACING, next_look=Now() + lease()
        )
        # Its own update holds the row until the transaction ends: the number read is the one that was written.
        if not taken:
            return None
        recording = Recording.objects.get(id=id)
        return Claim(recording, recording.fence)


def _mine(claimed: Claim) -> Q:
    return Q(id=claimed.id, fence=claimed.fence, state=State.GENERATING)


def tell(claimed: Claim, step: Step) -> None:
    """Says how far the worker is, and keeps its lease. Raises :class:`LeaseLost`."""
    if not Recording.objects.filter(_mine(claimed)).update(step=step, next_look=Now() + lease()):
        raise LeaseLost(claimed.id)


def specify(claimed: Claim) -> None:
    """Says that the spec is saved; in the transaction that saves it. Raises :class:`LeaseLost`, which undoes both."""
    now = Now()
    with narrating("The spec was made"):
        done = Recording.objects.filter(_mine(claimed)).update(
            state=State.SPECIFIED, step=Step.NONE, reason="", specified=now
        )
        if not done:
            raise LeaseLost(claimed.id)
        Recording.objects.filter(id=claimed.id, keep_days=0).update(discard_after=now)


def fail(claimed: Claim, reason: str) -> None:
    """Says that there will be no spec, by a stable code. The input is kept until its retention ends. Raises
    :class:`LeaseLost`."""
    with transaction.atomic(), narrating("No spec could be made"):
        if not _is_failed(_mine(claimed), claimed.id, reason):
            raise LeaseLost(claimed.id)


def _is_failed(which: Q, id: uuid.UUID, reason: str) -> bool:
    if not Recording.objects.filter(which, id=id).update(state=State.FAILED, step=Step.NONE, reason=reason):
        return False
    recording_failed.send(Recording, id=id, reason=reason)
    return True


def try_again(id: uuid.UUID) -> None:
    """Has a spec made of a recording that failed. Raises :class:`IllegalMove`."""
    with transaction.atomic(), narrating("Another try was asked for"):
        again = {"reason": "", "next_look": Now() + ASKED_FOR, "turns_before": F("fence")}
        _move(id, State.RECEIVED, Q(state=State.FAILED), **again)
        recording_received.send(Recording, id=id)


def forgotten() -> list[uuid.UUID]:
    """The recordings whose worker or whose place in the queue was lost; each is given out once.

    One over which too many workers died is failed, not tried for ever.
    """
    deadly = Q(state=State.GENERATING, next_look__lte=Now(), fence__gte=F("turns_before") + MOST_TURNS)
    for id in list(Recording.objects.filter(deadly).values_list("id", flat=True)):
        with transaction.atomic(), narrating("Its workers were lost"):
            _is_failed(deadly, id, WORKER_LOST)
    late = Recording.objects.filter(state__in=[State.RECEIVED, State.GENERATING], next_look__lte=Now())
    return [id for id in late.values_list("id", flat=True) if _is_given_out(id)]


def _is_given_out(id: uuid.UUID) -> bool:
    waits = Recording.objects.filter(id=id, state=State.RECEIVED, next_look__lte=Now())
    if waits.update(next_look=Now() + ASKED_FOR):
        return True
    # The lease itself is left: it is what the next worker is let in by.
    return Recording.objects.filter(id=id, state=State.GENERATING, next_look__lte=Now()).exists()


# ---- the discard ----------------------------------------------------------------------------------------------------

_UNDISCARDED: Final = (State.RECEIVED, State.GENERATING, State.SPECIFIED, State.FAILED)


def condemn(id: uuid.UUID, why: Why) -> None:
    """The first step of the discard, from which on nobody may use it. Raises :class:`IllegalMove` and :class:`Held`."""
    with narrating(f"To be discarded: {why.label.lower()}"):
        _move(
            id,
            State.DISCARDING,
            Q(state__in=_UNDISCARDED, held__isnull=True),
            discard_why=why,
            step=Step.NONE,
        )


# ---- legal hold -----------------------------------------------------------------------------------------------------


def hold(id: uuid.UUID, by: Actor, why: str) -> None:
    """Keeps a recording whatever its retention says. Raises :class:`IllegalMove` once its discard has begun."""
    with narrating("A legal hold was placed"):
        placed = Recording.objects.filter(id=id, state__in=_UNDISCARDED, held__isnull=True).update(
            held=Now(), held_by_id=by.id, held_by_name=by.name[:200], held_why=why.strip()[:500]
        )
    if not placed:
        raise _no_hold(id, "held")


def lift(id: uuid.UUID) -> None:
    """Takes the hold away: what is overdue goes with the next purge. Raises :class:`IllegalMove`."""
    with narrating("The legal hold was lifted"):
        lifted = Recording.objects.filter(id=id, held__isnull=False).update(
            held=None, held_by_id=None, held_by_name="", held_why=""
        )
    if not lifted:
        raise _no_hold(id, "free of a hold")


def _no_hold(id: uuid.UUID, wanted: str) -> IllegalMove:
    found = Recording.objects.filter(id=id).first()
    state = "not there" if found is None else found.state if found.held is None else "held"
    return IllegalMove(id, wanted, state)
