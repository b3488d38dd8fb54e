"""``manage.py tenant_key TENANT ...``: looks at a tenant's key, and does to it what its owner asked for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.tenants.models import Tenant
from apps.tenants.signals import operator_acted
from apps.tenants.walls import Walls, behind, schema_of
from apps.vault import configured, resealing, tenant_keys
from apps.vault.errors import VaultError


class Command(BaseCommand):
    """Raises CommandError for what the vault refuses, and where something could not be resealed."""

    help = "Describe, rotate, reseal, end an old version of, disable, enable or destroy the key of a tenant."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", type=uuid.UUID, help="the tenant's id")
        doing = parser.add_subparsers(dest="doing", required=True)
        for name, words in (
            ("describe", "its state and versions"),
            ("rotate", "a new primary version; what is sealed opens as before"),
            ("reseal", "move everything under the primary version; may be cut off, and run again"),
            ("disable", "seal and open nothing until it is enabled"),
            ("enable", "take that back"),
        ):
            doing.add_parser(name, help=words)
        ending = doing.add_parser("end-version", help="destroy an old version that nothing is under")
        ending.add_argument("version", type=uuid.UUID)
        destroying = doing.add_parser("destroy", help="nothing that the tenant has sealed ever opens again")
        destroying.add_argument("--for-ever", type=uuid.UUID, required=True, help="the tenant's id once more")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant: uuid.UUID = options["tenant"]
        doing: dict[str, Callable[[], object]] = {
            "describe": lambda: None,
            "rotate": tenant_keys.rotate,
            "reseal": self._reseal,
            "disable": tenant_keys.disable,
            "enable": tenant_keys.enable,
            "end-version": lambda: resealing.end_version(options["version"]),
            "destroy": lambda: self._destroy(tenant, options["for_ever"]),
        }
        with behind(Walls(tenant_id=tenant)):
            if not Tenant.objects.filter(id=tenant).exists():
                raise CommandError(f"There is no tenant {tenant}.")
        with behind(Walls(schema_of(tenant), tenant)):
            operator_acted.send(sender=type(self), command="tenant_key", doing=options["doing"])
            try:
                doing[options["doing"]]()
                self._describe(tenant)
            except VaultError as error:
                raise CommandError(f"{error.code}: {error}") from None

    def _describe(self, tenant: uuid.UUID) -> None:
        row = tenant_keys.provide()
        described = configured.key_service().describe(tenant)
        self.stdout.write(f"{row.get_state_display()}; the key service says: {described.state}")
        for version in described.versions:
            state = "destroyed" if version.destroyed else "primary" if version.id == described.primary else "opens"
            self.stdout.write(f"  {version.id}  {version.created:%Y-%m-%d %H:%M:%S}  {state}")

    def _reseal(self) -> None:
        done = resealing.reseal()
        self.stdout.write(f"Resealed {done.rows} values in rows and {done.objects} objects.")
        for missed in done.missed:
            self.stderr.write(f"  not {missed.what}: {missed.code}")
        if done.missed:
            raise CommandError(f"{len(done.missed)} stay under an old version of the key, which cannot end.")

    def _destroy(self, tenant: uuid.UUID, again: uuid.UUID) -> None:
        if again != tenant:
            raise CommandError("Name the tenant's id twice: there is no way back.")
        tenant_keys.destroy()
