"""The audit log under load: writing, capturing, placing, signing, proving; against the stock django-auditlog.

``python -m bench.auditing`` alone; in the whole table it runs in a process of its own. Everything is on one embedded
server without fsync, as the tests have it; the log's sequencer runs as a process beside the writers.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.table import Row, show

ROOT: Final = Path(__file__).resolve().parents[1]
DATABASE: Final = "bench_auditing"
STOCK: Final = "bench_stock_auditlog"
WRITES: Final = 300
"""Of a round, by each side; half of them make a row, the others change one."""
ROUNDS: Final = 9
CLIENTS: Final = 32
SECONDS: Final = 15
STEADY: Final = 1_000
"""Transactions a second of a service that is busy, and not at its end."""
LONG: Final = 1_000_000


def auditing() -> list[Row]:
    """All figures, from a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "bench.auditing", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return _rows(json.loads(ran.stdout.splitlines()[-1]))


def _rows(found: dict[str, float]) -> list[Row]:
    ours, stock = found["ours"], found["stock"]
    ratio = ours / stock
    of = f"{found['entries']:,.0f} entries"
    clients = f"{CLIENTS} clients"

    def rate(what: str, on: str, name: str, aim: int | None = None) -> Row:
        met = None if aim is None else found[name] >= aim
        return Row(f"entries/s {what}", on, f"{found[name]:,.0f}/s", "", "" if aim is None else f"{aim:,}", met)

    return [
        Row(
            "writes/s by the ORM: captured, sequenced, signed / stock django-auditlog",
            f"{WRITES * ROUNDS:,} each",
            f"{ours:,.0f} / {stock:,.0f}",
            f"{ratio:.2f}x",
            "at least 0.8x",
            ratio >= 0.8,
        ),
        rate("appended, a row a transaction", clients, "single", 5_000),
        rate("appended, 20 rows a transaction", clients, "twenty", 5_000),
        rate("appended by one statement", of, "bulk"),
        rate("placed and signed, nothing else going on", of, "placed", 10_000),
        rate("placed beside writers of 20 rows", clients, "placed_under_load", 10_000),
        Row("peak memory of placing", of, f"{found['placing_mb']:,.0f} MB", ""),
        Row(
            f"merge delay, p99 / p50 of checkpoints, {STEADY:,} transactions a second",
            f"{clients}, {found['steady']:,.0f} checkpoints",
            f"{found['steady_p99']:,.0f} / {found['steady_p50']:,.0f} ms",
            "",
            "2,000 ms",
            found["steady_p99"] <= 2_000,
        ),
        Row(
            "the same while they write as fast as they can",
            f"{clients}, {found['delays']:,.0f} checkpoints",
            f"{found['delay_p99']:,.0f} / {found['delay_p50']:,.0f} ms",
            "",
            "2,000 ms",
            found["delay_p99"] <= 2_000,
        ),
        Row("the longest that a checkpoint waited", "the same", f"{found['delay_most']:,.0f} ms", ""),
        Row("bytes of the proof of an entry", of, f"{found['proof']:,.0f}", "", "1,500", found["proof"] <= 1_500),
        *(
            Row(
                f"peak memory of an export as {name}, of the process before it",
                of,
                f"{found[f'{key}_mb']:,.0f} / {found[f'{key}_before_mb']:,.0f} MB",
                f"{found[f'{key}_rate']:,.0f} entries/s",
            )
            for name, key in (("JSON lines", "jsonl"), ("a bundle", "bundle"))
        ),
        Row("verifying an entry on its page, p95", of, f"{found['verify_p95']:.1f} ms", ""),
    ]


# ---- the two sides of writing ---------------------------------------------------------------------------------------


class _Side:
    """A process that writes so many rows when it is told to, and says how many seconds that took."""

    def __init__(self, module: str, database: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(  # our own modules
            [sys.executable, "-m", module, database], cwd=ROOT, env={**os.environ, **environment},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.write(10)

    def write(self, rows: int) -> float:
        assert self.process.stdin is not None and self.process.stdout is not None
        print(rows, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


def answer(write: Any) -> None:
    """What a side does: a number comes in by standard input, seconds go out."""
    for line in sys.stdin:
        started = time.perf_counter()
        write(int(line))
        print(time.perf_counter() - started, flush=True)


def _writing(place: Any, environment: dict[str, str], sequencer: dict[str, str]) -> dict[str, float]:
    from config.embedded import postgres

    ours = _Side("bench.writing_here", DATABASE, environment)
    stock = _Side("bench.writing_stock", STOCK, {"BENCH_DATABASE_URL": postgres.url(place, postgres.ADMIN, STOCK)})
    taken: dict[str, list[float]] = {"ours": [], "stock": []}
    try:
        with _sequencer(sequencer):
            for _ in range(ROUNDS):
                taken["ours"].append(ours.write(WRITES))
                taken["stock"].append(stock.write(WRITES))
    finally:
        ours.end()
        stock.end()
    return {side: WRITES / statistics.median(seconds) for side, seconds in taken.items()}


# ---- appending ------------------------------------------------------------------------------------------------------


def _appended(place: Any, rows: int, rate: int = 0) -> float:
    """Rows a second that so many clients of pgbench write, each its own; behind the walls, as the app role."""
    from apps.tenants.roles import Role
    from config.embedded import postgres
    from tests.apps.tenants.connecting import OF_ACME

    values = ", ".join(["('Ship :n', 0, '', '')"] * rows)
    script = place.data / "bench.sql"
    script.write_text(
        "\\set n random(1, 1000000)\n"
        f"INSERT INTO {OF_ACME.schema}.audit_ship (name, bearing, api_key, story) VALUES {values};\n"
    )
    program = postgres.binaries() / "pgbench"
    options = f"-c app.current_tenant_id={OF_ACME.tenant_id}"
    steady = ["-R", str(rate)] if rate else []
    running = [program, *steady, "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-f", script]
    ran = subprocess.run(
        [*running, postgres.url(place, Role.APP.user, DATABASE)],
        env={**os.environ, "PGOPTIONS": options},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in ran.stdout.splitlines() if line.startswith("tps")]
    return float(line.split()[2]) * rows


@contextmanager
def _sequencer(environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "manage.py", "sequence_logs"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def measured() -> dict[str, float]:
    """All figures, by name."""
    os.environ.setdefault("SPECWARD_STATE", str(ROOT / ".state" / "tests"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from apps.tenants.roles import Role
    from apps.tenants.walls import behind
    from config import embedded
    from config.embedded.place import default_place
    from tests.apps import databases
    from tests.apps.tenants.connecting import OF_ACME, through, wrapper

    place = default_place()
    embedded.ensure(place, quick=True)
    databases.hurry(place)
    databases.copy(place, DATABASE)
    _make_stock(place)
    environment = databases.environment(place, Role.APP, DATABASE)
    found: dict[str, float] = {}
    sequencer = databases.environment(place, Role.SEQUENCER, DATABASE)
    with through(wrapper(DATABASE)), behind(OF_ACME):
        _settle()
        found |= _writing(place, environment, sequencer)
        found |= _under_load(place, sequencer)
        _settle()
        found |= _long()
        for name in ("jsonl", "bundle"):
            found |= _exported(name, environment)
    return found


def _make_stock(place: Any) -> None:
    import psycopg
    from psycopg import sql

    from tests.apps import databases

    with psycopg.connect(databases.admin_url(place), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(STOCK)))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(STOCK)))


def _settle() -> None:
    from apps.audit.sequencing import sequence
    from tests.apps.audit.as_sequencer import sequencer

    with sequencer():
        while sequence().placed.entries:
            pass


def _under_load(place: Any, environment: dict[str, str]) -> dict[str, float]:
    """Appending with the sequencer at work; then what it took to follow, and how long the first in line waited."""
    from apps.audit.models import Checkpoint, Leaf
    from apps.audit.placing import has_work
    from apps.audit.recording import record
    from apps.audit.vocabulary import Action

    before = Checkpoint.objects.first()
    assert before is not None
    with _sequencer(environment):
        size = Leaf.objects.count()
        record(Action.CHECK)
        _until(lambda: Leaf.objects.count() > size)
        single = _appended(place, 1)
        placed, began = Leaf.objects.count(), time.perf_counter()
        twenty = _appended(place, 20)
        under_load = (Leaf.objects.count() - placed) / (time.perf_counter() - began)
        _until(lambda: not has_work()[0], seconds=300)
        settled = Checkpoint.objects.all()[0].size
        _appended(place, 1, STEADY)
    waited = list(Checkpoint.objects.filter(size__gt=before.size).order_by("waited").values_list("waited", flat=True))
    steady = list(Checkpoint.objects.filter(size__gt=settled).order_by("waited").values_list("waited", flat=True))
    return {
        "steady": len(steady),
        "steady_p50": steady[len(steady) // 2],
        "steady_p99": steady[len(steady) * 99 // 100],
        "single": single,
        "twenty": twenty,
        "placed_under_load": under_load,
        "delays": len(waited),
        "delay_p50": waited[len(waited) // 2],
        "delay_p99": waited[len(waited) * 99 // 100],
        "delay_most": waited[-1],
    }


def _until(holds: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _long() -> dict[str, float]:
    """A log of a million entries, of which each is written by a trigger."""
    from django.db import connection

    from apps.audit.models import Entry
    from apps.audit.placing import place
    from apps.audit.proving import prove, verify_now
    from apps.audit.signing import sign
    from tests.apps.audit.as_sequencer import sequencer

    there = Entry.objects.count()
    began = time.perf_counter()
    for _ in range(max(0, LONG - there), 0, -50_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_ship (name, bearing, api_key, story) "
                "SELECT 'Ship ' || n, 0, '', '' FROM generate_series(1, 50000) n"
            )
    bulk = time.perf_counter() - began
    written = Entry.objects.count() - there
    began = time.perf_counter()
    with sequencer():
        placed = place().entries
        sign()
    seconds = time.perf_counter() - began
    ids = list(Entry.objects.order_by("-id").values_list("id", flat=True)[:100_000:1_000])
    proven = [prove(id) for id in ids]
    looked = []
    for entry in Entry.objects.filter(id__in=ids):
        began = time.perf_counter()
        assert all(step.holds for step in verify_now(entry))
        looked.append(time.perf_counter() - began)
    return {
        "entries": there + written,
        "bulk": written / bulk,
        "placed": placed / seconds,
        "placing_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "proof": max(len(bytes(one.proof)) for one in proven if one is not None),
        "verify_p95": statistics.quantiles(looked, n=20)[18] * 1e3,
    }


def _exported(name: str, environment: dict[str, str]) -> dict[str, float]:
    """The whole log written by a process of its own, to nowhere."""
    command = [sys.executable, "-m", "bench.exporting_here", DATABASE, name]
    ran = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    return {
        f"{name}_mb": found["mb"],
        f"{name}_before_mb": found["before_mb"],
        f"{name}_rate": found["entries"] / found["seconds"],
    }


if __name__ == "__main__":
    if "--json" in sys.argv:
        print(json.dumps(measured()))
    else:
        show("The audit log under load", _rows(measured()))
