"""Specs a minute: two workers of a whole service, against two processes that run the library and nothing else.

``python -m bench.generating STATE`` is the process of the service itself, and prints one pair of durations a round.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from bench.table import Row

ROOT: Final = Path(__file__).resolve().parents[1]
ROUNDS: Final = 5
AT_ONCE: Final = 48
"""Recordings of a round: the shop's, each twice, and none with the bytes of another."""
AIM: Final = 0.8
_PAUSED: Final = threading.Event()


def generating() -> list[Row]:
    """The median of the rounds, the service and the library in turn."""
    with tempfile.TemporaryDirectory(prefix="specward-bench-") as state:
        ran = subprocess.run(
            [sys.executable, "-m", "bench.generating", state], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
    pairs: list[list[float]] = json.loads(ran.stdout.splitlines()[-1])
    ratio = statistics.median(alone / service for service, alone in pairs)
    each = AT_ONCE * 60 / statistics.median(service for service, _ in pairs)
    on = f"{AT_ONCE} sessions of the shop"
    return [
        Row(
            "specs a minute, two workers / library alone", on, f"{each:,.0f}", f"{ratio:.2f}x", f"> {AIM}x", ratio > AIM
        )
    ]


def _alone(files: Sequence[str]) -> int:
    from specward.recording.reading import read_events
    from specward.recording.tracing import trace
    from specward.writing.composing import compose

    written = 0
    for file in files:
        with Path(file).open("rb") as content:
            written += compose(trace(read_events(cast(BinaryIO, content)))).checked.ok
    return written


def _rounds(folder: Path) -> list[tuple[float, float]]:
    from apps.accounts.models import User
    from apps.audit.acting import Actor
    from apps.recordings.receiving import receive
    from apps.specs.tasks import generate_spec
    from apps.tenants.walls import behind
    from demo.people import ALICE
    from tests.apps.specs.killing import contents

    hand_over = generate_spec.delay
    waiting: list[str] = []
    # They are put into the queue when the clock runs, and not when they are received.
    generate_spec.delay = waiting.append
    timed: list[tuple[float, float]] = []
    with behind(ALICE.walls), ProcessPoolExecutor(2) as pool:
        alice = Actor.user(User.objects.get(email=ALICE.email))
        for number in range(ROUNDS + 1):
            sessions = [contents(2 * (number * AT_ONCE + n)) for n in range(AT_ONCE)]
            files = [folder / f"{n}.json" for n in range(AT_ONCE)]
            for file, session in zip(files, sessions, strict=True):
                file.write_bytes(session)
                receive([session], name=file.name, by=alice)
            began = time.perf_counter()
            for one in waiting:
                hand_over(one)
            _ended([uuid.UUID(one) for one in waiting])
            service = time.perf_counter() - began
            waiting.clear()
            halves = [[str(file) for file in files[n::2]] for n in range(2)]
            began = time.perf_counter()
            if sum(pool.map(_alone, halves)) != AT_ONCE:
                raise SystemExit("The library alone did not write every spec.")
            timed.append((service, time.perf_counter() - began))
    return timed[1:]  # in the first one everybody is still reading their code


def _ended(ids: Sequence[uuid.UUID]) -> None:
    from apps.recordings.models import Recording, State

    made = Recording.objects.filter(id__in=ids, specified__isnull=False)
    while made.count() < len(ids):
        if Recording.objects.filter(id__in=ids, state=State.FAILED).exists():
            raise SystemExit("A recording became no spec.")
        _PAUSED.wait(0.02)


def main() -> None:
    from tests.apps.specs.whole_service import Service

    state = Path(sys.argv[1])
    service: Any = Service(state)
    service.join()
    service.start_worker()
    try:
        found = _rounds(state)
    finally:
        service.end()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
