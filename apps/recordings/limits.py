"""How much of a recording is taken in, by the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from apps.tenants.models import Plan, Tenant
from apps.tenants.walls import connection
from specward.recording.reading import ReadLimits

MIB: Final = 1024 * 1024
WITHOUT_A_SPEC_DAYS: Final = 7
"""How long a recording that got no spec is kept under a plan that keeps it until its spec: long enough to try again."""


@dataclass(frozen=True, slots=True)
class Caps:
    """``upload`` and ``content``: bytes as they come, and as they are once decompressed; ``days`` as the plan says."""

    upload: int
    content: int
    days: int

    @property
    def reading(self) -> ReadLimits:
        """The library's own limits, with this content."""
        return ReadLimits(total=self.content)


_UPLOAD: Final[Mapping[str, int]] = {
    Plan.Code.TEAM.value: 50 * MIB,
    Plan.Code.BUSINESS.value: 200 * MIB,
    Plan.Code.ENTERPRISE.value: 1024 * MIB,
}
_CONTENT: Final = 1024 * MIB


def caps() -> Caps:
    """Those of the tenant behind whose walls we stand."""
    tenant = Tenant.objects.select_related("plan").get(id=connection().walls.proven)
    return Caps(_UPLOAD[tenant.plan_id], _CONTENT, tenant.plan.recording_days)
