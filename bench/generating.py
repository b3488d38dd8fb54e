"""Specs a minute: two workers of a whole service, against two processes that run the library and nothing else.

``python -m bench.generating STATE`` is the process of the service itself, and prints one pair of durations a round.
"""

from __future__ import annotations

import functools
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from bench.table import Row
from tests.shared_data import ROOT as SHARED_DATA

ROOT: Final = Path(__file__).resolve().parents[1]
ROUNDS: Final = 5
AT_ONCE: Final = 48
"""Recordings of the shop in a round: each twice, and none with the bytes of another."""
SHOP, SHARED = "sessions of the shop", "shared real sessions"
AIM: Final = 0.8
_PAUSED: Final = threading.Event()


def generating() -> list[Row]:
    """The median of the rounds, the service and the library in turn."""
    with tempfile.TemporaryDirectory(prefix="specward-bench-") as state:
        ran = subprocess.run(
            [sys.executable, "-m", "bench.generating", state], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
        )
    found: dict[str, dict[str, Any]] = json.loads(ran.stdout.splitlines()[-1])
    return [_row(on, **measured) for on, measured in found.items()]


def _row(on: str, count: int, seconds: list[list[float]]) -> Row:
    ratio = statistics.median(alone / service for service, alone in seconds)
    each = count * 60 / statistics.median(service for service, _ in seconds)
    what = "specs/min, two workers / library alone"
    return Row(what, f"{count} {on}", f"{each:,.0f}", f"{ratio:.2f}x", f"> {AIM}x", ratio > AIM)


def _alone(files: Sequence[str]) -> int:
    from specward.recording.reading import read_events
    from specward.recording.tracing import trace
    from specward.writing.composing import compose

    written = 0
    for file in files:
        with Path(file).open("rb") as content:
            written += compose(trace(read_events(cast(BinaryIO, content)))).checked.ok
    return written


def _contents(on: str, number: int) -> list[bytes]:
    """What is uploaded in a round: spaces at the end make each the only one of its bytes."""
    from tests.apps.specs.killing import contents

    if on == SHOP:
        return [contents(2 * (number * AT_ONCE + n)) for n in range(AT_ONCE)]
    return [content + b" " * number for content in _shared()]


@functools.cache
def _shared() -> tuple[bytes, ...]:
    """The shared recordings that become specs; none where they are absent."""
    from specward.errors import SpecwardError

    found = []
    for path in sorted((SHARED_DATA / "recordings").glob("*.json")):
        with suppress(SpecwardError):
            _alone([str(path)])
            found.append(path.read_bytes())
    return tuple(found)


def _measured(folder: Path) -> dict[str, dict[str, Any]]:
    from apps.specs.tasks import generate_spec
    from apps.tenants.walls import behind
    from demo.people import ALICE

    hand_over = generate_spec.delay
    waiting: list[str] = []
    # They are put into the queue when the clock runs, and not when they are received.
    generate_spec.delay = waiting.append
    with behind(ALICE.walls), ProcessPoolExecutor(2) as pool:
        found: dict[str, dict[str, Any]] = {}
        for on in (SHOP, SHARED):
            rounds = [_contents(on, number) for number in range(ROUNDS + 1)]
            if rounds[0]:
                seconds = [_round(folder, sessions, waiting, hand_over, pool) for sessions in rounds]
                # In the first one everybody is still reading their code.
                found[on] = {"count": len(rounds[0]), "seconds": seconds[1:]}
    return found


def _round(
    folder: Path, sessions: list[bytes], waiting: list[str], hand_over: Callable[[str], Any], pool: ProcessPoolExecutor
) -> tuple[float, float]:
    """Seconds of the service, and of the library alone."""
    from apps.accounts.models import User
    from apps.audit.acting import Actor
    from apps.recordings.receiving import receive
    from demo.people import ALICE

    alice = Actor.user(User.objects.get(email=ALICE.email))
    files = [folder / f"{n}.json" for n in range(len(sessions))]
    for file, session in zip(files, sessions, strict=True):
        file.write_bytes(session)
        receive([session], name=file.name, by=alice)
    began = time.perf_counter()
    for one in waiting:
        hand_over(one)
    _ended([uuid.UUID(one) for one in waiting])
    service = time.perf_counter() - began
    waiting.clear()
    began = time.perf_counter()
    # One after the other, to whoever is free: as a queue hands them out.
    if sum(pool.map(_alone, [[str(file)] for file in files])) != len(sessions):
        raise SystemExit("The library alone did not write every spec.")
    return service, time.perf_counter() - began


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
        found = _measured(state)
    finally:
        service.end()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
