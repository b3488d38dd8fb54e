"""Taking a recording in: sealed as it streams, then read as the generation will read it.

Memory follows one chunk and one event. What is refused leaves nothing behind: no object and no row. A process that
dies on the way leaves both, and the purge (``discarding``) clears them away.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO, Final, cast

from django.db import IntegrityError, connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.audit.acting import Actor
from apps.recordings import end_users, life
from apps.recordings.errors import Altered, Duplicate, NotARecording, RecordingError, TooLarge
from apps.recordings.limits import WITHOUT_A_SPEC_DAYS, Caps, caps
from apps.recordings.models import Recording, State
from apps.vault import configured
from apps.vault.errors import NoSuchObject
from apps.vault.objects import Stored
from specward.errors import RecordingRefused
from specward.recording.reading import read_events

UPLOAD_TAKES: Final = datetime.timedelta(hours=1)
"""How long an upload is waited for."""
LONGEST_NAME: Final = 255
_PIECE: Final = 64 * 1024
_FULL_SNAPSHOT: Final = 2
_QUOTED: Final = re.compile(r"""(?:\bb)?['"{\[].*""", re.DOTALL)


def receive(
    content: Iterable[bytes] | BinaryIO,
    *,
    name: str,
    by: Actor,
    end_user: str = "",
    end_user_digest: str = "",
    sha256: str = "",
) -> Recording:
    """Stores one recording and asks for its spec.

    ``name`` is what the uploader calls it; nothing is decided by it. ``end_user`` is the recorded person's id, of which
    an HMAC is kept; ``end_user_digest`` is that, where nothing else is known any more. ``sha256`` (hexadecimal) is what
    the bytes should have.

    Raises :class:`TooLarge`, :class:`Altered`, :class:`NotARecording`, :class:`Duplicate`,
    :class:`~apps.recordings.errors.UploadLost`, and what ``content`` and the vault raise.
    """
    limits = caps()
    recording = Recording(
        name=_plain(name),
        next_look=timezone.now() + UPLOAD_TAKES,
        keep_days=limits.days,
        discard_after=timezone.now() + datetime.timedelta(days=limits.days or WITHOUT_A_SPEC_DAYS),
        end_user=end_users.digest(end_user) if end_user else end_user_digest,
        uploaded_by_kind=by.kind.value,
        uploaded_by_id=by.id,
        uploaded_by_name=by.name[:200],
    )
    _lock(recording.id)
    recording.save(force_insert=True)
    received = False
    try:
        refusal = _take_in(recording, content, limits, sha256)
        received = refusal is None
    finally:
        if not received:
            clear_away(recording.id)
    if refusal is not None:
        raise refusal
    recording.refresh_from_db()
    return recording


def first_of(digest: str) -> uuid.UUID | None:
    """The recording of these bytes, by their SHA-256: one that is kept, or of which a spec was made."""
    same: QuerySet[Recording] = Recording.objects.filter(digest=digest)
    counts = Q(discarded__isnull=True) | Q(specified__isnull=False)
    return same.filter(counts).order_by("created").values_list("id", flat=True).first()


def clear_away(id: uuid.UUID) -> None:
    """Takes away what an upload that did not arrive has left. In this order: a row without an object is found again."""
    with suppress(NoSuchObject):  # it was refused before it was whole
        configured.object_store().delete(f"recordings/{id}")
    Recording.objects.filter(id=id, state=State.ARRIVING).delete()


def lock_name(id: uuid.UUID) -> str:
    """What is locked while a recording arrives in a transaction, in which nobody else can see its row."""
    return f"recordings arriving {id}"


def _lock(id: uuid.UUID) -> None:
    if connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock_name(id)])


def _plain(name: str) -> str:
    """A name that can be shown: no control characters, not longer than a file name."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)[:LONGEST_NAME]


class _Counted:
    """The pieces, up to a number of bytes."""

    def __init__(self, content: Iterable[bytes] | BinaryIO, most: int) -> None:
        self._content = content
        self._left = most
        self.is_over = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in _pieces(self._content):
            self._left -= len(piece)
            if self._left < 0:
                self.is_over = True
                raise _Over
            yield piece


class _Over(Exception):
    """Ends the storing."""


def _pieces(content: Iterable[bytes] | BinaryIO) -> Iterator[bytes]:
    read = getattr(content, "read", None)
    if read is None:
        yield from content
        return
    while piece := read(_PIECE):
        yield piece


def _take_in(
    recording: Recording, content: Iterable[bytes] | BinaryIO, limits: Caps, sha256: str
) -> RecordingError | None:
    """Refusals are returned, and raised where no frame holds a piece of what was uploaded."""
    stored = _store(recording, content, limits)
    if isinstance(stored, RecordingError):
        return stored
    if sha256 and sha256.lower() != stored.sha256:
        return Altered(f"The {stored.size:,} bytes that came have another SHA-256 than was said.")
    if first := first_of(stored.sha256):
        return Duplicate(first)
    unreadable = _read_through(recording, limits)
    if unreadable is not None:
        return unreadable
    try:
        life.arrive(recording.id, stored.sha256, stored.size)
        return None
    except IntegrityError:
        first = first_of(stored.sha256)
        if first is None:
            raise
    return Duplicate(first)  # the same bytes came twice at the same time


def _store(recording: Recording, content: Iterable[bytes] | BinaryIO, limits: Caps) -> Stored | RecordingError:
    counted = _Counted(content, limits.upload)
    try:
        return configured.object_store().put(recording.object_name, iter(counted))
    except _Over:
        pass  # said below, where nothing is chained to it
    return TooLarge(f"An upload has {limits.upload:,} bytes at most, and this one has more.")


def _read_through(recording: Recording, limits: Caps) -> NotARecording | None:
    has_page = False
    where, why, way_out = "its end", "it holds no full snapshot, so that the page is not known", ""
    try:
        with configured.object_store().opened(recording.object_name) as stream:
            for event in read_events(cast(BinaryIO, stream), limits=limits.reading):
                has_page = has_page or event.type == _FULL_SNAPSHOT
    except RecordingRefused as refused:
        has_page = False
        where, way_out = refused.where, refused.hint
        # The library quotes up to 40 characters of what it found; a refusal of ours goes into logs.
        why = _QUOTED.sub("…", str(refused).removeprefix(f"{where}: "))
    return None if has_page else NotARecording(where, why, way_out)
