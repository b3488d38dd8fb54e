"""The first page of a search in a log of a million entries, by each filter and by pairs of them, behind both walls.

``python -m bench.searching [ROWS]`` alone; in the whole table it runs in a process of its own.
"""

from __future__ import annotations

import datetime
import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from bench.table import Row, show

ROOT: Final = Path(__file__).resolve().parents[1]
ROWS: Final = 1_000_000
EACH: Final = 60
"""Searches by each filter, with other values each time."""
AIM: Final = 0.1
DATABASE: Final = "bench_searching"


def searching() -> list[Row]:
    """95 of 100 first pages within 100 ms, whatever is asked for. Each search twice: the first one reads the disk."""
    ran = subprocess.run(
        [sys.executable, "-m", "bench.searching", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return [_row(name, taken) for name, taken in json.loads(ran.stdout.splitlines()[-1]).items()]


def _row(name: str, taken: list[float]) -> Row:
    p95 = statistics.quantiles(taken, n=20)[18]
    figure = f"{p95 * 1e3:.1f} ms / {statistics.median(taken) * 1e3:.1f} ms"
    what = f"first page, p95 / p50: {name}"
    return Row(what, f"{ROWS:,} entries", figure, "", f"p95 under {AIM * 1e3:.0f} ms", p95 < AIM)


def measured(rows: int) -> dict[str, list[float]]:
    """Seconds of each search by its name, in a database of its own."""
    os.environ.setdefault("SPECWARD_STATE", str(ROOT / ".state" / "tests"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from apps.audit.search import page
    from apps.tenants.roles import Role
    from config import embedded
    from config.embedded import postgres
    from config.embedded.place import default_place
    from tests.apps import databases
    from tests.apps.tenants.connecting import OF_ACME, through, wrapper

    place = default_place()
    embedded.ensure(place, quick=True)
    databases.copy(place, DATABASE)
    _fill(postgres.url(place, Role.MIGRATOR.user, DATABASE), rows)
    found: dict[str, list[float]] = {}
    from apps.tenants.walls import behind

    with through(wrapper(DATABASE)), behind(OF_ACME):
        for name, wanted in searches(rows).items():
            taken = found.setdefault(name, [])
            for number in range(EACH):
                asked = wanted(number)
                started = time.perf_counter()
                page(asked)
                taken.append(time.perf_counter() - started)
    return found


def _fill(url: str, rows: int) -> None:
    import psycopg

    from apps.tenants.roles import Role
    from bench.long_log import fill
    from tests.apps.tenants.connecting import OF_ACME

    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f'SET ROLE "{Role.OWNER.user}"')
        owner.execute(f"SET app.current_tenant_id = '{OF_ACME.tenant_id}'")
        fill(owner, OF_ACME.schema, rows)


def searches(rows: int) -> dict[str, Callable[[int], Any]]:
    """What is asked, by name; the argument draws the values."""
    from apps.audit.search import Wanted
    from apps.audit.vocabulary import Action
    from bench.long_log import DAYS, PEOPLE, TOKENS, person, request, token

    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    kinds = (
        "recordings.recording",
        "specs.version",
        "accounts.user",
        "specs.spec",
        "webhooks.endpoint",
        "vault.datakey",
    )
    actions = (Action.UPDATE, Action.ACCESS, Action.SIGN_IN, Action.EXPORT, Action.CHECK, Action.REFUSAL)

    def ago(n: int) -> datetime.datetime:
        return now - day * (1 + n * 13 % (DAYS - 2))

    def stretch(n: int) -> dict[str, datetime.datetime]:
        return {"since": ago(n), "until": ago(n) + day}

    def actor(n: int) -> uuid.UUID:
        return person(n * 7 % PEOPLE)

    def kind(n: int) -> str:
        return kinds[n % len(kinds)]

    def key(n: int) -> str:
        return _key_of(n * 37 % 20_000)

    def action(n: int) -> Action:
        return actions[n % len(actions)]

    by: dict[str, Callable[[int], dict[str, Any]]] = {
        "time": stretch,
        "actor": lambda n: {"actor_id": actor(n)},
        "token": lambda n: {"token_id": token(n % TOKENS)},
        "action": lambda n: {"action": action(n)},
        "kind of object": lambda n: {"object_type": kind(n)},
        "object": lambda n: {"object_type": kind(n), "object_pk": key(n)},
        "request": lambda n: {"request_id": request(n * rows // 4 // EACH)},
    }
    pairs = [("time", "actor"), ("time", "token"), ("time", "action"), ("time", "kind of object"), ("time", "object")]
    pairs += [("actor", "action"), ("actor", "kind of object"), ("actor", "object"), ("token", "action")]
    pairs += [("token", "kind of object"), ("action", "kind of object"), ("action", "object")]
    found: dict[str, Callable[[int], Any]] = {"nothing asked": lambda n: Wanted()}
    for names in [*((name,) for name in by), *pairs, ("actor", "action", "kind of object")]:

        def wanted(n: int, names: tuple[str, ...] = names) -> Wanted:
            # The second filter's values go round more slowly, so that all pairs of values are met.
            turns = (n, n // 6 + n, n // 7)
            given: dict[str, Any] = {}
            for name, turn in zip(names, turns, strict=False):
                given |= by[name](turn)
            return Wanted(**given)

        found[" and ".join(names)] = wanted
    return found


def _key_of(number: int) -> str:
    import hashlib

    return str(uuid.UUID(hashlib.md5(str(number * 7).encode(), usedforsecurity=False).hexdigest()))


def _each_line(found: dict[str, list[float]]) -> Iterator[Row]:
    for name, taken in found.items():
        yield _row(name, taken)


if __name__ == "__main__":
    if "--json" in sys.argv:
        print(json.dumps(measured(ROWS)))
    else:
        show("The audit log: searching", list(_each_line(measured(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))))
