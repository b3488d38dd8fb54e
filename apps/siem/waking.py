"""Waking a worker, once the transaction is committed. A queue that is away loses nothing: what is due is found by its
row."""

from __future__ import annotations

import uuid

from django.db import transaction

from apps.tenants.walls import behind, connection


def wake(sink: uuid.UUID) -> None:
    """Has a worker push to this sink."""
    walls = connection().walls

    def hand_over() -> None:
        from apps.siem.tasks import push

        with behind(walls):
            push.delay(str(sink))

    transaction.on_commit(hand_over, robust=True)


def wake_test(sink: uuid.UUID) -> None:
    """Has a worker try this sink."""
    walls = connection().walls

    def hand_over() -> None:
        from apps.siem.tasks import try_out

        with behind(walls):
            try_out.delay(str(sink))

    transaction.on_commit(hand_over, robust=True)
