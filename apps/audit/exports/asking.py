"""Asking for an export of the log: a row, an entry that says so, and a place in the queue."""

from __future__ import annotations

import uuid
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from apps.audit import placed
from apps.audit.acting import Actor, narrating
from apps.audit.exports.errors import NothingSigned, NotPlaced, TooManyExports
from apps.audit.exports.life import ASKED_FOR
from apps.audit.exports.models import Export, Format, State
from apps.audit.exports.selecting import kept
from apps.audit.recording import record
from apps.audit.search import Wanted
from apps.audit.tree import Leaf
from apps.audit.vocabulary import Action
from apps.tenants.walls import behind
from apps.tenants.walls import connection as walled

MOST: Final = 5
"""Exports of a tenant that may be under way at once."""


def ask(format: Format, wanted: Wanted, by: Actor, *, entry: int | None = None) -> Export:
    """An export of the log as it is now, to be made by a worker. ``entry`` is the id of the only one that it is of.

    It is of what the newest checkpoint covers; its own entry comes after that, and is never in it. Raises
    :class:`NothingSigned`, :class:`NotPlaced` and :class:`TooManyExports`.
    """
    size = placed.signed_size()
    if format is Format.BUNDLE and not size:
        raise NothingSigned
    only = None if entry is None else _place_of(entry, size)
    with transaction.atomic(), narrating("An export of the log was asked for"):
        _refuse_more()
        export = Export.objects.create(
            format=format,
            wanted=kept(wanted),
            only=only,
            size=size,
            next_look=timezone.now() + ASKED_FOR,
            by_kind=by.kind.value,
            by_id=by.id,
            by_name=by.name[:200],
        )
        details = {"format": format.value, "filtered_by": sorted(kept(wanted)), "size": size}
        if only is not None:
            details["only"] = only
        record(Action.EXPORT, export, details=details, narrative=f"Exports the audit log as {format.label}")
        _hand_over(export.id)
    return export


def _place_of(entry: int, size: int) -> int:
    index = Leaf.objects.filter(entry_id=entry, index__lt=size).values_list("index", flat=True).first()
    if index is None:
        raise NotPlaced
    return int(index)


def _refuse_more() -> None:
    with connection.cursor() as cursor:
        # Two at once would each count without the other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"exports {walled().walls.schema}"])
    if Export.objects.filter(state__in=[State.WAITING, State.MAKING]).count() >= MOST:
        raise TooManyExports(MOST)


def _hand_over(id: uuid.UUID) -> None:
    walls = walled().walls

    def carry_on() -> None:
        from apps.audit.tasks import make_export

        with behind(walls):
            make_export.delay(str(id))

    # A queue that is away loses nothing: what waits is found by its row (life.forgotten).
    transaction.on_commit(carry_on, robust=True)
