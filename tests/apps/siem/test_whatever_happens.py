"""Collectors that fail in every way and workers that die at any moment: nothing of the log is lost, or out of order."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from apps.audit.models import Entry
from apps.siem import pushing
from apps.siem.models import Sink
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from apps.webhooks import sending
from config.embedded.place import ROOT, default_place
from tests.apps import databases
from tests.apps.siem.collector import OK, Collector, Fault, answers, at_random, cut
from tests.apps.siem.conftest import happen, settle, sink_to
from tests.apps.webhooks.receiver import Came

pytestmark = pytest.mark.django_db(transaction=True)
SOAK = os.environ.get("SPECWARD_SOAK") == "1"
RUNS = 50 if SOAK else 5
KILLS = 50 if SOAK else 5


def assert_all_arrived(collector: Collector, tenant: Tenant, size: int) -> None:
    """Each entry, the first of each in the order of the log; what came twice is the same event under the same uid."""
    first_of_each = list(dict.fromkeys(collector.sequences))
    assert first_of_each == list(range(size))
    told: dict[str, Any] = {}
    for event in collector.kept:
        uid = event["metadata"]["uid"]
        assert uid == f"{tenant.id}:{event['metadata']['sequence']}"
        assert told.setdefault(uid, event) == event


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_collector_that_fails_in_every_way_gets_everything_in_order(
    log: Tenant, collector: Collector, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ANSWERS_WITHIN", 0.3)
    chance = random.Random(seed)
    by_chance = at_random(seed)
    collector.fault = lambda came: by_chance(came) if len(collector.came) > 1 else answers(500)
    collector.keeps_what_it_fails = seed % 2 == 1
    sink = sink_to(collector, batch_size=chance.randint(1, 9), format=chance.choice(Sink.Format.values))
    size = happen(20)
    for _ in range(500):
        if Sink.objects.get(id=sink.id).position == size:
            break
        if chance.random() < 0.1 and size < 60:
            size = happen(chance.randint(1, 5))
        Sink.objects.filter(id=sink.id).update(next_try=timezone.now())
        pushing.push(sink.id)
    found = Sink.objects.get(id=sink.id)
    assert found.failed > 0 and found.position == size and found.disabled is None
    assert_all_arrived(collector, log, size)
    assert Entry.objects.count() == size == settle(), "pushing has written no entry"


def test_workers_that_are_killed_at_any_moment_lose_nothing(
    log: Tenant, collector: Collector, until: Callable[..., None]
) -> None:
    chance = random.Random(KILLS)
    at_work: list[subprocess.Popen[bytes]] = []
    killed = threading.Event()

    def kill() -> None:
        if at_work:
            os.kill(at_work[0].pid, signal.SIGKILL)
            at_work[0].wait(30)
            killed.set()

    def perhaps(_: Came) -> Fault | None:
        when = chance.choice(["never", "never", "before it is kept", "before it is answered", "as it is answered"])
        if killed.is_set() or when == "never":
            return None
        if when == "before it is kept":
            kill()
            return cut
        return _dying(kill, when)

    collector.fault = perhaps
    collector.keeps_what_it_fails = True
    sink = sink_to(collector, batch_size=3)
    size = settle()
    for _ in range(KILLS):
        size = happen(30)
        killed.clear()
        Sink.objects.filter(id=sink.id).update(next_try=timezone.now())
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.apps.siem.pushing_for_ever", str(sink.id)],
            cwd=ROOT,
            env={
                **databases.environment(default_place(), Role.APP, connection.settings_dict["NAME"]),
                "REDIS_URL": configured.REDIS_URL,
                "SPECWARD_WEBHOOKS_TO_LOOPBACK": "1",
            },
        )
        at_work[:] = [worker]
        try:
            until(lambda wanted=size: killed.is_set() or Sink.objects.get(id=sink.id).position == wanted)
        finally:
            worker.kill()
            worker.wait(30)
            at_work.clear()
    killed.set()
    Sink.objects.filter(id=sink.id).update(next_try=timezone.now())
    pushing.push(sink.id)
    assert Sink.objects.get(id=sink.id).position == size
    assert_all_arrived(collector, log, size)
    assert Entry.objects.count() == size


def _dying(kill: Callable[[], None], when: str) -> Fault:
    def fault(asked: BaseHTTPRequestHandler) -> None:
        if when == "before it is answered":
            kill()
        OK(asked)
        if when == "as it is answered":
            kill()

    return fault
