"""Putting recordings into the queue. The queue only wakes workers: what is to be done stands in the rows."""

from __future__ import annotations

import uuid

from django.db import transaction

from apps.specs.signals import spec_failed
from apps.tenants.walls import behind
from apps.tenants.walls import connection as walled


def ask_for(sender: object, id: uuid.UUID, **_: object) -> None:
    """Has the spec made of a recording that was received, once the transaction is committed."""
    walls = walled().walls

    def hand_over() -> None:
        from apps.specs.tasks import generate_spec

        with behind(walls):
            generate_spec.delay(str(id))

    # A queue that is away loses nothing: what waits is found by its row (life.forgotten).
    transaction.on_commit(hand_over, robust=True)


def pass_on_failure(sender: object, id: uuid.UUID, reason: str, **_: object) -> None:
    """A recording that failed is a spec that was not made."""
    spec_failed.send(sender, recording_id=id, reason=reason)
