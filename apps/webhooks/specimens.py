"""An endpoint and a delivery to it, for the IDOR harness."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.utils import timezone

from apps.access.permissions import Permission
from apps.access.specimen import Specimen, register
from apps.webhooks.models import Delivery, Endpoint, Event, EventType


def _endpoint(_: Mapping[str, str]) -> str:
    host = f"https://{uuid.uuid4().hex}.specimen.example"
    return str(Endpoint.objects.create(url=f"{host}/hook", origin=host, events=[EventType.SPEC_READY]).id)


def _delivery(made: Mapping[str, str]) -> str:
    event = Event.objects.create(type=EventType.TEST, data={"webhook": made["webhook"]})
    failed = Delivery.State.FAILED
    now = timezone.now()
    return str(
        Delivery.objects.create(endpoint_id=made["webhook"], event=event, state=failed, next_try=now, ended=now).id
    )


register(Specimen("webhook", _endpoint, Permission.WEBHOOKS_READ, Endpoint))
register(Specimen("delivery", _delivery, Permission.WEBHOOKS_READ, Delivery))
