"""``SPECWARD_ROLE=pruner manage.py prune_logs``: what is past its retention leaves the logs of all tenants."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.acting import Actor, acting_as
from apps.audit.pruning import PAUSE, round_of_all, run
from apps.tenants.roles import Role


class Command(BaseCommand):
    """Ends with TERM or INT, after the log that it is at. May be killed at any moment: the next one goes on there.
    Raises CommandError in a process of another role."""

    help = (
        "Remove from each tenant's audit log what is past the retention of its plan, until told to end. An entry "
        "announces it first, and it goes once that is signed: a later round does it. Nothing goes under a legal hold."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then end")
        parser.add_argument("--pause", type=float, default=PAUSE, help="seconds between rounds (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if Role.of_this_process() is not Role.PRUNER:
            raise CommandError("Only the pruner role may: start it with SPECWARD_ROLE=pruner, and that role's address.")
        with acting_as(Actor.system("manage.py prune_logs")):
            if options["once"]:
                self.stdout.write(f"{round_of_all()} entries were pruned.")
                return
            ended = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: ended.set())
            self.stdout.write("Pruning.")
            self.stdout.flush()
            run(ended, options["pause"])
