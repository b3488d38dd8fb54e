"""``manage.py idor_harness HOST OTHER_HOST``"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.access.harness import NoSuchHost, run


class Command(BaseCommand):
    """Exit code 1 for any finding."""

    help = (
        "Asks every address as everybody who should not get an answer, and compares. Makes people and objects of its "
        "own in two tenants, in one transaction that is rolled back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("host", help="the host of a tenant, e.g. acme.localhost")
        parser.add_argument("other_host", help="the host of another one")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, host: str, other_host: str, json: bool, **options: Any) -> None:
        tell = self.stderr.write if options["verbosity"] > 1 else lambda line: None
        try:
            report = run(host, other_host, tell=tell)
        except NoSuchHost as refused:
            raise CommandError(str(refused)) from refused
        if json:
            self.stdout.write(_as_json(report))
        else:
            for finding in report.findings:
                self.stdout.write(str(finding))
            self.stdout.write(
                f"{report.endpoints} addresses, {len(report.covered)} with their methods, {report.asked} requests: "
                f"{len(report.findings) or 'no'} findings."
            )
        if report.findings:
            raise CommandError("The harness found something.", returncode=1)


def _as_json(report: Any) -> str:
    return json.dumps(
        {
            "endpoints": report.endpoints,
            "covered": sorted(f"{method} {path}" for path, method in report.covered),
            "asked": report.asked,
            "findings": [asdict(finding) for finding in report.findings],
        }
    )
