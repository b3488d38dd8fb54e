"""The end of a recording: condemned, its object deleted, certified. A crash in between is caught up by the purge.

1. *discarding*: one conditional UPDATE. From here on nobody opens it, and no hold can be placed.
2. The object is deleted, after the transaction of 1 is committed: one that is rolled back has deleted nothing.
3. The certificate and *discarded*, in one transaction, which the database takes only together.

Doing 2 and 3 again does no harm, so whoever finds a recording *discarding* does both.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from apps.audit.acting import narrating
from apps.recordings import end_users, life, uploads
from apps.recordings.errors import Held, IllegalMove
from apps.recordings.models import Certificate, Recording, State, Why
from apps.recordings.receiving import clear_away, lock_name
from apps.tenants.walls import behind
from apps.tenants.walls import connection as walled
from apps.vault import configured
from apps.vault.errors import NoSuchObject

_FOLDER: Final = "recordings/"


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did: certified discards, uploads that never arrived, objects that no recording has."""

    discarded: int = 0
    uploads: int = 0
    strays: int = 0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What became of the recordings of a person. ``held`` are under a legal hold, and stay."""

    discarded: tuple[uuid.UUID, ...]
    held: tuple[uuid.UUID, ...]


def discard(id: uuid.UUID, why: Why) -> None:
    """Discards a recording once the caller's transaction is committed, and not at all where it is rolled back.

    Raises :class:`Held`, which wins, and :class:`IllegalMove`, also where it is being discarded already.
    """
    walls = walled().walls

    def carry_on() -> None:
        with behind(walls):
            carry_out(id)

    with transaction.atomic():
        life.condemn(id, why)
        # What fails here is caught up by the purge.
        transaction.on_commit(carry_on, robust=True)


def carry_out(id: uuid.UUID) -> bool:
    """Deletes and certifies a recording that is being discarded. False where there is nothing (left) to do."""
    if not Recording.objects.filter(id=id, state=State.DISCARDING).exists():
        return False
    _delete(f"{_FOLDER}{id}")
    with transaction.atomic(), narrating("The recording was discarded"):
        recording = Recording.objects.select_for_update().filter(id=id, state=State.DISCARDING).first()
        if recording is None:
            return False
        Certificate.objects.create(
            recording=recording, digest=recording.digest, size=recording.size, reason=recording.discard_why
        )
        recording.name, recording.state, recording.discarded = None, State.DISCARDED, Now()
        recording.save(update_fields=["name", "state", "discarded"])
    return True


def forget(end_user: str) -> Forgotten:
    """Discards every recording of a person, by the id that was given when they were uploaded, and gives up the uploads
    of more."""
    gone: list[uuid.UUID] = []
    held: list[uuid.UUID] = []
    uploads.forget(end_users.digest(end_user))
    for id in _theirs(end_user).values_list("id", flat=True):
        try:
            discard(id, Why.END_USER)
            gone.append(id)
        except Held:
            held.append(id)
        except IllegalMove:
            continue  # it is on its way out already, or arriving
    return Forgotten(tuple(gone), tuple(held))


def would_forget(end_user: str) -> Forgotten:
    """What :func:`forget` would discard and leave, as things stand; nothing is changed."""
    known = _theirs(end_user).exclude(state__in=[State.ARRIVING, State.DISCARDING])
    held = {id: since is not None for id, since in known.values_list("id", "held")}
    return Forgotten(tuple(i for i, is_held in held.items() if not is_held), tuple(i for i in held if held[i]))


def _theirs(end_user: str) -> QuerySet[Recording]:
    """The recordings of a person that are not discarded yet."""
    theirs = Recording.objects.filter(end_user=end_users.digest(end_user), discarded__isnull=True)
    return theirs.order_by("created")


def purge() -> Purged:
    """Discards what is due, and ends what a process that died has begun, of the tenant behind whose walls this runs.

    Safe to run from several processes, and again after an outage of any length.
    """
    for id, why in list(_overdue()):
        try:
            discard(id, why)
        except (Held, IllegalMove):
            continue  # another purge was first, or a hold was placed
    discarded = sum(carry_out(id) for id in _ids(Q(state=State.DISCARDING)))
    lost = _ids(Q(state=State.ARRIVING, next_look__lte=Now()))
    for id in lost:
        clear_away(id)
    unfinished = uploads.purge()
    strays = sum(_is_removed(name) for name in list(configured.object_store().names(_FOLDER)))
    configured.object_store().remove_unfinished()
    return Purged(discarded, len(lost) + unfinished, strays)


def without_a_row(names: Iterable[str]) -> list[str]:
    """Of objects in ``recordings/`` those that no recording has: it is discarded, or was never there. What arrives at
    this moment, in a transaction in which nobody else sees its row, has one."""
    by_id = {name: _recording_of(name) for name in names}
    known = Recording.objects.filter(id__in=[id for id in by_id.values() if id is not None])
    owned = set(known.exclude(state=State.DISCARDED).values_list("id", flat=True))
    return [name for name, id in by_id.items() if id not in owned and not (id is not None and _is_arriving(id))]


def _recording_of(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name.removeprefix(_FOLDER))
    except ValueError:
        return None  # none of ours


def _is_arriving(id: uuid.UUID) -> bool:
    with transaction.atomic():
        return not _is_alone(id)


def _is_alone(id: uuid.UUID) -> bool:
    """Whether nobody is just receiving it; until the end of the transaction nobody is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [lock_name(id)])
        (is_alone,) = cursor.fetchone() or (False,)
    return bool(is_alone)


def _ids(which: Q) -> list[uuid.UUID]:
    return list(Recording.objects.filter(which).values_list("id", flat=True))


def _overdue() -> Iterator[tuple[uuid.UUID, Why]]:
    idle = Q(state__in=[State.RECEIVED, State.SPECIFIED, State.FAILED]) | Q(
        state=State.GENERATING, next_look__lte=Now()
    )
    due = Recording.objects.filter(idle, held__isnull=True, discard_after__lte=Now())
    for recording in due.order_by("discard_after"):
        is_made = recording.state == State.SPECIFIED and recording.keep_days == 0
        yield recording.id, Why.SPECIFIED if is_made else Why.RETENTION


def _delete(name: str) -> bool:
    try:
        configured.object_store().delete(name)
    except NoSuchObject:
        return False  # whoever was here before had come that far
    return True


def _is_removed(name: str) -> bool:
    """Takes away an object whose recording is discarded, such as one from a backup of the store, or was never there."""
    id = _recording_of(name)
    if id is None:
        return False
    with transaction.atomic():
        if not _is_alone(id) or Recording.objects.filter(id=id).exclude(state=State.DISCARDED).exists():
            return False
        return _delete(name)
