"""How far the sequencer is behind, over all logs: a figure to alert on, and a line for each log that stands still."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Final

import redis
from django.core.cache import cache
from prometheus_client.core import GaugeMetricFamily

from apps.audit.merge_delay import delay
from apps.tenants.fan_out import in_each_open_tenant
from apps.tenants.walls import connection

log = logging.getLogger(__name__)

_MEASURED: Final = "watching-merge-delays"
_KEPT_SECONDS: Final = 600


def measure() -> None:
    """Asks each log, keeps the longest wait and how many stand still, and says so in our own. For the schedule."""
    longest = 0.0
    standing = 0

    def ask() -> None:
        nonlocal longest, standing
        found = delay()
        waited = found.waited.total_seconds()
        longest = max(longest, waited)
        if found.is_too_long:
            standing += 1
            said = "The audit log of tenant %s is %d s behind. Is the sequencer running (manage.py sequence_logs)?"
            log.error(said, connection().walls.tenant_id, waited)

    in_each_open_tenant(ask)
    cache.set(_MEASURED, {"at": time.time(), "longest": longest, "standing": standing}, _KEPT_SECONDS)


def figures() -> Iterator[GaugeMetricFamily]:
    """What was measured last; nothing where that is too old, which is to be alerted on as well."""
    try:
        found = cache.get(_MEASURED)
    except redis.RedisError:
        return
    if found is None:
        return
    yield GaugeMetricFamily(
        "specward_audit_behind_seconds", "The longest that an entry waits for its signature.", value=found["longest"]
    )
    yield GaugeMetricFamily(
        "specward_audit_logs_standing", "Logs in which an entry waits for over a minute.", value=found["standing"]
    )
    yield GaugeMetricFamily("specward_audit_measured_timestamp_seconds", "When that was measured.", value=found["at"])
