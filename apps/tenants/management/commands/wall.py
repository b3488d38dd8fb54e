"""``SPECWARD_ROLE=migrator manage.py wall``: puts up again what ``check --database default`` found missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.tenants.policies import deviations, schemas, wall_in
from apps.tenants.roles import Role


class Command(BaseCommand):
    help = "Make the walls of every table stand as they should. Says what differed."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if Role.of_this_process() is not Role.MIGRATOR:
            raise CommandError("Only a migrator may put up walls. Set SPECWARD_ROLE=migrator.")
        left: list[str] = []
        for schema in schemas():
            for table, differences in sorted(deviations(schema).items()):
                self.stdout.write(f"{schema}.{table}: {'; '.join(differences)}")
            wall_in(schema)
            left += [f"{schema}.{table}" for table in deviations(schema)]
        if left:
            raise CommandError(f"Still not as they should be: {', '.join(left)}.")
        self.stdout.write("Every table stands behind its walls.")
