"""Pushing the log to a sink: claimed by a conditional update, sent with no transaction open, in order, at least once.

Only who has the last turn moves the position, and only from where they read. A worker that dies on the way is followed
by another: events then come twice, under the same ``metadata.uid``, and none is left out. Nothing of this writes an
entry, which would have to be pushed in its turn.
"""

from __future__ import annotations

import datetime
import logging
import random
import time
import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.audit import placed
from apps.audit.acting import narrating
from apps.siem import batches, notices, proving, sinks
from apps.siem.batches import Batch
from apps.siem.errors import TransactionOpen
from apps.siem.models import Sink
from apps.tenants.walls import connection as walled
from apps.webhooks import addresses
from apps.webhooks.errors import UrlRefused
from apps.webhooks.models import Attempt
from apps.webhooks.sending import Sent, send

log = logging.getLogger(__name__)

CLAIMED_FOR: Final = datetime.timedelta(minutes=2)
"""How long nobody else begins: longer than reading and sending one batch may take."""
BUSY_FOR: Final = 20.0
"""Seconds after which a worker leaves the rest to another task, so that other sinks have their turn."""
AGAIN_AFTER: Final = tuple(datetime.timedelta(seconds=seconds) for seconds in (5, 30, 60, 120, 300, 600, 900))
"""After a failure; the last of them after each further one."""
JITTER: Final = 0.2
FAILS_FOR: Final = datetime.timedelta(days=5)
"""A sink that has failed for so long, without one success, is switched off."""
REFUSES_FOR: Final = datetime.timedelta(days=1)
"""So is one that has refused for so long, which does not get better by waiting: a wrong token, a wrong address."""
_GONE: Final = 410
_TOO_LARGE: Final = 413
_GETS_BETTER: Final = frozenset({408, 413, 425, 429})


@dataclass(frozen=True, slots=True)
class _Turn:
    id: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a worker did. ``has_more``: it left the rest to another task."""

    events: int
    batches: int
    has_more: bool


def push(id: uuid.UUID) -> Pushed | None:
    """Sends to a sink of the tenant behind whose walls this runs what it has not got yet, until there is nothing, it
    fails, or this takes too long. None where another worker is at it, or it is not due. Raises
    :class:`TransactionOpen`."""
    if connection.in_atomic_block:
        raise TransactionOpen
    turn = _claim(id)
    if turn is None:
        return None
    until = time.monotonic() + BUSY_FOR
    events = taken = 0
    while True:
        sink = Sink.objects.with_sealed().get(id=id)
        batch = batches.read(sink, walled().walls.proven, _most(sink))
        if batch is None:
            _mine(turn).update(next_try=timezone.now())
            return Pushed(events, taken, has_more=False)
        sent = _sent(sink, batch) if batch.events else None
        if sent is not None and not sent.is_delivered:
            _failed(turn, sink, sent)
            return Pushed(events, taken, has_more=False)
        has_time = time.monotonic() < until
        if not _moved(turn, batch, sent, has_time):
            return Pushed(events, taken, has_more=False)  # it is somebody else's by now, or was switched off
        events, taken = events + batch.events, taken + (1 if batch.events else 0)
        if not has_time:
            return Pushed(events, taken, has_more=True)


def due() -> list[uuid.UUID]:
    """The sinks that have something to be sent and that nobody is at, of the tenant behind whose walls this runs."""
    size = placed.signed_size()
    found = Sink.objects.filter(disabled=None, removed=None, next_try__lte=timezone.now(), position__lt=size)
    return list(found.order_by("next_try").values_list("id", flat=True))


def post(sink: Sink, body: bytes, about: str) -> Sent:
    """One request to a sink, with no transaction open."""
    format = Sink.Format(sink.format)
    try:
        to = addresses.target(sink.url.reveal() if sink.url is not None else "")
    except UrlRefused:  # it was taken under other settings
        return Sent(Attempt.Outcome.REFUSED_ADDRESS, 0)
    headers = {
        "Content-Type": batches.content_type(format),
        "User-Agent": "Specward-SIEM/1",
        "Specward-Batch": about,
        **proving.headers(sink),
    }
    return send(to, headers, body)


def _sent(sink: Sink, batch: Batch) -> Sent:
    return post(sink, batch.body, f"{walled().walls.proven}:{batch.first}-{batch.after - 1}")


def _most(sink: Sink) -> int:
    """Fewer at once, the more often the collector has said that it is too much."""
    return max(1, sink.batch_size >> min(sink.tries, 10)) if sink.status == _TOO_LARGE else sink.batch_size


def _claim(id: uuid.UUID) -> _Turn | None:
    now = timezone.now()
    with transaction.atomic():
        free = Sink.objects.filter(id=id, disabled=None, removed=None, next_try__lte=now)
        if not free.update(next_try=now + CLAIMED_FOR, turn=F("turn") + 1):
            return None
        # Its own update holds the row until the transaction ends: the number read is the one that was written.
        return _Turn(id, Sink.objects.values_list("turn", flat=True).get(id=id))


def _mine(turn: _Turn) -> Any:
    return Sink.objects.filter(id=turn.id, turn=turn.number, disabled=None, removed=None)


def _moved(turn: _Turn, batch: Batch, sent: Sent | None, goes_on: bool) -> bool:
    """Moves the position from where this was read to behind it. False where somebody else has had the turn since."""
    now = timezone.now()
    told: dict[str, Any] = {"next_try": now + CLAIMED_FOR if goes_on else now}
    if sent is not None:
        told |= {
            "tries": 0, "failing_since": None, "refused_since": None, "outcome": sent.outcome, "status": sent.status,
            "tried": now, "heard": now, "delivered": F("delivered") + batch.events, "batches": F("batches") + 1,
        }  # fmt: skip
    moved = _mine(turn).filter(position=batch.first).update(
        position=batch.after, pruned=F("pruned") + batch.pruned, faulty=F("faulty") + batch.faulty, **told
    )  # fmt: skip
    return bool(moved)


def _failed(turn: _Turn, sink: Sink, sent: Sent) -> None:
    """Writes down how the try went, and when there is another one."""
    now = timezone.now()
    log.info("Sink %s: try %d at place %d ended with %s.", turn.id, sink.tries + 1, sink.position, sent.outcome)
    pause = AGAIN_AFTER[min(sink.tries, len(AGAIN_AFTER) - 1)]
    pause *= 1 + random.uniform(0, JITTER)  # noqa: S311  # spreads load, hides nothing
    pause = max(pause, datetime.timedelta(seconds=sent.wait))
    refused_since = (sink.refused_since or now) if _is_refusal(sent) else None
    failing_since = sink.failing_since or now
    with transaction.atomic():
        noted = _mine(turn).update(
            tries=F("tries") + 1, failed=F("failed") + 1, outcome=sent.outcome, status=sent.status, tried=now,
            next_try=now + pause, failing_since=failing_since, refused_since=refused_since,
        )  # fmt: skip
        why = _off_because(sent, failing_since, refused_since, now)
        if noted and why is not None and sinks.switch_off(sink, why):
            with narrating("The owners are told that a sink of the SIEM is off"):
                notices.tell_owners(sink)


def _is_refusal(sent: Sent) -> bool:
    """Whether waiting makes it no better: it leads elsewhere, or takes nothing from us."""
    return sent.status is not None and 300 <= sent.status <= 499 and sent.status not in _GETS_BETTER


def _off_because(
    sent: Sent, failing_since: datetime.datetime, refused_since: datetime.datetime | None, now: datetime.datetime
) -> Sink.Disabled | None:
    if sent.status == _GONE:
        return Sink.Disabled.GONE
    if refused_since is not None and now - refused_since >= REFUSES_FOR:
        return Sink.Disabled.REFUSED
    return Sink.Disabled.FAILING if now - failing_since >= FAILS_FOR else None
