"""Tasks of the provisioning queue, which a worker started as migrator takes, and nothing else:

``SPECWARD_ROLE=migrator celery -A config.celery worker -Q provisioning``
"""

from __future__ import annotations

import uuid

from celery import shared_task

from apps.tenants import provisioning_queue


@shared_task(for_no_tenant=True)  # type: ignore[untyped-decorator]  # Celery has no types
def provision_tenant(asked: str) -> None:
    """Makes the tenant that was asked for."""
    provisioning_queue.make(uuid.UUID(asked))
