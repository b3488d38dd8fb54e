"""A worker of its own process that pushes to a sink of Acme until it is killed: ``python -m ... SINK``."""

from __future__ import annotations

import os
import sys
import threading
import uuid

import django


def main(sink: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from apps.siem import pushing
    from apps.tenants.walls import Walls, behind, schema_of
    from tests.cast import ACME

    paused = threading.Event()
    with behind(Walls(schema_of(ACME.id), ACME.id)):
        while True:
            if pushing.push(uuid.UUID(sink)) is None:
                paused.wait(0.01)


if __name__ == "__main__":
    main(sys.argv[1])
