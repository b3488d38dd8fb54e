"""Telling workers at once that there is something to do, once it is committed; what none hears is found by its row."""

from __future__ import annotations

import uuid

from django.db import transaction

from apps.tenants.walls import behind, connection


def wake(report: uuid.UUID) -> None:
    """Has a report worked on."""
    walls = connection().walls

    def hand_over() -> None:
        from apps.compliance.tasks import work_on_report

        with behind(walls):
            work_on_report.delay(str(report))

    transaction.on_commit(hand_over, robust=True)
