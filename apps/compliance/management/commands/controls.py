"""``manage.py controls``: the page of the docs that lists promises, controls and checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.compliance.catalogue_page import page


class Command(BaseCommand):
    help = "Print the page that lists promises, controls and checks, or write it to a file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, help="where to write it")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"] is None:
            self.stdout.write(page(), ending="")
        else:
            options["file"].write_text(page(), "utf-8")
