"""The people and the tenants of all tests."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from apps.tenants.models import Plan
from apps.tenants.provisioning import Wanted
from apps.tenants.walls import PLATFORM_ID

ACME: Final = Wanted("Acme", "acme.localhost", Plan.Code.BUSINESS, uuid.UUID("ac3e0000-0000-4000-8000-000000000001"))
GLOBEX: Final = Wanted("Globex", "globex.localhost", Plan.Code.TEAM, uuid.UUID("910be000-0000-4000-8000-000000000002"))
PLATFORM: Final = Wanted("Specward", "platform.localhost", Plan.Code.ENTERPRISE, PLATFORM_ID)
TENANTS: Final = (PLATFORM, ACME, GLOBEX)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the cast: where they have their account, and as what."""

    name: str
    tenant: Wanted
    role: str

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@{self.tenant.name.lower()}.example"

    @property
    def password(self) -> str:
        return f"correct horse {self.name.lower()} staple"


ALICE: Final = Person("Alice", ACME, "owner")
BOB: Final = Person("Bob", ACME, "engineer")
CORA: Final = Person("Cora", ACME, "compliance_officer")
ADA: Final = Person("Ada", ACME, "auditor")
MALLORY: Final = Person("Mallory", GLOBEX, "owner")
SAM: Final = Person("Sam", PLATFORM, "owner")
CAST: Final = (ALICE, BOB, CORA, ADA, MALLORY, SAM)
