"""A crowd of writers beside the sequencer, which is killed again and again: gap-free, in order, none lost or twice.

A few seconds and kills; with ``SPECWARD_SOAK=1`` a minute, and fifty.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.audit.models import Checkpoint, Entry, Leaf
from apps.audit.sequencing import sequence
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from apps.tenants.walls import within
from config.embedded.place import ROOT, default_place
from tests.apps import databases
from tests.apps.audit.crowd import Crowd, assert_in_commit_order
from tests.apps.audit.logs import assert_whole
from tests.apps.conftest import tenant
from tests.cast import ACME

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1500)]

SOAKING = os.environ.get("SPECWARD_SOAK") == "1"
WRITERS = 32 if SOAKING else 8
SECONDS = 60 if SOAKING else 3
KILLS = 50 if SOAKING else 4
SEED = 20261128


@pytest.fixture
def acme() -> Iterator[Tenant]:
    found = tenant(ACME)
    with within(found):
        yield found


def start(home: Path) -> subprocess.Popen[bytes]:
    """The sequencer as it runs in production, on this test's database, without a pause."""
    environment = {
        **databases.environment(default_place(), Role.SEQUENCER, connection.settings_dict["NAME"]),
        "REDIS_URL": settings.REDIS_URL,
        "SPECWARD_HTTPS": "0",
    }
    with (home / "sequencer.log").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "manage.py", "sequence_logs", "--pause", "0.02"],
            cwd=ROOT, env=environment, stdout=said, stderr=said,
        )  # fmt: skip


@contextmanager
def sequencer(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start(home)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def all_placed() -> bool:
    return Entry.objects.count() == Leaf.objects.count() == (Checkpoint.objects.first() or Checkpoint(size=-1)).size


def test_a_crowd_that_takes_back_a_quarter_of_what_it_writes(
    acme: Tenant, tmp_path: Path, until: Callable[..., None]
) -> None:
    with sequencer(tmp_path):
        until(lambda: Leaf.objects.exists(), seconds=60)
        with Crowd(acme, WRITERS, SEED) as crowd:
            crowd.ended.wait(SECONDS)
        until(all_placed, seconds=120)
    assert_whole()
    assert_in_commit_order(crowd)
    assert len(crowd.done) > 10 * WRITERS
    assert len(crowd.taken_back) > WRITERS
    assert Checkpoint.objects.count() > SECONDS
    # The first one covers what is as old as the template of the database.
    waited = sorted(Checkpoint.objects.order_by("size").values_list("waited", flat=True)[1:])
    print(
        f"{len(crowd.done)} transactions, {len(crowd.taken_back)} taken back, {Leaf.objects.count()} entries, "
        f"{len(waited)} checkpoints; merge delay p50 {waited[len(waited) // 2]} ms, "
        f"p99 {waited[len(waited) * 99 // 100]} ms, longest {waited[-1]} ms"
    )


def test_a_sequencer_that_is_killed_at_any_moment(acme: Tenant, tmp_path: Path, until: Callable[..., None]) -> None:
    chance = random.Random(SEED)
    process = start(tmp_path)
    amid = 0
    try:
        with Crowd(acme, 4, SEED) as crowd:
            for _ in range(KILLS):
                more = Leaf.objects.count() + chance.randint(1, 400)
                until(lambda more=more: Leaf.objects.count() >= more, seconds=60)
                crowd.ended.wait(chance.random() / 20)
                process.send_signal(signal.SIGKILL)
                process.wait(30)
                newest = Checkpoint.objects.first()
                amid += newest is None or newest.size < Leaf.objects.count()
                process = start(tmp_path)
    finally:
        process.kill()
        process.wait(30)
    sequence()
    assert_whole()
    assert_in_commit_order(crowd)
    print(f"{KILLS} kills, {amid} of them between placing and signing; {Leaf.objects.count()} entries")
