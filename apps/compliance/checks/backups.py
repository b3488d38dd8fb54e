"""Whether what is backed up can be restored: by the newest rehearsal that tried."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.compliance.backups.models import Rehearsal
from apps.compliance.checking import Check, Result, check, failed, not_applicable, passed, some
from apps.compliance.checks.seen_from_here import tenant
from apps.tenants.models import Tenant


@check
class Restorable(Check):
    """A restore that was done, and compared row by row."""

    key = "backups.restorable"
    title = "A backup was restored lately, and nothing was missing or different"
    words = (
        "Reads what the newest rehearsal left: the whole database was dumped, restored beside, and every table and the "
        "signed head of the log compared."
    )
    mend = (
        "Run `manage.py rehearse_restore` as deploy/README.md says, by a timer; where it differs, find out why before "
        "you need the backup."
    )

    def look(self) -> Result:
        if not settings.BACKUPS:
            return not_applicable("The operator says that this installation has no backups (SPECWARD_BACKUPS=0).")
        most = datetime.timedelta(days=settings.REHEARSAL_DAYS)
        with transaction.atomic():
            newest = Rehearsal.objects.first()
            made = Tenant.objects.values_list("created", flat=True).get(id=tenant())
        now = timezone.now()
        if newest is None:
            if now - made < most:
                due = (made + most).isoformat()
                return not_applicable("The account is younger than the time between two rehearsals.", first_due=due)
            return failed("No restore was ever rehearsed.", days=settings.REHEARSAL_DAYS)
        evidence = {
            "rehearsed": newest.at.isoformat(),
            "tables": newest.tables,
            "rows": newest.rows,
            "log_size": newest.log_size,
            "log_root": newest.log_root,
            "took_ms": newest.took_ms,
        }
        if not newest.same:
            return failed(newest.because, **evidence, differing=some(newest.differing))
        if now - newest.at > most:
            return failed(f"The last rehearsal is older than {settings.REHEARSAL_DAYS} days.", **evidence)
        return passed(**evidence)
