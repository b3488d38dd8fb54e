"""Alice uploads, a real worker makes the spec, the recording is discarded; and what it held is nowhere, ever."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.recordings import life
from apps.recordings.models import Certificate, Recording, State
from apps.specs.models import Sighting, Spec, SpecVersion
from apps.specs.tasks import generate_spec
from apps.tenants.models import Tenant
from tests.apps.recordings.conftest import as_json, events, stored, upload
from tests.apps.recordings.test_discarding import again
from tests.apps.specs.canaries import CANARIES, IN_TEXT, IN_URL, NAME, PERSON, SECRET, TYPED, forms, planted
from tests.apps.specs.test_generation import until_its_spec
from tests.apps.specs.working import places, start, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1500)]

SOAKING = os.environ.get("SPECWARD_SOAK") == "1"
KILLS = 50 if SOAKING else 3


def assert_nowhere(home: Path, caplog: pytest.LogCaptureFixture, *, least: int) -> None:
    looked = 0
    for place, content in [*places(home), ("log of the test", caplog.text.encode())]:
        looked += 1
        for canary in CANARIES:
            for form in forms(canary):
                assert form not in content, f"{canary} is in {place}"
    assert looked > least


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> str:
    """A queue of this test's own."""
    name = f"specs-{uuid.uuid4().hex}"
    monkeypatch.setattr(generate_spec, "delay", lambda *given: generate_spec.apply_async(given, queue=name))
    return name


def test_alice_uploads_and_what_was_recorded_is_nowhere_before_or_after_the_discard(
    acme: Tenant, in_acme: Tenant, alice: User, store: Path, queue: str, tmp_path: Path,
    until: Callable[..., None], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    until_its_spec(acme)
    recording = upload(planted(), alice, name=f"../{NAME}.json", end_user=PERSON)
    assert len(stored(store)) == 1
    assert_nowhere(tmp_path, caplog, least=100)
    with worker(queue, store, tmp_path):
        until(lambda: again(recording).state == State.DISCARDED, seconds=120)
    assert stored(store) == []
    assert Certificate.objects.get().digest == recording.digest
    text = SpecVersion.objects.get().text.reveal()
    assert TYPED in text  # in the spec, which is sealed
    assert not any(canary in text for canary in (IN_TEXT, SECRET, IN_URL, NAME, PERSON))
    said = (tmp_path / "worker.log").read_text()
    assert "apps.specs.tasks.generate_spec" in said and "succeeded" in said
    assert_nowhere(tmp_path, caplog, least=100)


def test_the_way_of_looking_finds_what_it_looks_for(
    in_acme: Tenant, alice: User, tmp_path: Path, queue: str, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The test above would pass if it looked at nothing."""
    import redis
    from django.conf import settings

    planted_here = f"canary-{uuid.uuid4().hex}"

    def found() -> set[str]:
        return {place for place, content in places(tmp_path) for form in forms(planted_here) if form in content}

    assert found() == set()
    (tmp_path / "left.tmp").write_text(planted_here)
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.rpush(queue, json.dumps({"told": planted_here}))
    User.objects.filter(id=alice.id).update(name=planted_here)
    try:
        places_of_it = found()
    finally:
        client.delete(queue)
    assert {"left.tmp", "broker", "rows"} <= places_of_it
    assert any(place.startswith("database file") for place in places_of_it)


def long_session(number: int) -> bytes:
    """Several sign-ins in a row, so that a worker is at it for a while; no two are the same bytes."""
    once = events("sign-in")
    return as_json([{**event, "timestamp": event["timestamp"] + n * 60_000} for n in range(8) for event in once]) + (
        b" " * number
    )


def test_workers_that_are_killed_leave_every_recording_specified_or_failed_and_none_twice(
    in_acme: Tenant, alice: User, store: Path, queue: str, tmp_path: Path, until: Callable[..., None]
) -> None:
    chance = random.Random(20261124)
    uploaded: list[Recording] = []
    interrupted = 0
    for number in range(KILLS):
        recording = upload(long_session(number), alice)
        uploaded.append(recording)
        process = start(queue, store, tmp_path, lease=2)
        try:
            # Killed at a random one of its steps, or between them.
            step = chance.choice(["tracing", "writing", "saving", "specified"])
            until(lambda step=step, one=recording: has_come_to(one, step), seconds=120)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        interrupted += again(recording).state == State.GENERATING
        lose_what_was_held(queue)
    assert interrupted >= KILLS // 5

    def all_ended() -> bool:
        for id in life.forgotten():
            generate_spec.delay(str(id))
        return not Recording.objects.exclude(state__in=[State.SPECIFIED, State.FAILED]).exists()

    with worker(queue, store, tmp_path, lease=2):
        until(all_ended, seconds=120 + 10 * KILLS)
    assert Recording.objects.count() == len(uploaded) == KILLS
    for recording in uploaded:
        ended = again(recording)
        made = Sighting.objects.filter(recording=recording).count()
        assert (made == 1) if ended.state == State.SPECIFIED else (made == 0 and ended.reason == life.WORKER_LOST)
    # All walked one path: however many workers died, that is one spec.
    assert Spec.objects.count() == SpecVersion.objects.count() == 1


_ORDER = ("tracing", "writing", "saving", "specified")


def has_come_to(recording: Recording, step: str) -> bool:
    """Whether the worker has come so far, or farther: a step may be over before anybody looks."""
    now = again(recording)
    if now.state in (State.SPECIFIED, State.FAILED):
        return True
    return now.state == State.GENERATING and _ORDER.index(now.step) >= _ORDER.index(step)


def lose_what_was_held(queue: str) -> None:
    """The broker gives what a killed worker held to nobody for an hour; that it is lost is the harder case."""
    import redis
    from django.conf import settings

    client = redis.Redis.from_url(settings.REDIS_URL)
    client.delete(f"{settings.KEY_PREFIX}{queue}")
