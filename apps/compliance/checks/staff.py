"""Staff of the platform: they have no account in a tenant, and nothing they do there goes past the tenant's log."""

from __future__ import annotations

import datetime
from typing import Final

from django.db import transaction

from apps.audit.staff import entries_of_staff, operations
from apps.compliance.checking import Check, Result, check, failed, not_applicable, passed, some
from apps.tenants.walls import PLATFORM_ID, connection

WITHIN: Final = datetime.timedelta(days=35)
_MOST: Final = 10_000


@check
class StaffStaysOutside(Check):
    key = "staff.access"
    title = "Nobody of the platform's staff was in this account"
    words = (
        "Looks in the account's own log for anything that staff did in the last 35 days, signing in and reading "
        "included. To suspend, resume or close the account as a whole is theirs and left out; commands of operators "
        "are counted."
    )
    mend = (
        "Ask the platform who that was and what for: until there is a procedure for access in an emergency, nobody of "
        "its staff has any."
    )

    def look(self) -> Result:
        if connection().walls.proven == PLATFORM_ID:
            return not_applicable("This is the platform's own account, where its staff have theirs.")
        with transaction.atomic():
            entries = some(entries_of_staff(WITHIN).values_list("id", flat=True)[:_MOST])
            commands = operations(WITHIN).count()
        seen = {"days": WITHIN.days, "operators_commands": commands}
        if entries["count"]:
            because = f"Staff of the platform did {entries['count']} things in this account."
            return failed(because, entries=entries, **seen)
        return passed(**seen)
