"""Bringing one event to one endpoint: claimed by a conditional update, sent with no transaction open, noted.

A worker that dies on the way is followed by another: the message then comes twice, under the same id, which is what
ids of messages are for.
"""

from __future__ import annotations

import datetime
import json
import logging
import random
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.audit.acting import narrating
from apps.webhooks import addresses, endpoints, notices, signing
from apps.webhooks.errors import TransactionOpen, UrlRefused
from apps.webhooks.models import Attempt, Delivery, Endpoint, Event
from apps.webhooks.sending import Sent, send

log = logging.getLogger(__name__)

CLAIMED_FOR: Final = datetime.timedelta(minutes=2)
"""How long nobody else tries: longer than a try may take."""
AGAIN_AFTER: Final = tuple(
    datetime.timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""After a failure, as the standard suggests; after one more than these it is failed. The schedule looks every half
minute, so the first of them is more like that."""
JITTER: Final = 0.1
FAILS_FOR: Final = datetime.timedelta(days=5)
"""An endpoint that has failed for so long, without one success, is switched off."""
KEPT: Final = datetime.timedelta(days=30)
_GONE: Final = 410


@dataclass(frozen=True, slots=True)
class _Claim:
    id: uuid.UUID
    number: int


def deliver(id: uuid.UUID) -> bool | None:
    """Tries a delivery of the tenant behind whose walls this runs, once. None where another worker has it, or there is
    nothing to do; else whether it was delivered. Raises :class:`TransactionOpen`."""
    if connection.in_atomic_block:
        raise TransactionOpen
    claimed = _claim(id)
    if claimed is None:
        return None
    delivery = Delivery.objects.select_related("endpoint", "event").get(id=id)
    if delivery.endpoint.disabled is not None or delivery.endpoint.removed is not None:
        _end(claimed, Delivery.State.ABANDONED)
        return None
    sent = _sent(delivery)
    with narrating("A webhook was sent"):
        _note(claimed, delivery.endpoint, sent)
    return sent.is_delivered


def payload(event: Event) -> bytes:
    """The body of a message: type, when it happened, ids. The same bytes each time."""
    told = {"type": event.type, "timestamp": event.created.isoformat(), "data": event.data}
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


def _sent(delivery: Delivery) -> Sent:
    url = delivery.endpoint.url
    try:
        to = addresses.target(url.reveal() if url is not None else "")
    except UrlRefused:  # it was taken under other settings
        return Sent(Attempt.Outcome.REFUSED_ADDRESS, 0)
    body = payload(delivery.event)
    signed = signing.headers(delivery.event.message_id, timezone.now(), body)
    return send(to, {"Content-Type": "application/json", "User-Agent": "Specward-Webhooks/1", **signed}, body)


def _claim(id: uuid.UUID) -> _Claim | None:
    now = timezone.now()
    with transaction.atomic():
        mine = Delivery.objects.filter(id=id, state=Delivery.State.WAITING, next_try__lte=now)
        if not mine.update(next_try=now + CLAIMED_FOR, tries=F("tries") + 1):
            return None
        # Its own update holds the row until the transaction ends: the number read is the one that was written.
        return _Claim(id, Delivery.objects.get(id=id).tries)


def _end(claimed: _Claim, state: Delivery.State) -> bool:
    mine = Delivery.objects.filter(id=claimed.id, tries=claimed.number, state=Delivery.State.WAITING)
    return bool(mine.update(state=state, ended=timezone.now()))


def _note(claimed: _Claim, endpoint: Endpoint, sent: Sent) -> None:
    """Writes down how the try went, and what follows."""
    with transaction.atomic():
        Attempt.objects.create(
            delivery_id=claimed.id,
            number=claimed.number,
            outcome=sent.outcome,
            status=sent.status,
            milliseconds=sent.milliseconds,
        )
        if sent.is_delivered:
            _end(claimed, Delivery.State.DELIVERED)
            Endpoint.objects.filter(id=endpoint.id).exclude(failing_since=None).update(failing_since=None)
            return
        log.info("Delivery %s: try %d ended with %s.", claimed.id, claimed.number, sent.outcome)
        _again_or_not(claimed, sent)
        _weigh(endpoint, sent)


def _again_or_not(claimed: _Claim, sent: Sent) -> None:
    if claimed.number > len(AGAIN_AFTER):
        _end(claimed, Delivery.State.FAILED)
        return
    pause = max(AGAIN_AFTER[claimed.number - 1], datetime.timedelta(seconds=sent.wait))
    pause *= 1 + random.uniform(-JITTER, JITTER) if not sent.wait else 1  # noqa: S311  # spreads load, hides nothing
    mine = Delivery.objects.filter(id=claimed.id, tries=claimed.number, state=Delivery.State.WAITING)
    mine.update(next_try=timezone.now() + pause)


def _weigh(endpoint: Endpoint, sent: Sent) -> None:
    """Switches an endpoint off that says that it is gone, or has failed for days, and tells the owners."""
    now = timezone.now()
    Endpoint.objects.filter(id=endpoint.id, failing_since=None).update(failing_since=now)
    since = Endpoint.objects.values_list("failing_since", flat=True).get(id=endpoint.id)
    why = None
    if sent.status == _GONE:
        why = Endpoint.Disabled.GONE
    elif since is not None and now - since >= FAILS_FOR:
        why = Endpoint.Disabled.FAILING
    if why is not None and endpoints.switch_off(endpoint, why):
        notices.tell_owners(endpoint)


def waiting() -> list[uuid.UUID]:
    """The deliveries that are due and that nobody is at, of the tenant behind whose walls this runs."""
    due = Delivery.objects.filter(state=Delivery.State.WAITING, next_try__lte=timezone.now())
    return list(due.order_by("next_try").values_list("id", flat=True)[:1000])


def forget_old() -> int:
    """Takes away what ended long ago, with its tries. Says how many deliveries."""
    ended = Delivery.objects.filter(ended__lt=timezone.now() - KEPT)
    with transaction.atomic(), narrating("Old deliveries of webhooks are taken away"):
        ids = list(ended.order_by("ended").values_list("id", flat=True)[:5000])
        Attempt.objects.filter(delivery_id__in=ids).delete()
        Delivery.objects.filter(id__in=ids).delete()
        Event.objects.filter(deliveries=None, created__lt=timezone.now() - KEPT).delete()
    return len(ids)
