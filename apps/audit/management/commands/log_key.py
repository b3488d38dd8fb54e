"""``manage.py log_key TENANT [rotate]``: which keys sign a tenant's log, and a new one."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.acting import Actor, acting_as
from apps.audit.log_keys import ask_for_another, reigns
from apps.tenants.models import Tenant
from apps.tenants.signals import operator_acted
from apps.tenants.walls import Walls, behind, schema_of


class Command(BaseCommand):
    """Raises CommandError for a tenant that there is not."""

    help = "Show the keys of a tenant's audit log, or give it a new one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", type=uuid.UUID, help="the tenant's id")
        parser.add_argument("doing", nargs="?", choices=["show", "rotate"], default="show")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant: uuid.UUID = options["tenant"]
        with behind(Walls(tenant_id=tenant)):
            if not Tenant.objects.filter(id=tenant).exists():
                raise CommandError(f"There is no tenant {tenant}.")
        with behind(Walls(schema_of(tenant), tenant)), acting_as(Actor.system("manage.py log_key")):
            operator_acted.send(sender=type(self), command="log_key", doing=options["doing"])
            if options["doing"] == "rotate":
                ask_for_another()
                self.stdout.write("A new key is asked for: the sequencer makes it within a second or so.")
            for reign in reigns():
                since = "from when its entry has a place" if reign.since is None else f"from entry {reign.since}"
                self.stdout.write(f"{reign.key} {since}")
