"""Every page of the console that is opened by GET, by its site's name, and who of the cast may open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.cast import ADA, ALICE, BOB, CORA, SAM, Person

EVERYBODY: Final = (ALICE, BOB, CORA, ADA)


@dataclass(frozen=True, slots=True)
class Page:
    """An address at Acme's host, or at the platform's."""

    path: str
    open_to: tuple[Person, ...]


TENANT: Final = (
    Page("/console/", EVERYBODY),
    Page("/console/accounts/user/", EVERYBODY),
    Page("/console/accounts/user/invite/", (ALICE,)),
    Page("/console/accounts/user/{bob}/", EVERYBODY),
    Page("/console/accounts/token/", (ALICE, CORA, ADA)),
    Page("/console/accounts/token/{token}/", (ALICE, CORA, ADA)),
    Page("/console/audit/", (ALICE, CORA, ADA)),
    Page("/console/audit/{entry}/", (ALICE, CORA, ADA)),
    Page("/console/account/", EVERYBODY),
    Page("/console/account/password/", EVERYBODY),
    Page("/console/account/sessions/", EVERYBODY),
    Page("/console/account/tokens/", (ALICE, BOB, CORA)),
    Page("/console/account/tokens/new/", (ALICE, BOB, CORA)),
)
PLATFORM: Final = (
    Page("/platform/", (SAM,)),
    Page("/platform/tenants/tenant/", (SAM,)),
    Page("/platform/tenants/provisioning/", (SAM,)),
    Page("/platform/tenants/provisioning/new/", (SAM,)),
    Page("/platform/accounts/user/", (SAM,)),
    Page("/platform/audit/", (SAM,)),
)
ENTRANCE: Final = ("/sign-in/", "/forgot/")
