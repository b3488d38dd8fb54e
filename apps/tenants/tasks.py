"""Tasks of the provisioning queue, which a worker started as migrator takes, and nothing else:

``SPECWARD_ROLE=migrator celery -A config.celery worker -Q provisioning``
"""

from __future__ import annotations

import uuid

from celery import shared_task

from apps.tenants import changing_queue, provisioning_queue


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]  # Celery has no types
def provision_tenant(asked: str) -> None:
    """Makes the tenant that was asked for."""
    provisioning_queue.make(uuid.UUID(asked))


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def change_tenant(asked: str) -> None:
    """Suspends, resumes, closes or drops the tenant, as it was asked for."""
    changing_queue.carry_out(uuid.UUID(asked))


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]
def change_what_is_due() -> None:
    """Puts into the queue what has become due, or was lost with a worker. For the schedule, every few minutes."""
    for asked in changing_queue.due():
        change_tenant.delay(str(asked))
