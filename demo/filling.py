"""Makes the demo's tables, tenants and people: ``python -m demo.filling``, as migrator.

Passwords come as a JSON object of names on the standard input, so that they stand in no process list.
"""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    passwords: dict[str, str] = json.load(sys.stdin)
    django.setup()
    from django.core.management import call_command

    from apps.accounts import people
    from apps.accounts.models import Role
    from apps.audit.acting import Actor, acting_as, narrating
    from apps.tenants.models import Plan
    from apps.tenants.provisioning import Wanted, provision
    from apps.tenants.walls import behind
    from demo.people import PEOPLE, TENANTS

    call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
    for one in TENANTS:
        provision(Wanted(one.name, one.host, Plan.Code(one.plan), one.id))
    with acting_as(Actor.system("script/demo")), narrating("Puts in the people of the demo"):
        for person in PEOPLE:
            with behind(person.walls):
                people.add(person.email, person.name, Role(person.role), password=passwords[person.name])


if __name__ == "__main__":
    main()
