"""Reading the log: by time, actor, action, object and request, newest first, a page at a time.

Only equality and order of leakproof types, which keep their index behind row-level security; so there is no search for
parts of words here. No search reads the whole log: a page reads about as many rows as it has.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import struct
import uuid
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from apps.audit.errors import CursorRefused
from apps.audit.models import Entry, Leaf
from apps.audit.vocabulary import Action

MOST: Final = 200
"""Entries of a page at most."""
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)
_NOBODY: Final = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is None is not asked. ``since`` is included, ``until`` is not."""

    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    actor_id: uuid.UUID | None = None
    token_id: uuid.UUID | None = None
    action: Action | None = None
    object_type: str | None = None
    object_pk: str | None = None
    request_id: uuid.UUID | None = None
    index: int | None = None
    """Its place in the log."""

    def __post_init__(self) -> None:
        if self.object_pk is not None and self.object_type is None:
            raise ValueError("An object is found by its type and its key together.")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last entry that was seen: the next page begins after it. Entries that are added meanwhile shift nothing."""

    timestamp: datetime.datetime
    id: int

    def __str__(self) -> str:
        packed = struct.pack(">qq", (self.timestamp - _EPOCH) // _MICROSECOND, self.id)
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")

    @staticmethod
    def parse(text: str) -> Cursor:
        """Raises :class:`CursorRefused` for what :meth:`__str__` has not made."""
        try:
            microseconds, entry_id = struct.unpack(">qq", base64.b64decode(text + "==", altchars=b"-_", validate=True))
            if microseconds < 0 or entry_id < 1:
                raise CursorRefused
            return Cursor(_EPOCH + microseconds * _MICROSECOND, entry_id)
        except (binascii.Error, struct.error, OverflowError, ValueError) as error:
            raise CursorRefused from error


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and where the next page begins; None at the end."""

    entries: tuple[Entry, ...]
    next: Cursor | None


def page(wanted: Wanted, after: Cursor | None = None, size: int = 50) -> Page:
    """One page of the log of the tenant behind whose walls this stands. ``size`` is from 1 to :data:`MOST`."""
    if not 1 <= size <= MOST:
        raise ValueError(f"A page has 1 to {MOST} entries, not {size}.")
    found = list(matching(wanted, after)[: size + 1])
    entries = tuple(found[:size])
    more = len(found) > size
    return Page(entries, Cursor(entries[-1].timestamp, entries[-1].id) if more else None)


def matching(wanted: Wanted, after: Cursor | None = None) -> QuerySet[Entry]:
    """The entries, newest first, as a query: for pages and for exports."""
    asked = {
        "timestamp__gte": wanted.since,
        "timestamp__lt": wanted.until,
        "actor_id": None if wanted.object_pk is not None else wanted.actor_id,
        "actor_token": wanted.token_id,
        "action": wanted.action,
        "object_type": wanted.object_type,
        "object_pk": wanted.object_pk,
        "request_id": wanted.request_id,
    }
    entries: QuerySet[Entry] = Entry.objects.filter(
        **{name: value for name, value in asked.items() if value is not None}
    )
    if wanted.object_pk is not None and wanted.actor_id is not None:
        # An object has fewer entries than a person, which PostgreSQL cannot know: the index of the object is to be
        # taken, and an expression leaves it no other.
        entries = entries.alias(by=Coalesce("actor_id", Value(_NOBODY))).filter(by=wanted.actor_id)
    if wanted.index is not None:
        entries = entries.filter(id__in=Leaf.objects.filter(index=wanted.index).order_by().values("entry_id"))
    if after is not None:
        # The first half alone is a bound of the index; the second takes out what shares the microsecond.
        entries = entries.filter(timestamp__lte=after.timestamp).filter(
            Q(timestamp__lt=after.timestamp) | Q(id__lt=after.id)
        )
    return entries.order_by("-timestamp", "-id")
