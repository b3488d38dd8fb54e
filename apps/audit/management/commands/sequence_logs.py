"""``SPECWARD_ROLE=sequencer manage.py sequence_logs``: gives entries their places, in all logs, for ever."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.sequencing import PAUSE, Sequencer
from apps.tenants.roles import Role


class Command(BaseCommand):
    """Ends with TERM or INT, after the log that it is at. May be killed at any moment: nothing is half done.
    Raises CommandError in a process of another role."""

    help = "Give the entries of all audit logs their places, and sign checkpoints, until told to end."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then end")
        parser.add_argument("--pause", type=float, default=PAUSE, help="seconds between rounds (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        if Role.of_this_process() is not Role.SEQUENCER:
            raise CommandError(
                "Only the sequencer role may: start it with SPECWARD_ROLE=sequencer, and that role's address."
            )
        sequencer = Sequencer()
        if options["once"]:
            self.stdout.write(f"{sequencer.round()} entries got their places.")
            return
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        self.stdout.write("Sequencing.")
        self.stdout.flush()
        sequencer.run(ended, options["pause"])
