"""How the checks of all tenants stand, as sums: a figure to alert on, which names nobody."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

import redis
from django.core.cache import cache
from prometheus_client.core import GaugeMetricFamily

from apps.compliance.standing import Standing, check_standings
from apps.tenants.fan_out import in_each_open_tenant

_COUNTED: Final = "watching-standings"
_KEPT_SECONDS: Final = 1_200


def count() -> None:
    """Counts the checks of all open tenants by how they stand, and keeps the sums. For the schedule."""
    found: Counter[str] = Counter()
    in_each_open_tenant(lambda: found.update(one.standing.name.lower() for one in check_standings()))
    cache.set(_COUNTED, {"at": time.time(), "standings": dict(found)}, _KEPT_SECONDS)


def figures() -> Iterator[GaugeMetricFamily]:
    """What was counted last; nothing where that is too old, which is to be alerted on as well."""
    try:
        found = cache.get(_COUNTED)
    except redis.RedisError:
        return
    if found is None:
        return
    checks = GaugeMetricFamily("specward_checks", "Checks of all tenants by how they stand.", labels=["standing"])
    for standing in Standing:
        name = standing.name.lower()
        checks.add_metric([name], found["standings"].get(name, 0))
    yield checks
    yield GaugeMetricFamily("specward_checks_counted_timestamp_seconds", "When that was counted.", value=found["at"])
