"""One side of a comparison: rows of a model written by Django's ORM, and captured by the triggers of our audit log."""

from __future__ import annotations

import sys


def main(database: str) -> None:
    import django

    django.setup()
    from django.db import transaction

    from apps.audit.acting import Actor, acting_as
    from apps.audit.vocabulary import ActorKind
    from apps.tenants.walls import behind
    from bench.auditing import answer
    from tests.apps.audit.fleet import Ship
    from tests.apps.tenants.connecting import OF_ACME, through, wrapper

    def write(rows: int) -> None:
        for number in range(rows // 2):
            with transaction.atomic():
                ship = Ship.objects.create(name=f"Ship {number}")
            with transaction.atomic():
                ship.bearing = number + 1
                ship.save()

    with through(wrapper(database)), behind(OF_ACME), acting_as(Actor(ActorKind.USER, "Alice")):
        answer(write)


if __name__ == "__main__":
    main(sys.argv[1])
