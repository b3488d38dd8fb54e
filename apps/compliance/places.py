"""Where the console shows what a mail speaks of."""

from __future__ import annotations

from apps.accounts.links import address
from apps.tenants.walls import PLATFORM_ID, connection


def page(path: str) -> str:
    """The full address of a page of the posture, at the tenant's own host; the platform's console has another name."""
    root = "platform" if connection().walls.proven == PLATFORM_ID else "console"
    return address(f"/{root}/posture/{path}")
