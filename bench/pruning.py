"""What pruning costs: entries that are announced, and entries that go, in a second. One thread, one embedded server."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from bench.table import Row

ENTRIES: Final = 20_000
DATABASE: Final = "bench_pruning"


def pruning() -> list[Row]:
    """Of a log of a tenant whose plan keeps nothing: all of it goes, by the pruner role, in batches of 1,000."""
    os.environ.setdefault("SPECWARD_STATE", str(Path(__file__).resolve().parents[1] / ".state" / "tests"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import connection, connections

    from apps.audit.pruning import prune
    from apps.audit.sequencing import sequence
    from apps.tenants.walls import behind
    from config import embedded
    from config.embedded.place import default_place
    from tests.apps import databases
    from tests.apps.audit.as_pruner import pruner
    from tests.apps.tenants.connecting import OF_ACME, as_admin, through, wrapper

    place = default_place()
    embedded.ensure(place, quick=True)
    databases.copy(place, DATABASE)
    with as_admin(DATABASE) as admin:
        admin.execute("UPDATE tenants_plan SET audit_days = 0")
    before = connections["default"].settings_dict["NAME"]
    connections["default"].settings_dict["NAME"] = DATABASE
    try:
        with through(wrapper(DATABASE)), behind(OF_ACME):
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO audit_entry (action) SELECT 10 FROM generate_series(1, %s)", [ENTRIES])
            sequence()
            with pruner(), behind(OF_ACME):
                started = time.perf_counter()
                announced = prune(0).announced
                announcing = time.perf_counter() - started
            sequence()
            with pruner(), behind(OF_ACME):
                started = time.perf_counter()
                removed = prune(0).removed
                removing = time.perf_counter() - started
    finally:
        connections["default"].settings_dict["NAME"] = before
    count = sum(last - first + 1 for first, last in announced)
    return [
        Row("compared with its hash and announced", f"{count:,} entries", f"{count / announcing:,.0f}/s", ""),
        Row("deleted, and its salt forgotten", f"{removed:,} entries", f"{removed / removing:,.0f}/s", ""),
    ]


if __name__ == "__main__":
    from bench.table import show

    show("The audit log: pruning", pruning())
