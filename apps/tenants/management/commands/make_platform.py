"""``SPECWARD_ROLE=migrator manage.py make_platform HOST EMAIL NAME``: our own tenant, and who begins there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.tenants.errors import WallError
from apps.tenants.models import Plan
from apps.tenants.provisioning import FirstOwner, Step, Wanted, provision
from apps.tenants.roles import Role
from apps.tenants.walls import PLATFORM_ID


class Command(BaseCommand):
    help = (
        "Make the platform's own tenant, in which staff makes all others, and invite its first owner by mail. What is "
        "there already stays as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("host", help="The host name of the platform's console, such as platform.specward.example.")
        parser.add_argument("email", help="Where the invitation goes.")
        parser.add_argument("name", help="How the first owner is called.")

    def handle(self, *args: Any, host: str, email: str, name: str, **options: Any) -> None:
        if Role.of_this_process() is not Role.MIGRATOR:
            raise CommandError("Only a migrator may make a tenant. Set SPECWARD_ROLE=migrator.")
        wanted = Wanted("Specward", host, Plan.Code.ENTERPRISE, PLATFORM_ID, FirstOwner(email, name))
        try:
            provision(wanted, self._tell)
        except WallError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The platform's console is at {host}. A worker sends the invitation to {email}.")

    def _tell(self, step: Step) -> None:
        self.stdout.write(f"{step.words}.")
