"""What the schedule asks of every tenant, done for one after the other behind its own walls."""

from __future__ import annotations

import logging
from collections.abc import Callable

from apps.tenants.models import Tenant
from apps.tenants.provisioning_queue import staff_credentials
from apps.tenants.walls import behind, within

log = logging.getLogger(__name__)


def in_each_open_tenant(do: Callable[[], object]) -> None:
    """Calls ``do`` once for each tenant that is open, while this stands in it.

    What fails in one of them keeps nobody else waiting: the first failure is raised once all had their turn.
    """
    with behind(staff_credentials()):
        tenants = list(Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by("id"))
    failed: Exception | None = None
    for tenant in tenants:
        try:
            with within(tenant):
                do()
        except Exception as error:  # whatever it is: it is of this tenant
            log.exception("What the schedule asks of the tenant %s could not be done.", tenant.id)
            failed = failed or error
    if failed is not None:
        raise failed
