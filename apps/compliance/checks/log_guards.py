"""Whether what writes and guards this tenant's log is all there."""

from __future__ import annotations

from django.db import transaction

from apps.audit.checks import unguarded
from apps.compliance.checking import Check, Result, check, failed, passed, some
from apps.compliance.checks.seen_from_here import around, own_schema, without_others
from apps.tenants.catalog import Kind


@check
class LogGuards(Check):
    """Triggers, functions, and the table itself."""

    key = "log.guards"
    title = "Every trigger that writes or guards the log is in place, and always fires"
    words = (
        "Compares the triggers and functions of every table of this account with what they should be, and looks for "
        "triggers that could be passed by."
    )
    mend = "Run `SPECWARD_ROLE=migrator manage.py migrate_schemas`; find out what was written meanwhile, and by whom."

    def look(self) -> Result:
        schema = own_schema()
        with transaction.atomic():
            missing = [without_others(one.replace(f"{schema}.", ""), schema) for one in unguarded(schema)]
        wrong = [*missing, *around(Kind.TRIGGER)]
        if wrong:
            return failed(f"{len(wrong)} guards of the log are not as they should be.", wrong=some(wrong))
        return passed(wrong=0)
