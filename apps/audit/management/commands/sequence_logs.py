"""``manage.py sequence_logs``: the process that gives entries their places, for all tenants, for ever."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.audit.sequencing import PAUSE, Sequencer


class Command(BaseCommand):
    """Ends with TERM or INT, after the log that it is at. May be killed at any moment: nothing is half done."""

    help = "Give the entries of all audit logs their places, and sign checkpoints, until told to end."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then end")
        parser.add_argument("--pause", type=float, default=PAUSE, help="seconds between rounds (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
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
