"""Runs the spec of a recording against a shop, as ``specward run`` does: interpreted, in Chromium, behind the wall.

``Runner`` is the place to put another way of running: a function from a job and a shop's URL to an outcome.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from demo.flows import FIXTURES, FLOWS, RECORDINGS, names
from demo.shop import Shop
from specward.execution.outcomes import RunResult
from specward.execution.running import RunSettings, run_spec
from specward.execution.supplies import Supplies
from specward.language.ir import Spec
from specward.recording.reading import read_events
from specward.recording.tracing import trace
from specward.writing.composing import Composed, compose


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run: ``why`` is empty where it passed."""

    why: str
    seconds: float

    @property
    def passed(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Job:
    """The spec of a recording, with what it is to be run with."""

    name: str
    spec: Spec
    secrets: Mapping[str, str]


Runner = Callable[[Job, str], Outcome]


@functools.cache
def composed(name: str) -> Composed:
    """The spec of a recording as ``specward generate`` writes it."""
    return compose(trace(read_events(RECORDINGS / f"{name}.json.gz")))


@functools.cache
def job(name: str) -> Job:
    """The job of a recording: its spec, and what its flow brings along."""
    flow, mask = names()[name]
    return Job(name, composed(name).written.spec, {**flow.secrets, **flow.masks.get(mask, {})})


def unmasked() -> list[str]:
    """The recordings whose specs say everything."""
    return [name for name, (_, mask) in names().items() if not mask]


def run(job: Job, url: str) -> RunResult:
    """One run under the limits that ``specward run`` has unless told otherwise."""
    supplies = Supplies(job.secrets, FIXTURES)
    return run_spec(job.spec, RunSettings(base_url=url, supplies=supplies))


def interpreted(job: Job, url: str) -> Outcome:
    """A :data:`Runner`: the interpreter itself, with a browser of its own for each run."""
    result = run(job, url)
    failed = result.failed_call
    why = f"{failed.call}: {result.message}" if failed is not None else result.message
    return Outcome("" if result.passed else why or "failed", result.milliseconds / 1000)


def fresh(name: str) -> Outcome:
    """A recording's spec on a shop of its own, that nobody has been in."""
    with Shop() as shop:
        return interpreted(job(name), shop.url)


def survey(wanted: Sequence[str], times: int, at_once: int) -> int:
    """Runs each spec so many times in a row, prints a line for each, and returns how many runs failed."""
    failed = 0
    # Interpreted runs keep their state to themselves: each has its process of the driver, its browser and its shop.
    with ThreadPoolExecutor(at_once) as pool:
        for name, outcomes in zip(
            wanted, pool.map(lambda name: [fresh(name) for _ in range(times)], wanted), strict=True
        ):
            failed += sum(not outcome.passed for outcome in outcomes)
            seconds = " ".join(f"{outcome.seconds:4.1f}" for outcome in outcomes)
            why = next((outcome.why for outcome in outcomes if not outcome.passed), "")
            print(f"{name:32} {seconds}  {why or 'passed'}", flush=True)
    total = len(wanted) * times
    print(f"{total - failed} of {total} runs passed: {len(wanted)} specs of {len(FLOWS)} flows, a fresh shop each")
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m demo.running", description="Every spec, on a fresh shop each time."
    )
    parser.add_argument("names", nargs="*", help="only the specs of these recordings")
    parser.add_argument("--times", type=int, default=5, help="runs of each, in a row")
    parser.add_argument("--jobs", type=int, default=2, help="specs at once")
    given = parser.parse_args()
    raise SystemExit(1 if survey(given.names or list(names()), given.times, given.jobs) else 0)


if __name__ == "__main__":
    main()
