#!/usr/bin/env python3
"""Django's commands. Starts the embedded services first where no DATABASE_URL or REDIS_URL is given."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config import embedded
    from config.embedded.place import ServiceRefused

    try:
        if sys.argv[1:2] != ["services"]:
            embedded.ensure()
    except ServiceRefused as refused:
        sys.exit(str(refused))
    from django.core.management import execute_from_command_line

    from apps.audit.acting import Actor, acting_as

    with acting_as(Actor.system(f"manage.py {' '.join(sys.argv[1:2])}".strip())):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
