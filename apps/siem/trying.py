"""Trying a sink: one event that is a test, in its form and with its secret, and how that went."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.audit import ocsf
from apps.siem import batches
from apps.siem.errors import TransactionOpen
from apps.siem.models import Sink
from apps.siem.pushing import post
from apps.tenants.walls import connection as walled
from specward import __version__
from specward.tlog.leaves import timestamp


def try_out(id: uuid.UUID) -> bool | None:
    """Sends a test that was asked for, once. None where there is none, or another worker has it; else whether it was
    taken. Raises :class:`TransactionOpen`."""
    if connection.in_atomic_block:
        raise TransactionOpen
    asked = Sink.objects.filter(id=id, removed=None, test_state=Sink.Test.WAITING)
    if not asked.update(test_state=Sink.Test.RUNNING, test_at=(began := timezone.now())):
        return None
    sink = Sink.objects.with_sealed().get(id=id)
    tenant = walled().walls.proven
    event = test_event(tenant, began)
    sent = post(sink, batches.of_one(event, Sink.Format(sink.format)), event["metadata"]["uid"])
    running = Sink.objects.filter(id=id, test_state=Sink.Test.RUNNING, test_at=began)
    running.update(
        test_state=Sink.Test.ENDED, test_at=timezone.now(), test_outcome=sent.outcome, test_status=sent.status,
        test_took=sent.milliseconds,
    )  # fmt: skip
    return sent.is_delivered


def asked() -> list[uuid.UUID]:
    """The sinks of which a test waits, of the tenant behind whose walls this runs."""
    return list(Sink.objects.filter(removed=None, test_state=Sink.Test.WAITING).values_list("id", flat=True))


def test_event(tenant: uuid.UUID, at: datetime.datetime) -> dict[str, Any]:
    """A whole event that stands in no log: it has no sequence, and its uid says what it is."""
    content = {
        "time": timestamp(at),
        "action": "check",
        "actor_kind": "system",
        "actor_name": "specward",
        "narrative": "A test of this sink. It stands in no log.",
    }
    event = ocsf.event(content, 0, tenant, __version__)
    metadata = {name: value for name, value in event["metadata"].items() if name != "sequence"}
    return {**event, "metadata": {**metadata, "uid": f"{tenant}:test:{uuid.uuid4()}"}}


test_event.__test__ = False  # type: ignore[attr-defined]  # not a test, whatever its name
