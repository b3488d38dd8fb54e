"""``manage.py services start|stop|status``: the embedded PostgreSQL and Valkey of this checkout."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import embedded
from config.embedded.place import ServiceRefused, default_place
from config.environment import is_given


class Command(BaseCommand):
    help = "Start, stop or show the embedded PostgreSQL and Valkey of this checkout."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["start", "stop", "status"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        try:
            if what == "start":
                embedded.ensure()
            elif what == "stop":
                embedded.stop()
            running = embedded.running()
        except ServiceRefused as refused:
            raise CommandError(str(refused)) from refused
        for name, variable, is_running in (
            ("PostgreSQL", "DATABASE_URL", running.postgres),
            ("Valkey", "REDIS_URL", running.valkey),
        ):
            given = f", {variable} names another" if is_given(variable) else ""
            self.stdout.write(f"{name:<11} {'running' if is_running else 'stopped'}{given}")
        self.stdout.write(f"Their data are in {default_place().data}")
