"""What is to be told, written in the transaction of what has happened: both are there, or neither is.

The queue only wakes workers; what waits stands in the rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from apps.audit.acting import narrating
from apps.tenants.walls import behind
from apps.tenants.walls import connection as walled
from apps.webhooks.models import Delivery, Endpoint, Event, EventType


def on_spec_ready(
    sender: object, spec_id: uuid.UUID, version_id: uuid.UUID, recording_id: uuid.UUID | None, **_: object
) -> None:
    """Receives ``spec_ready``, within the transaction that saves the spec."""
    data = {"spec": spec_id, "version": version_id, "recording": recording_id}
    publish(EventType.SPEC_READY, data)


def on_spec_failed(sender: object, recording_id: uuid.UUID, reason: str, **_: object) -> None:
    """Receives ``spec_failed``; ``reason`` is a stable code."""
    publish(EventType.SPEC_FAILED, {"recording": recording_id, "reason": reason})


def publish(type: EventType, data: Mapping[str, object]) -> Event | None:
    """Puts an event on its way to every endpoint that wants its type. None where none does: then nothing is written."""
    wanting = [one for one in Endpoint.objects.filter(removed=None, disabled=None) if type.value in one.events]
    if not wanting:
        return None
    with transaction.atomic(), narrating("Whoever wants to know is to be told"):
        event = Event.objects.create(type=type, data={key: str(value) for key, value in data.items() if value})
        put_on_its_way(event, wanting)
        return event


def put_on_its_way(event: Event, endpoints: Iterable[Endpoint]) -> list[Delivery]:
    """A delivery to each endpoint, begun once the transaction is committed."""
    now = timezone.now()
    deliveries = [Delivery.objects.create(endpoint=one, event=event, next_try=now) for one in endpoints]
    wake([delivery.id for delivery in deliveries])
    return deliveries


def wake(ids: list[uuid.UUID]) -> None:
    """Has a worker begin with these deliveries, once the transaction is committed."""
    walls = walled().walls

    def hand_over() -> None:
        from apps.webhooks.tasks import deliver

        with behind(walls):
            for id in ids:
                deliver.delay(str(id))

    # A queue that is away loses nothing: what waits is found by its row (delivering.waiting).
    transaction.on_commit(hand_over, robust=True)
