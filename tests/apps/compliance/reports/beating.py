"""A beat and a worker in one process, until it is killed: ``python -m tests.apps.compliance.reports.beating SEED``."""

from __future__ import annotations

import os
import random
import sys
import threading

import django


def main(seed: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from apps.compliance.reports import scheduling, working
    from apps.compliance.tasks import work_on_report
    from apps.tenants.fan_out import in_each_open_tenant

    chance = random.Random(seed)
    paused = threading.Event()
    done = 0
    work_on_report.delay = lambda *_: None  # no broker: what is to be done is found by its row

    def beat() -> None:
        nonlocal done
        scheduling.begin_due()
        waiting = working.waiting()
        chance.shuffle(waiting)
        for report in waiting:
            done += working.work(report)

    while True:
        before = done
        in_each_open_tenant(beat)
        if done == before:
            paused.wait(0.2)


if __name__ == "__main__":
    main(int(sys.argv[1]))
