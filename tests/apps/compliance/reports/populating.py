"""Makes tenants with an owner and schedules that are due, as the migrator: ``python -m ... TENANTS SCHEDULES``."""

from __future__ import annotations

import sys
import uuid

import django

ONE_IN = 20
"""So many have a PDF: setting one takes longer than all the rest of a report."""


def main(tenants: int, schedules: int) -> None:
    django.setup()
    from django.utils import timezone

    from apps.accounts import people
    from apps.accounts.models import Role
    from apps.compliance.reports.models import Schedule
    from apps.tenants.models import Plan
    from apps.tenants.provisioning import Wanted, provision
    from apps.tenants.walls import Walls, behind, schema_of

    for number in range(tenants):
        wanted = Wanted(f"Customer {number}", f"customer-{number}.localhost", Plan.Code.TEAM, uuid.uuid4())
        provision(wanted)
        now = timezone.now()
        with behind(Walls(schema_of(wanted.id), wanted.id)):
            people.add(f"owner@customer-{number}.example", f"Owner {number}", Role.OWNER)
            Schedule.objects.bulk_create(
                Schedule(
                    name=f"Report {each}", every="week", weekday=each % 7, hour=each % 24, zone="Europe/Berlin",
                    roles=[Role.OWNER], with_pdf=each % ONE_IN == 0, next_due=now, covered=now,
                )
                for each in range(schedules)
            )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
