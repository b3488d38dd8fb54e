"""Many writers at once, some of whom take back what they wrote; and what the log must show of it."""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

import psycopg

from apps.audit.models import Entry, Leaf
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from tests.apps.audit.conftest import as_role
from tests.apps.audit.logs import ship

COUNTED = "Counted"
TAKEN_BACK = 0.25
COUNTS = 0.3
LINGERS = 0.02


@dataclass(frozen=True, slots=True)
class Done:
    """A transaction that was committed: when it began and when its writer knew that it was over (monotonic seconds),
    and how many entries it left."""

    name: str
    began: float
    over: float
    entries: int


@dataclass
class Crowd:
    """Writers in threads. A context manager: they write until it is left; whatever went wrong with one is raised."""

    tenant: Tenant
    writers: int
    seed: int
    done: list[Done] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    failures: list[psycopg.Error | AssertionError] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Crowd:
        with as_role(Role.APP, self.tenant) as first:
            ship(first, COUNTED)
        for number in range(self.writers):
            thread = threading.Thread(target=self._write, args=(number,), daemon=True)
            thread.start()
            self.threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(60)
        assert not self.failures, self.failures[0]
        assert not any(thread.is_alive() for thread in self.threads)

    def _write(self, number: int) -> None:
        chance = random.Random(f"{self.seed} {number}")
        try:
            with as_role(Role.APP, self.tenant) as writer:
                count = 0
                while not self.ended.is_set():
                    self._once(writer, f"{number}.{count}", chance)
                    count += 1
        except (psycopg.Error, AssertionError) as error:
            self.failures.append(error)

    def _once(self, writer: psycopg.Connection, name: str, chance: random.Random) -> None:
        began = time.monotonic()
        writer.execute("BEGIN")
        parts = chance.randint(1, 4)
        for part in range(parts):
            ship(writer, f"{name}.{part}")
        if chance.random() < LINGERS:
            writer.execute("SELECT count(*) FROM generate_series(1, 300000)")
        counts = chance.random() < COUNTS
        if counts:
            writer.execute("UPDATE audit_ship SET bearing = bearing + 1 WHERE name = %s", [COUNTED])
        if chance.random() < TAKEN_BACK:
            writer.execute("ROLLBACK")
            self.taken_back.append(name)
            return
        writer.execute("COMMIT")
        self.done.append(Done(name, began, time.monotonic(), parts + counts))


def assert_in_commit_order(crowd: Crowd) -> None:
    """Whoever was over before another began stands before it; what waited for a row stands behind whom it waited for;
    the entries of one transaction stand together, in their order; nothing of what was taken back is there."""
    where = dict(Leaf.objects.values_list("entry_id", "index"))
    entries = list(
        Entry.objects.filter(object_type="audit.ship").values(
            "id", "object_repr", "transaction_id", "action", "changes"
        )
    )
    in_log = sorted(entries, key=lambda entry: where[entry["id"]])
    transactions: dict[int, list[int]] = defaultdict(list)
    of_name: dict[str, int] = {}
    counted = []
    for entry in in_log:
        transactions[entry["transaction_id"]].append(where[entry["id"]])
        if entry["object_repr"] != COUNTED:
            of_name.setdefault(entry["object_repr"].rsplit(".", 1)[0], entry["transaction_id"])
        elif entry["action"] == Action.UPDATE:
            counted.append(entry["changes"]["bearing"])
    assert counted == [[number, number + 1] for number in range(len(counted))]
    assert of_name.keys() == {done.name for done in crowd.done}
    assert not of_name.keys() & set(crowd.taken_back)
    for indices in transactions.values():
        assert indices == list(range(indices[0], indices[0] + len(indices)))
    began = float("-inf")
    for done in sorted(crowd.done, key=lambda done: transactions[of_name[done.name]][0]):
        assert len(transactions[of_name[done.name]]) == done.entries
        # Somebody before it in the log began only when this one was over already.
        assert done.over >= began, f"{done.name} was over before one that stands before it began."
        began = max(began, done.began)
