"""Runs in processes of their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from specward.execution import workers
from specward.execution.limits import Limits
from specward.execution.outcomes import RunResult, Stop
from specward.execution.running import RunSettings
from specward.execution.supplies import Supplies
from specward.execution.workers import Job, Refused, run_all
from specward.language import parse
from tests.execution.site import Site, serving, text


@pytest.fixture
def site() -> Iterator[Site]:
    with serving({"/": text("<h1>Fine</h1>")}) as running:
        yield running


def job(key: int, site: Site, chromium: str, call: str = 'goto("/")', limits: Limits | None = None) -> Job:
    spec = parse(f'spec("Run {key}", origin="https://acme.example")\n\nwith step("Go"):\n    {call}\n')
    settings = RunSettings(
        base_url=site.origin, chromium=chromium, limits=limits or Limits(run=60), supplies=Supplies()
    )
    return Job(key, spec, settings)


@pytest.mark.chromium
def test_runs_share_out_over_workers_and_a_refused_one_is_told(site: Site, chromium: str):
    jobs = [job(0, site, chromium), job(1, site, chromium, 'fill(label("a"), secret("NONE"))'), job(2, site, chromium)]
    started: list[int] = []
    answers = {done.key: answer for done, answer in run_all(jobs, 2, lambda one: started.append(one.key))}
    assert isinstance(answers[0], RunResult) and answers[0].passed
    assert isinstance(answers[2], RunResult) and answers[2].passed
    refused = answers[1]
    assert isinstance(refused, Refused) and refused.code == "supply-missing" and "NONE" in refused.message
    assert started == [0, 1, 2]


@pytest.mark.chromium
def test_a_worker_that_dies_is_its_runs_failure_and_the_next_run_passes(
    site: Site, chromium: str, monkeypatch: pytest.MonkeyPatch
):
    processes: list[int] = []
    start = workers._start

    def remember() -> workers._Worker:
        worker = start()
        processes.append(worker.process.pid or 0)
        return worker

    monkeypatch.setattr(workers, "_start", remember)

    def kill_the_first(one: Job) -> None:
        if one.key == 0:
            os.kill(processes[-1], signal.SIGKILL)

    jobs = [job(0, site, chromium), job(1, site, chromium)]
    answers = {done.key: answer for done, answer in run_all(jobs, 1, kill_the_first)}
    lost, next_one = answers[0], answers[1]
    assert isinstance(lost, RunResult) and lost.stop is Stop.WORKER_GONE and not lost.passed
    assert isinstance(next_one, RunResult) and next_one.passed
    assert len(processes) == 2


def test_a_worker_that_does_not_come_back_is_given_up(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "_GRACE", -59.5)
    stuck = tmp_path / "chromium"
    stuck.write_text("#!/bin/sh\nexec cat\n")  # starts, and never says anything
    stuck.chmod(0o755)
    (_, answer), *_ = run_all([job(0, site, str(stuck))], 1)
    assert isinstance(answer, RunResult) and answer.stop is Stop.WORKER_GONE
