"""Several runs at once, each worker a process of its own: what a run does to its process, the next one does not see.

A worker that does not come back within its limits is killed with everything below it, and its run is a typed failure.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from specward.errors import SpecwardError
from specward.execution.outcomes import Outcome, RunResult, Stop
from specward.execution.running import RunSettings, run_spec
from specward.language.ir import Spec
from specward.language.printer import spec_digest

_GRACE: Final = 30.0
"""Seconds past its own limit after which a worker is given up: start of a browser, and the end of a run."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run that is to be made."""

    key: int
    spec: Spec
    settings: RunSettings


@dataclass(frozen=True, slots=True)
class Refused:
    """A run that could not begin: the code, sentence and hint of the error."""

    code: str
    message: str
    hint: str


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    job: Job | None = None
    until: float = 0.0


def run_all(
    jobs: Sequence[Job], workers: int, on_start: Callable[[Job], None] = lambda job: None
) -> Iterator[tuple[Job, RunResult | Refused]]:
    """The results of ``jobs`` as they come, from at most ``workers`` processes. ``on_start`` hears of each run's start.

    Closing the iterator early ends all workers.
    """
    waiting = deque(jobs)
    pool: list[_Worker] = []
    try:
        while waiting or any(worker.job is not None for worker in pool):
            while waiting and len(pool) < workers:
                pool.append(_start())
            for worker in pool:
                if worker.job is None and waiting:
                    worker.job = waiting.popleft()
                    worker.until = time.monotonic() + worker.job.settings.limits.run + _GRACE
                    worker.pipe.send(worker.job)
                    on_start(worker.job)
            busy = [worker for worker in pool if worker.job is not None]
            soonest = min(worker.until for worker in busy)
            wait([worker.pipe for worker in busy], timeout=max(0.0, soonest - time.monotonic()))
            for worker in busy:
                job, answer = worker.job, _answer(worker)
                if job is None or answer is None:
                    continue
                worker.job = None
                if isinstance(answer, RunResult) and answer.stop is Stop.WORKER_GONE:
                    pool.remove(worker)
                    _end(worker)
                yield job, answer
    finally:
        for worker in pool:
            _end(worker)


def _answer(worker: _Worker) -> RunResult | Refused | None:
    """What the worker has to say; ``None`` while it works."""
    if worker.job is None:
        return None
    try:
        if worker.pipe.poll():
            answer: RunResult | Refused = worker.pipe.recv()
            return answer
    except (EOFError, OSError):
        return _lost(worker.job, "The process of the run ended without a result.")
    if time.monotonic() > worker.until:
        return _lost(worker.job, "The process of the run did not come back within its limits.")
    return None


def _lost(job: Job, message: str) -> RunResult:
    return RunResult(
        title=job.spec.title,
        digest=spec_digest(job.spec),
        base_url=job.settings.base_url or job.spec.origin,
        outcome=Outcome.FAILED,
        milliseconds=0.0,
        steps=(),
        stop=Stop.WORKER_GONE,
        stop_message=message,
    )


def _start() -> _Worker:
    # Spawned, not forked: a fork would share this process's threads' locks and its open files.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True, name="specward-worker")
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    if worker.job is None:
        worker.process.join(timeout=2.0)
    pid = worker.process.pid
    if worker.process.is_alive() and pid is not None:
        for below in _below(pid):
            _kill(below)
        _kill(pid)
        worker.process.join(timeout=5.0)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _below(pid: int) -> list[int]:
    """All that a process has started, and what those have."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except (OSError, ValueError):
            continue
        for child in children:
            found += [child, *_below(child)]
    return found


def _work(pipe: Connection) -> None:
    """The life of a worker: one run after the other, until there is nobody to run for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it ends it
    while True:
        try:
            job: Job = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer: RunResult | Refused = run_spec(job.spec, job.settings)
        except SpecwardError as error:
            answer = Refused(error.code, str(error), error.hint)
        try:
            pipe.send(answer)
        except OSError:
            return
