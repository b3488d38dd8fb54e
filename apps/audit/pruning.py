"""The pruner: what is past the plan's retention leaves the log, from its beginning on, and never unexplained.

In two steps. First an entry announces the oldest stretch; nothing is gone yet. Once a checkpoint has signed that entry,
the contents and salts of the stretch go, and the leaf hashes stay: all proofs hold, and whoever finds something absent
finds the entry that says so. Each batch is a transaction of its own, so that it may be killed at any moment, and the
next run goes on. What may go, the database decides by itself (apps/audit/retention_functions.py).
"""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import Min

from apps.audit import holds
from apps.audit.content import stretch_of
from apps.audit.errors import AuditError, LogBroken
from apps.audit.models import Entry
from apps.audit.placed import Placed, announced, read, signed_size
from apps.audit.recording import record
from apps.audit.retention_functions import LONGEST, STAYS
from apps.audit.tree import Leaf
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.provisioning_queue import staff_credentials
from apps.tenants.walls import behind, within

log = logging.getLogger(__name__)

PAUSE: Final = 600.0
"""Seconds between two rounds. What one announces, a later one removes."""
TOGETHER: Final = 1_000
"""Entries that are removed in one transaction."""
LEAST: Final = 1_000
LATEST: Final = datetime.timedelta(days=7)
"""A stretch is announced when it is that long, or when its first entry has been overdue for so long: an announcement
is an entry itself, and stays for ever."""
LONGEST_WAIT: Final = "5s"
"""For a lock: a hold that is being placed goes first."""

_STAYS: Final = frozenset(action.label for action in STAYS)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a run did with one log: entries removed, and the stretches that it announced, first and last included."""

    removed: int
    announced: tuple[tuple[int, int], ...]


def prune(days: int, together: int = TOGETHER, least: int = LEAST) -> Pruned:
    """Removes what is announced and signed, then announces what is next, in the log of the tenant whose walls stand.

    ``days`` is what its plan keeps. Does nothing under a hold. Raises :class:`LogBroken`, and DatabaseError where a
    hold was placed meanwhile.
    """
    if holds.standing().exists():
        return Pruned(0, ())
    signed = signed_size()
    due = [(first, last) for first, last, by in announced() if by < signed and _has_salt(last)]
    removed = sum(_remove(first, last, together) for first, last in due)
    return Pruned(removed, tuple(_announce(days, signed, least)))


def _has_salt(index: int) -> bool:
    return Leaf.objects.filter(index=index, salt__isnull=False).exists()


# ---- removing -------------------------------------------------------------------------------------------------------

_GO: Final = """
    DELETE FROM audit_entry WHERE id IN (
        SELECT entry_id FROM audit_leaf WHERE index BETWEEN %s AND %s AND salt IS NOT NULL)
"""
_FORGET: Final = "UPDATE audit_leaf SET salt = NULL WHERE index BETWEEN %s AND %s AND salt IS NOT NULL"


def _remove(first: int, last: int, together: int) -> int:
    """From the lowest on: where this ends early, the highest still has its salt."""
    within = Leaf.objects.filter(index__gte=first, index__lte=last, salt__isnull=False)
    begin = within.order_by().aggregate(lowest=Min("index"))["lowest"]
    removed = 0
    for start in range(last + 1 if begin is None else begin, last + 1, together):
        stretch = [start, min(start + together - 1, last)]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
            cursor.execute(_GO, stretch)
            removed += cursor.rowcount
            cursor.execute(_FORGET, stretch)
    return removed


# ---- announcing -----------------------------------------------------------------------------------------------------


def _announce(days: int, signed: int, least: int) -> Iterator[tuple[int, int]]:
    """Records the oldest stretches that are past their retention, once nothing announced waits any more."""
    said = [prunes for prunes in map(stretch_of, _announcements()) if prunes is not None]
    if any(_has_salt(last) for _, last in said):
        return
    begin = 1 + max((last for _, last in said), default=-1)
    until = _now() - datetime.timedelta(days=days)
    if not _is_worth_it(begin, until, least):
        return
    for first, last in _stretches(begin, min(begin + LONGEST, signed) - 1, until):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}'")
            record(Action.PRUNING, details={"prunes": [first, last]}, narrative=f"Past the {days} days of the plan")
        yield first, last


def _announcements() -> list[object]:
    entries = Entry.objects.filter(action=Action.PRUNING).order_by("id")
    return list(entries.values_list("additional_data", flat=True))


def _now() -> datetime.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now: datetime.datetime = cursor.fetchone()[0]
    return now


def _is_worth_it(begin: int, until: datetime.datetime, least: int) -> bool:
    """Two leaves say it: ``logged`` never goes down in a log."""
    logged = dict(Leaf.objects.filter(index__in=[begin, begin + least - 1]).values_list("index", "logged"))
    oldest, one = logged.get(begin), logged.get(begin + least - 1)
    return oldest is not None and (oldest <= until - LATEST or (one is not None and one <= until))


def _stretches(begin: int, end: int, until: datetime.datetime) -> Iterator[tuple[int, int]]:
    """Runs of entries that were logged by then, without those that stay. Raises :class:`LogBroken` at what is not as
    it was logged: what somebody has changed or taken away is no more evidence once it is announced as pruned."""
    first = index = begin
    logged = dict(
        Leaf.objects.filter(index__gte=begin, index__lte=end, logged__lte=until).values_list("index", "logged")
    )
    for index in range(begin, begin + len(logged)):
        if index not in logged:
            raise LogBroken(index, "has no leaf")
    last = begin + len(logged) - 1
    for place in read(begin, last):
        if not isinstance(place, Placed):
            raise LogBroken(place.index, "is gone, and no entry says so")
        if not place.is_as_logged:
            raise LogBroken(place.index, "is not what was logged")
        if place.entry["action"] in _STAYS:
            if place.index > first:
                yield first, place.index - 1
            first = place.index + 1
    if last >= first:
        yield first, last


# ---- all logs -------------------------------------------------------------------------------------------------------


def round_of_all(ended: threading.Event | None = None) -> int:
    """Each log once; says how many entries were removed. A log that cannot be pruned keeps no other from it."""
    with behind(staff_credentials()):
        tenants = list(Tenant.objects.select_related("plan").exclude(state=Tenant.State.PREPARING).order_by("id"))
    removed = 0
    for tenant in tenants:
        if ended is not None and ended.is_set():
            break
        try:
            with within(tenant):
                done = prune(tenant.plan.audit_days)
        except (AuditError, DatabaseError) as error:
            code = getattr(error, "code", type(error).__name__)
            log.error("The log of tenant %s is not pruned (%s): %s", tenant.id, code, error)
            if isinstance(error, DatabaseError):
                connection.close()
            continue
        removed += done.removed
        if done.removed or done.announced:
            said = "The log of tenant %s: %d entries pruned, %d stretches announced."
            log.info(said, tenant.id, done.removed, len(done.announced))
    return removed


def run(ended: threading.Event, pause: float = PAUSE) -> None:
    """Round after round until ``ended`` is set. Survives a database that goes away for a while."""
    while not ended.is_set():
        try:
            round_of_all(ended)
        except DatabaseError:
            log.exception("The database cannot be reached; the next round tries again.")
            connection.close()
        ended.wait(pause)
