"""A recording that comes in parts, so that a line that breaks costs one part: begun, sent part by part, received.

Each part is sealed while it streams, and is an object of its own, ``uploads/<upload>/<part>``. The row of the upload
says which parts count and how far it is (``offset``); a part counts by one conditional UPDATE of that row, so that of
two that begin at the same offset one does. What does not count, and what a process that died has left, the purge takes.

Nothing here is done within a transaction but :func:`begin` and :func:`give_up`.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from apps.audit.acting import Actor, narrating
from apps.recordings import end_users, life
from apps.recordings.errors import (
    BrokenOff,
    Duplicate,
    Held,
    IllegalMove,
    RecordingError,
    TooLarge,
    TooManyParts,
    TooManyUploads,
    UploadBusy,
    UploadGone,
    WrongOffset,
)
from apps.recordings.limits import caps
from apps.recordings.models import Recording, Upload, Why
from apps.recordings.receiving import first_of, receive
from apps.tenants.walls import behind
from apps.tenants.walls import connection as walled
from apps.vault import configured
from apps.vault.binding import tenant_here
from apps.vault.errors import NoSuchObject

WAITS: Final = datetime.timedelta(hours=1)
"""How long an upload is kept after its last part."""
MOST_OF_A_PERSON: Final = 5
MOST: Final = 20
"""Uploads at once, of a person and of a tenant."""
MOST_PARTS: Final = 1_000
_FOLDER: Final = "uploads/"
_PIECE: Final = 64 * 1024


def begin(*, name: str, size: int, by: uuid.UUID, end_user: str = "", sha256: str = "") -> Upload:
    """An upload of ``size`` bytes by a person; ``end_user`` and ``sha256`` as :func:`receive` takes them.

    Raises :class:`TooLarge`, :class:`Duplicate` and :class:`TooManyUploads` before a byte has come.
    """
    most = caps().upload
    if size > most:
        raise TooLarge(f"An upload has {most:,} bytes at most, and this one is to have {size:,}.")
    if sha256 and (first := first_of(sha256.lower())):
        raise Duplicate(first)
    with transaction.atomic(), narrating("An upload was begun"):
        with connection.cursor() as cursor:
            # Two at once would each count without the other.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"uploads {tenant_here()}"])
        _refuse_more(by)
        return Upload.objects.create(
            name=name,
            size=size,
            sha256=sha256.lower(),
            end_user=end_users.digest(end_user) if end_user else "",
            by_id=by,
            expires=timezone.now() + WAITS,
        )


def _refuse_more(by: uuid.UUID) -> None:
    going_on = Upload.objects.filter(recording__isnull=True, expires__gt=Now())
    if going_on.filter(by_id=by).count() >= MOST_OF_A_PERSON:
        raise TooManyUploads("A person", MOST_OF_A_PERSON)
    if going_on.count() >= MOST:
        raise TooManyUploads("A tenant", MOST)


def refuse_misplaced(upload: Upload, offset: int, length: int) -> None:
    """Raises what is wrong with a part of ``length`` bytes that begins at ``offset``, before any of it is read:
    :class:`WrongOffset`, :class:`TooLarge`, :class:`TooManyParts`."""
    if offset != upload.offset:
        raise WrongOffset(upload.offset)
    if offset + length > upload.size:
        raise TooLarge(
            f"The part ends with byte {offset + length:,}, and {upload.size:,} were announced.",
            "Announce all of them when the upload begins.",
        )
    if length and len(upload.parts) >= MOST_PARTS:
        raise TooManyParts(MOST_PARTS)


def take(upload: Upload, offset: int, content: Iterable[bytes], length: int) -> Upload:
    """Stores a part, whole or not at all, and says how far the upload is now.

    ``upload`` is the row as it was found, :func:`refuse_misplaced` has let the part pass. Raises :class:`BrokenOff`,
    :class:`WrongOffset` where another part was quicker, :class:`UploadGone`, and what ``content`` and the vault raise.
    """
    refuse_misplaced(upload, offset, length)
    if not length:
        return upload
    part = str(uuid.uuid4())
    whole = _Whole(content, length)
    with suppress(_Short):  # said below, where nothing is chained to it
        configured.object_store().put(f"{_FOLDER}{upload.id}/{part}", iter(whole))
    if not whole.came:
        raise BrokenOff
    # The offset only rises: where it is still the same, so are the parts that were read with it.
    counts = Upload.objects.filter(id=upload.id, offset=offset, expires__gt=Now()).update(
        offset=offset + length, parts=[*upload.parts, part], expires=Now() + WAITS
    )
    if not counts:
        _delete(f"{_FOLDER}{upload.id}/{part}")
        raise _overtaken(upload.id)
    return Upload.objects.get(id=upload.id)


def _overtaken(id: uuid.UUID) -> WrongOffset | UploadGone:
    found = Upload.objects.filter(id=id, expires__gt=Now()).values_list("offset", flat=True).first()
    return UploadGone() if found is None else WrongOffset(found)


class _Short(Exception):
    """Ends the storing."""


class _Whole:
    """The pieces of a part; not to be stored where they are fewer or more bytes than announced."""

    def __init__(self, content: Iterable[bytes], length: int) -> None:
        self._content = content
        self._left = length
        self.came = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._content:
            self._left -= len(piece)
            if self._left < 0:
                break
            yield piece
        if self._left:
            raise _Short
        self.came = True


def complete(upload: Upload, by: Actor) -> Recording:
    """Receives an upload whose bytes are all here as a recording, and takes its parts away.

    Raises :class:`UploadBusy`, :class:`UploadGone` where it was given up meanwhile (what was received is discarded
    then), and what :func:`receive` raises: what that refuses is gone, the row and the parts; where the vault fails all
    is still here, to be tried again.
    """
    claimed = Upload.objects.filter(
        id=upload.id, offset=F("size"), completing__isnull=True, recording__isnull=True, expires__gt=Now()
    )
    if not claimed.update(completing=Now(), expires=Now() + WAITS):
        raise UploadBusy
    recording: Recording | None = None
    refusal: RecordingError | None = None
    try:
        recording = receive(
            _content(upload),
            name=upload.name.reveal(),
            by=by,
            end_user_digest=upload.end_user,
            sha256=upload.sha256,
        )
    except RecordingError as refused:
        refusal = refused
    except NoSuchObject:
        refusal = UploadGone()  # somebody has given it up
    finally:
        if recording is None and refusal is None:
            Upload.objects.filter(id=upload.id).update(completing=None)
    if recording is None:
        _remove(upload.id)
        raise refusal or UploadGone()
    with narrating("The upload became a recording"):
        is_wanted = Upload.objects.filter(id=upload.id).update(recording=recording.id, parts=[], expires=Now() + WAITS)
    _delete_parts(upload.id)
    if not is_wanted:
        with suppress(IllegalMove, Held):
            life.condemn(recording.id, Why.ASKED)  # and the purge carries it out
        raise UploadGone
    return recording


def _content(upload: Upload) -> Iterator[bytes]:
    for part in upload.parts:
        with configured.object_store().opened(f"{_FOLDER}{upload.id}/{part}") as stream:
            while piece := stream.read(_PIECE):
                yield piece


def give_up(id: uuid.UUID) -> None:
    """Takes an upload away once the caller's transaction is committed. Its recording, if it has become one, stays."""
    walls = walled().walls

    def carry_on() -> None:
        with behind(walls):
            _delete_parts(id)

    with transaction.atomic(), narrating("The upload was given up"):
        Upload.objects.filter(id=id).delete()
        # What fails here is caught up by the purge.
        transaction.on_commit(carry_on, robust=True)


def forget(end_user_digest: str) -> None:
    """Gives up the uploads of a recorded person."""
    for id in list(Upload.objects.filter(end_user=end_user_digest).values_list("id", flat=True)):
        give_up(id)


def purge() -> int:
    """Takes away the uploads that nobody has gone on with, and the parts that do not count. Says how many uploads."""
    over = list(Upload.objects.filter(expires__lte=Now()).values_list("id", flat=True))
    cleared = sum(_remove(id) for id in over)
    # In this order: a part whose upload is not there then has none.
    found = [(name, _upload_of(name)) for name in configured.object_store().names(_FOLDER)]
    rows = {row.id: row for row in Upload.objects.filter(id__in={id for _, id in found if id is not None})}
    for name, id in found:
        if id is not None and not _may_count(rows.get(id), name):
            _delete(name)
    return cleared


def without_a_row(names: Iterable[str]) -> list[str]:
    """Of objects in ``uploads/`` the parts that count for no upload, and that are not just arriving."""
    by_id = {name: _upload_of(name) for name in names}
    rows = Upload.objects.in_bulk([id for id in by_id.values() if id is not None])
    return [name for name, id in by_id.items() if not _may_count(None if id is None else rows.get(id), name)]


def _may_count(upload: Upload | None, name: str) -> bool:
    """Whether a part counts, or is just arriving: of an upload that is whole no more will."""
    if upload is None or upload.recording_id is not None:
        return False
    return upload.offset < upload.size or name.rsplit("/", 1)[-1] in upload.parts


def _upload_of(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name.removeprefix(_FOLDER).split("/")[0])
    except ValueError:
        return None  # none of ours


def _remove(id: uuid.UUID) -> int:
    """The row first: from there on no part counts, and what is left of them has no upload."""
    with narrating("The upload was cleared away"):
        gone, _ = Upload.objects.filter(id=id).delete()
    _delete_parts(id)
    return int(gone > 0)


def _delete_parts(id: uuid.UUID) -> None:
    for name in list(configured.object_store().names(f"{_FOLDER}{id}/")):
        _delete(name)


def _delete(name: str) -> None:
    with suppress(NoSuchObject):
        configured.object_store().delete(name)
