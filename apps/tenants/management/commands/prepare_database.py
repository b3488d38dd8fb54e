"""``manage.py prepare_database``: the five roles and the database, on a PostgreSQL of your own."""

from __future__ import annotations

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.tenants.roles import DATABASE, Role, prepare_database
from config.environment import is_given, text


class Command(BaseCommand):
    help = (
        "Make the five database roles and the database, or mend them. SPECWARD_ADMIN_DATABASE_URL is the address of a "
        "superuser; SPECWARD_MIGRATOR_PASSWORD, SPECWARD_APP_PASSWORD, SPECWARD_PLATFORM_PASSWORD and "
        "SPECWARD_PRUNER_PASSWORD, where given, become the roles' passwords. Each may stand in a file, named by _FILE."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DATABASE, help="The database's name (default: %(default)s).")

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        passwords = {role: text(_variable(role)) for role in Role if role.logs_in and is_given(_variable(role))}
        try:
            prepare_database(text("SPECWARD_ADMIN_DATABASE_URL"), passwords, database)
        except psycopg.OperationalError as error:
            raise CommandError(f"SPECWARD_ADMIN_DATABASE_URL leads to no server that lets us in: {error}") from error
        kept = [role.user for role in Role if role.logs_in and role not in passwords]
        self.stdout.write(f"The database {database} and its five roles are as they should be.")
        if kept:
            self.stdout.write(f"Passwords were left as they are: {', '.join(kept)}.")


def _variable(role: Role) -> str:
    return f"SPECWARD_{role.name}_PASSWORD"
