"""Endpoints: made, changed, tried, taken away; and sending something again by hand."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from apps.audit.acting import narrating
from apps.webhooks import addresses, signing
from apps.webhooks.errors import EndpointDisabled, TooManyEndpoints, TooManyTests
from apps.webhooks.models import Attempt, Delivery, Endpoint, Event, EventType
from apps.webhooks.outbox import put_on_its_way, wake

MOST: Final = 20
MOST_TESTS: Final = 5
"""Of an endpoint, on their way at once: each of them may keep a worker for seconds."""
WANTED: Final = (EventType.SPEC_READY, EventType.SPEC_FAILED)
"""What an endpoint may ask to be told of."""
_LOCK: Final = "webhooks endpoints"


def make(url: str, events: Collection[str], description: str = "") -> Endpoint:
    """An endpoint that is told from now on. Raises :class:`~apps.webhooks.errors.UrlRefused`,
    :class:`TooManyEndpoints`."""
    to = addresses.target(url)
    with transaction.atomic(), narrating("An endpoint of webhooks was made"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || %s, 0))", [_LOCK])
        if Endpoint.objects.filter(removed=None).count() >= MOST:
            raise TooManyEndpoints(MOST)
        signing.current()
        return Endpoint.objects.create(
            url=url, origin=to.origin, events=sorted(set(events)), description=description.strip()
        )


def change(endpoint: Endpoint, **wanted: Any) -> Endpoint:
    """Changes what is given of ``url``, ``events``, ``description`` and ``enabled``. Raises UrlRefused.

    Switched on again, it begins without its failures; what was given up meanwhile is sent again by hand alone.
    """
    fields: dict[str, Any] = {}
    if "url" in wanted:
        fields["url"], fields["origin"] = wanted["url"], addresses.target(wanted["url"]).origin
    if "events" in wanted:
        fields["events"] = sorted(set(wanted["events"]))
    if "description" in wanted:
        fields["description"] = wanted["description"].strip()
    if wanted.get("enabled") is True and endpoint.disabled is not None:
        fields |= {"disabled": None, "disabled_why": "", "failing_since": None}
    with transaction.atomic(), narrating("An endpoint of webhooks was changed"):
        for name, value in fields.items():
            setattr(endpoint, name, value)
        if fields:
            endpoint.save(update_fields=list(fields))
        if wanted.get("enabled") is False:
            switch_off(endpoint, Endpoint.Disabled.ASKED)
        return endpoint


def switch_off(endpoint: Endpoint, why: Endpoint.Disabled) -> bool:
    """Sends nothing there any more, and gives up what waits. False where it was off already."""
    now = timezone.now()
    with transaction.atomic():
        off = Endpoint.objects.filter(id=endpoint.id, disabled=None).update(disabled=now, disabled_why=why)
        _give_up(endpoint)
    endpoint.refresh_from_db(fields=["disabled", "disabled_why"])
    return bool(off)


def _give_up(endpoint: Endpoint) -> None:
    waiting = Delivery.objects.filter(endpoint=endpoint, state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.ABANDONED, ended=timezone.now())


def remove(endpoint: Endpoint) -> None:
    """Takes it away, with its address. What was sent there stays as rows without it."""
    with transaction.atomic(), narrating("An endpoint of webhooks was taken away"):
        _give_up(endpoint)
        endpoint.url = None
        endpoint.removed = timezone.now()
        endpoint.save(update_fields=["url", "removed"])


def try_out(endpoint: Endpoint) -> Delivery:
    """Sends an event of its own to this endpoint alone. Raises :class:`EndpointDisabled` and :class:`TooManyTests`."""
    if endpoint.disabled is not None:
        raise EndpointDisabled
    with transaction.atomic(), narrating("An endpoint of webhooks is tried"):
        waiting = endpoint.deliveries.filter(state=Delivery.State.WAITING, event__type=EventType.TEST)
        if waiting.count() >= MOST_TESTS:
            raise TooManyTests(MOST_TESTS)
        event = Event.objects.create(type=EventType.TEST, data={"webhook": str(endpoint.id)})
        return put_on_its_way(event, [endpoint])[0]


def redeliver(delivery: Delivery) -> Delivery:
    """Sends the same message again, with the same id: another delivery, or the one that waits, at once.

    Raises :class:`EndpointDisabled`.
    """
    if delivery.endpoint.disabled is not None:
        raise EndpointDisabled
    with transaction.atomic(), narrating("A webhook is sent again"):
        same = Delivery.objects.filter(endpoint_id=delivery.endpoint_id, event_id=delivery.event_id)
        waiting = same.select_for_update().filter(state=Delivery.State.WAITING).first()
        if waiting is None:
            return put_on_its_way(delivery.event, [delivery.endpoint])[0]
        has_ended = Attempt.objects.filter(delivery_id=waiting.id, number=waiting.tries).exists()
        if waiting.tries == 0 or has_ended:  # otherwise a worker is just at it
            waiting.next_try = timezone.now()
            waiting.save(update_fields=["next_try"])
        wake([waiting.id])
        return waiting
