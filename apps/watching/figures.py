"""The figures that whoever runs the service watches, in Prometheus's text: of requests, queues, recordings and models.

No figure names a tenant, a person or a path. Requests are added up over the processes of the web server, by files in
``PROMETHEUS_MULTIPROC_DIR`` (``config/web.py`` makes one); queues are asked when somebody looks; recordings and calls
of models are counted by the schedule, since each tenant's stand behind its own walls.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import redis
from django.conf import settings
from django.core.cache import cache
from django.db.models import Count
from django.utils import timezone
from prometheus_client import CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily

from apps.inference import using
from apps.inference.budget import month_of
from apps.inference.models import OUTCOMES, ModelCall
from apps.recordings.models import Recording, State
from apps.siem import health
from apps.siem.models import Sink
from apps.tenants.fan_out import in_each_open_tenant
from apps.watching import merge_delays, standings

REQUESTS: Final = Histogram(
    "specward_request_seconds",
    "Seconds until an answer begins, by the name of the route.",
    ["route", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
QUEUES: Final = ("default", "provisioning", "webhooks")
_COUNTED: Final = "watching-recordings"
_CALLS: Final = "watching-model-calls"
_SINKS: Final = "watching-sinks"
_KEPT_SECONDS: Final = 600
_ANSWERS_WITHIN: Final = 1.0


def count_recordings() -> None:
    """Counts the recordings of all open tenants by their state, and keeps the sums. For the schedule, every minute."""
    found: Counter[str] = Counter()

    def add() -> None:
        states = Recording.objects.order_by().values_list("state").annotate(Count("id"))
        found.update(dict(states))

    in_each_open_tenant(add)
    cache.set(_COUNTED, {"at": time.time(), "by_state": dict(found)}, _KEPT_SECONDS)


def count_model_calls() -> None:
    """Counts what the calls of models of all open tenants took this month, and keeps the sums. For the schedule."""
    calls: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    month = month_of(timezone.now())

    def add() -> None:
        found = using.of_month(month)
        calls.update(found.outcomes)
        tokens.update({"used": found.used, "reserved": found.reserved})

    in_each_open_tenant(add)
    cache.set(_CALLS, {"calls": dict(calls), "tokens": dict(tokens)}, _KEPT_SECONDS)


def count_sinks() -> None:
    """Counts the sinks of all open tenants by how they do, and keeps the sums. For the schedule."""
    states: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    most = {"lag": 0, "waits": 0}

    def add() -> None:
        for sink in health.measured(Sink.objects.filter(removed=None)):
            how = health.of(sink)
            states.update([how.state.value])
            sums.update({"taken": sink.delivered, "failed": sink.failed})
            if how.state is not health.State.OFF:
                most.update(lag=max(most["lag"], how.lag), waits=max(most["waits"], how.waits))

    in_each_open_tenant(add)
    cache.set(_SINKS, {"states": dict(states), "sums": dict(sums), "most": most}, _KEPT_SECONDS)


def written() -> bytes:
    """All figures, as text."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
    registry.register(_Asked())
    return generate_latest(registry)


class _Asked:
    """What is asked when somebody looks. A part that does not answer has no figure: that is to be alerted on."""

    def collect(self) -> Iterator[Any]:
        yield _queues()
        yield from _recordings()
        yield from _model_calls()
        yield from merge_delays.figures()
        yield from standings.figures()
        yield from _sinks()

    def describe(self) -> list[Any]:
        return []


def _queues() -> GaugeMetricFamily:
    lengths = GaugeMetricFamily("specward_queue_length", "Tasks that wait for a worker.", labels=["queue"])
    broker = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_ANSWERS_WITHIN, socket_connect_timeout=_ANSWERS_WITHIN
    )
    with broker:
        for queue in QUEUES:
            try:
                length: Any = broker.llen(f"{settings.KEY_PREFIX}{queue}")
            except redis.RedisError:
                break
            lengths.add_metric([queue], float(length))
    return lengths


def _recordings() -> Iterator[GaugeMetricFamily]:
    try:
        counted = cache.get(_COUNTED)
    except redis.RedisError:
        return
    if counted is None:
        return
    numbers = GaugeMetricFamily("specward_recordings", "Recordings of all tenants together.", labels=["state"])
    for state in State.values:
        numbers.add_metric([state], float(counted["by_state"].get(state, 0)))
    yield numbers
    yield GaugeMetricFamily(
        "specward_recordings_counted_timestamp_seconds", "When they were counted.", value=counted["at"]
    )


def _model_calls() -> Iterator[GaugeMetricFamily]:
    try:
        counted = cache.get(_CALLS)
    except redis.RedisError:
        return
    if counted is None:
        return
    calls = GaugeMetricFamily(
        "specward_model_calls", "Calls of models this month, of all tenants together.", labels=["outcome"]
    )
    for outcome in (*OUTCOMES, ModelCall.State.RESERVED.value, ModelCall.State.LOST.value):
        calls.add_metric([outcome], float(counted["calls"].get(outcome, 0)))
    yield calls
    tokens = GaugeMetricFamily("specward_model_tokens", "Tokens of this month, of all tenants.", labels=["state"])
    for state in ("used", "reserved"):
        tokens.add_metric([state], float(counted["tokens"].get(state, 0)))
    yield tokens


def _sinks() -> Iterator[GaugeMetricFamily]:
    try:
        counted = cache.get(_SINKS)
    except redis.RedisError:
        return
    if counted is None:
        return
    sinks = GaugeMetricFamily("specward_siem_sinks", "Sinks of all tenants together.", labels=["state"])
    for state in health.State:
        sinks.add_metric([state.value], float(counted["states"].get(state.value, 0)))
    yield sinks
    yield GaugeMetricFamily("specward_siem_events", "Events that sinks took.", value=counted["sums"].get("taken", 0))
    yield GaugeMetricFamily(
        "specward_siem_failures", "Requests that sinks did not take.", value=counted["sums"].get("failed", 0)
    )
    # Of the one that is furthest behind: of a sum nobody sees which one stands still.
    yield GaugeMetricFamily(
        "specward_siem_lag_entries", "Signed entries that a sink has not got, at most.", value=counted["most"]["lag"]
    )
    yield GaugeMetricFamily(
        "specward_siem_lag_seconds", "How long a sink has been behind, at most.", value=counted["most"]["waits"]
    )
