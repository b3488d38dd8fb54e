"""A service whose parts are killed at random points: ``python -m tests.apps.specs.killing STATE KILLS SEED``.

Alice uploads recordings to a whole service (its PostgreSQL, Valkey and worker, as in production), and at a random point
of each the worker, the broker or the database is killed with -9 and started again. In the end it says, as JSON, what
became of them. Not a test itself: it has to be a process of the service, on a database that may be killed.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from config.embedded.place import ServiceRefused
from demo.flows import RECORDINGS, names
from demo.people import ALICE
from tests.apps.specs.whole_service import PAUSED, Service

LEASE: Final = 2
VICTIMS: Final = ("worker", "broker", "database")
POINTS: Final = ("received", "tracing", "writing", "saving", "specified")


def contents(number: int) -> bytes:
    """A recording of the shop. Every other one is made long, so that a worker is at it for a while; no two have the
    same bytes."""
    name = sorted(names())[number % len(names())]
    events = json.loads(gzip.decompress((RECORDINGS / f"{name}.json.gz").read_bytes()))
    times = 8 if number % 2 else 1
    longer = [{**event, "timestamp": event["timestamp"] + n * 60_000} for n in range(times) for event in events]
    return json.dumps(longer).encode() + b" " * number


def persisted(do: Callable[[], Any], seconds: float = 60) -> Any:
    """What it returns once the database is there again."""
    from django.db import DatabaseError, InterfaceError, connections

    deadline = time.monotonic() + seconds
    while True:
        try:
            return do()
        except (DatabaseError, InterfaceError):
            connections.close_all()
            if time.monotonic() > deadline:
                raise
            PAUSED.wait(0.1)


def passed(id: uuid.UUID, point: str) -> bool:
    """Whether the recording has come so far, or farther."""
    from apps.recordings.models import Recording, State

    state, step = Recording.objects.values_list("state", "step").get(id=id)
    if state in (State.RECEIVED, State.GENERATING):
        return POINTS.index(step or "received") >= POINTS.index(point)
    return True


def state_of(id: uuid.UUID) -> str:
    from apps.recordings.models import Recording

    return str(Recording.objects.values_list("state", flat=True).get(id=id))


def run(service: Service, kills: int, chance: random.Random) -> dict[str, Any]:
    """Uploads, kills, waits for the end, and counts."""
    from apps.accounts.models import User
    from apps.audit.acting import Actor
    from apps.recordings.models import Recording, State
    from apps.recordings.receiving import receive
    from apps.tenants.walls import behind

    service.start_worker()
    uploaded: list[uuid.UUID] = []
    killed: Counter[str] = Counter()
    under_way: Counter[str] = Counter()

    def upload(number: int) -> uuid.UUID:
        alice = Actor.user(User.objects.get(email=ALICE.email))
        return receive([contents(number)], name=f"{number}.json", by=alice).id

    with behind(ALICE.walls):
        for number in range(kills):
            service.supervise()
            id = persisted(partial(upload, number))
            uploaded.append(id)
            point, victim = chance.choice(POINTS), VICTIMS[number % len(VICTIMS)]
            # One that the queue has lost waits for the schedule, which comes at the end.
            until(partial(persisted, partial(passed, id, point)), 10)
            under_way[persisted(partial(state_of, id))] += 1
            service.kill(victim)
            killed[victim] += 1
            print(f"{number + 1}/{kills} {victim} killed, {point} or later", file=sys.stderr, flush=True)
        ended = (State.SPECIFIED, State.FAILED, State.DISCARDED)

        def all_ended() -> bool:
            service.supervise()
            wake()
            return not Recording.objects.filter(id__in=uploaded).exclude(state__in=ended).exists()

        finished = until(lambda: persisted(all_ended), 120 + 5 * kills)
        return {
            "killed": dict(killed),
            "found": dict(under_way),
            "finished": finished,
            "ended by itself": service.supervise(),
            **persisted(counted),
        }


def until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Whether it came about in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        PAUSED.wait(0.02)
    return True


def wake() -> None:
    """What the schedule does, as if the ten minutes had passed that a queue is trusted for."""
    from django.utils import timezone

    from apps.recordings import life
    from apps.recordings.discarding import purge
    from apps.recordings.models import Recording, State
    from apps.specs.tasks import generate_spec

    Recording.objects.filter(state=State.RECEIVED).update(next_look=timezone.now())
    for id in life.forgotten():
        generate_spec.delay(str(id))
    purge()
    PAUSED.wait(0.5)


def counted() -> dict[str, Any]:
    """What is there in the end, once the purge has been through."""
    from django.utils import timezone

    from apps.recordings.discarding import purge
    from apps.recordings.models import Certificate, Recording, State
    from apps.specs.models import Sighting, Spec, SpecVersion
    from apps.vault import configured

    Recording.objects.filter(state=State.ARRIVING).update(next_look=timezone.now())
    purge()
    recordings = list(Recording.objects.values("id", "state", "reason"))
    states = Counter(one["state"] for one in recordings)
    sighted = Counter(Sighting.objects.values_list("recording_id", flat=True))
    made = [one["id"] for one in recordings if one["state"] in (State.SPECIFIED, State.DISCARDED)]
    return {
        "recordings": len(recordings),
        "states": dict(states),
        "reasons": dict(Counter(one["reason"] for one in recordings if one["state"] == State.FAILED)),
        "without a reason": sum(one["state"] == State.FAILED and not one["reason"] for one in recordings),
        "made twice": sum(count > 1 for count in sighted.values()),
        "specified without a spec": sum(id not in sighted for id in made),
        "failed with a spec": len(set(sighted) - set(made)),
        "specs": Spec.objects.count(),
        "paths": len(set(Spec.objects.values_list("path", flat=True))),
        "versions": SpecVersion.objects.count(),
        "specs of no session": Spec.objects.filter(sightings__isnull=True).count(),
        "discarded without a certificate": states[State.DISCARDED] - Certificate.objects.count(),
        "objects": len(list(configured.object_store().names("recordings/"))),
        "kept": sum(count for state, count in states.items() if state != State.DISCARDED),
    }


def main() -> None:
    state, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    service = Service(state, SPECWARD_GENERATION_LEASE_SECONDS=str(LEASE))
    service.join()
    try:
        found = run(service, kills, random.Random(seed))
    finally:
        with suppress(ServiceRefused):
            service.end()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
