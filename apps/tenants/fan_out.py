"""What the schedule asks of every tenant, done for one after the other behind its own walls."""

from __future__ import annotations

from collections.abc import Callable

from apps.tenants.models import Tenant
from apps.tenants.provisioning_queue import staff_credentials
from apps.tenants.walls import behind, within


def in_each_open_tenant(do: Callable[[], object]) -> None:
    """Calls ``do`` once for each tenant that is open, while this stands in it."""
    with behind(staff_credentials()):
        tenants = list(Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by("id"))
    for tenant in tenants:
        with within(tenant):
            do()
