"""Who is in the demo: three tenants and their people, each with a password of this demo alone."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Final

from apps.tenants.walls import PLATFORM_ID, Walls, schema_of


@dataclass(frozen=True, slots=True)
class Customer:
    """A tenant of the demo. ``plan`` is one of ``apps.tenants.models.Plan.Code``: under *team* a recording is discarded
    once its spec is made, under *business* it is kept for 30 days."""

    name: str
    host: str
    plan: str
    id: uuid.UUID


ACME: Final = Customer("Acme", "acme.localhost", "team", uuid.UUID("ac3e0000-0000-4000-8000-000000000001"))
GLOBEX: Final = Customer("Globex", "globex.localhost", "business", uuid.UUID("910be000-0000-4000-8000-000000000002"))
PLATFORM: Final = Customer("Specward", "platform.localhost", "enterprise", PLATFORM_ID)
TENANTS: Final = (PLATFORM, ACME, GLOBEX)
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo. ``role`` is one of ``apps.accounts.models.Role``."""

    name: str
    tenant: Customer
    role: str
    may: str

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@{self.tenant.name.lower()}.example"

    @property
    def walls(self) -> Walls:
        """Their own tenant's."""
        return Walls(schema_of(self.tenant.id), self.tenant.id)


ALICE: Final = Person("Alice", ACME, "owner", "everything of Acme's")
BOB: Final = Person("Bob", ACME, "engineer", "uploads, edits; approves what others wrote")
CORA: Final = Person("Cora", ACME, "compliance_officer", "holds, discards, the log")
MALLORY: Final = Person("Mallory", GLOBEX, "owner", "everything of Globex's, nothing of Acme's")
SAM: Final = Person("Sam", PLATFORM, "owner", "our staff: customers, not what they keep")
PEOPLE: Final = (ALICE, BOB, CORA, MALLORY, SAM)


def new_password() -> str:
    """20 letters and digits, about 99 bits, in groups that can be typed."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)
