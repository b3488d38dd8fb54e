"""Random transactions of several threads on one pool, and a model that says what each read must show.

The model knows which walls are wanted, which rows are everybody's (Alice, Bob, Mallory), and which this thread has
written. A row says by its name whose it is, so that a row of another tenant is never taken for one of another thread.
"""

from __future__ import annotations

import contextlib
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from django.db import DatabaseError, transaction

from apps.accounts.models import User
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.walls import Walls, behind
from tests.apps.tenants.connecting import NAMES, OF_ACME, OF_GLOBEX

PEOPLE: Final = {OF_ACME.schema: {"Alice", "Bob"}, OF_GLOBEX.schema: {"Mallory"}}
TENANTS: Final = {OF_ACME.schema: OF_ACME.tenant_id, OF_GLOBEX.schema: OF_GLOBEX.tenant_id}
CHOICES: Final = (
    *(OF_ACME, OF_GLOBEX) * 3,
    OF_ACME.with_credentials(OF_GLOBEX.tenant_id),
    OF_GLOBEX.with_credentials(OF_ACME.tenant_id),
    OF_ACME.with_credentials(None),
    OF_GLOBEX.with_credentials(None),
)


class Mismatch(AssertionError):
    """A read that did not show what the model says."""


class Given(Exception):
    """What a block is left with."""


@dataclass
class Player:
    """One thread: its connection, its luck, and what it knows of its own rows, by schema."""

    number: int
    ours: DatabaseWrapper
    luck: random.Random
    server_cursors: bool = True
    mine: dict[str, set[str]] = field(default_factory=lambda: {schema: set() for schema in PEOPLE})
    reads: int = 0
    transactions: int = 0
    killed: bool = False

    def play(self, transactions: int) -> None:
        """This many transactions, a statement outside of any counting as one."""
        while self.transactions < transactions:
            self.transactions += 1
            self.killed = False
            before = self._copy()
            try:
                with behind(self.luck.choice(CHOICES)):
                    self.luck.choice((self._alone, self._block, self._block))()
            except Given:
                self.mine = before
            except (DatabaseError, psycopg.Error) as error:
                if not self.killed:
                    raise Mismatch(f"behind {self.ours.walls}: {error}") from error
                self.mine = before
            if self.killed or self.luck.random() < 0.1:
                self.ours.close()  # back into the pool, or, when it died, out of it

    # ---- what may happen ------------------------------------------------------------------------------------------

    def _alone(self) -> None:
        self.luck.choice((self._read, self._read, self._write, self._read_shared, self._switch))()

    def _block(self) -> None:
        before = self._copy()
        try:
            with transaction.atomic():
                for _ in range(self.luck.randint(1, 6)):
                    self._step(0)
                if self.luck.random() < 0.5:
                    raise Given
        except BaseException:
            self.mine = before
            raise

    def _step(self, depth: int) -> None:
        if self.luck.random() < 0.01:
            self.killed = True
            with self.ours.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        steps: list[Callable[[], None]] = [
            self._read, self._read, self._read_shared, self._write, self._switch, self._switch, self._fail, self._late
        ]  # fmt: skip
        if depth < 3:
            steps += [lambda: self._savepoint(depth), lambda: self._savepoint(depth), lambda: self._nest(depth)]
            steps += [lambda: self._savepoint_by_hand(depth)]
        self.luck.choice(steps)()

    def _switch(self) -> None:
        """Other walls, which nobody puts back: as a middleware does."""
        self.ours.walls = self.luck.choice(CHOICES)
        self._read()

    def _nest(self, depth: int) -> None:
        with behind(self.luck.choice(CHOICES)):
            self._step(depth + 1)
        self._read()

    def _savepoint(self, depth: int) -> None:
        before = self._copy()
        try:
            with transaction.atomic():
                for _ in range(self.luck.randint(1, 3)):
                    self._step(depth + 1)
                if self.luck.random() < 0.6:
                    raise Given
        except Given:
            self.mine = before
        self._read()

    def _savepoint_by_hand(self, depth: int) -> None:
        before = self._copy()
        name = f"by_hand_{depth}"
        self._run(f"SAVEPOINT {name}")
        self._step(depth + 1)
        if self.luck.random() < 0.7:
            self._run(f"ROLLBACK TO SAVEPOINT {name}")
            self.mine = before
        self._read()

    def _fail(self) -> None:
        before = self._copy()
        with contextlib.suppress(DatabaseError), transaction.atomic():
            if self.luck.random() < 0.5:
                self._switch()
            self._run(self.luck.choice(("SELECT 1 / 0", "SELEC", "SELECT * FROM nowhere")))
        self.mine = before
        self._read()

    def _write(self) -> None:
        walls = self.ours.walls
        name = f"{walls.schema[2:6]}-{self.number}-{self.luck.getrandbits(40):x}"
        row = {"email": f"{uuid.UUID(int=self.luck.getrandbits(128)).hex}@nowhere.example", "name": name}
        if walls.tenant_id != TENANTS[walls.schema]:
            with contextlib.suppress(DatabaseError), transaction.atomic():
                User.objects.create(role="engineer", **row)
                raise Mismatch(f"{name} was written behind {walls}")
            self._expect(self._rowcount("UPDATE accounts_user SET name = name"), 0)
        elif self.mine[walls.schema] and self.luck.random() < 0.5:
            gone = self.luck.choice(sorted(self.mine[walls.schema]))
            many = [[gone], ["nobody"]]
            with self.ours.cursor() as cursor:
                cursor.executemany("DELETE FROM accounts_user WHERE name = %s", many)
                self._expect(cursor.rowcount, 1)
            self.mine[walls.schema].discard(gone)
        else:
            User.objects.create(role="engineer", **row)
            self.mine[walls.schema].add(name)

    # ---- what must be seen ----------------------------------------------------------------------------------------

    def _read(self) -> None:
        walls = self.ours.walls
        ways = [self._fetched, self._fetched, self._copied, self._streamed]
        if self.server_cursors or self.ours.in_atomic_block:
            ways.append(self._named)
        self._judge(walls, set(self.luck.choice(ways)()))

    def _judge(self, walls: Walls, seen: set[str]) -> None:
        self.reads += 1
        if walls.tenant_id != TENANTS[walls.schema]:
            self._expect(seen, set())
            return
        others = {name for name in seen if self._is_of_another_thread(name, walls)}
        self._expect(seen - others, PEOPLE[walls.schema] | self.mine[walls.schema])

    def _late(self) -> None:
        """A named cursor that is read after the walls have moved on."""
        walls = self.ours.walls
        with self.ours.chunked_cursor() as late:
            late.execute(NAMES)
            with behind(self.luck.choice(CHOICES)):
                self._read_shared()
                self._judge(walls, {name for (name,) in late.fetchall()})
                self._read()

    def _read_shared(self) -> None:
        self.reads += 1
        tenant_id = self.ours.walls.tenant_id
        self._expect(
            [row[0] for row in self._run("SELECT id FROM tenants_tenant")], [] if tenant_id is None else [tenant_id]
        )

    def _fetched(self) -> Iterator[str]:
        return (name for (name,) in self._run(NAMES))

    def _copied(self) -> Iterator[str]:
        with self.ours.cursor() as cursor, cursor.copy(f"COPY ({NAMES}) TO STDOUT") as out:
            yield from (row[0] for row in out.rows())

    def _streamed(self) -> Iterator[str]:
        with self.ours.cursor() as cursor:
            yield from (name for (name,) in cursor.stream(NAMES))

    def _named(self) -> Iterator[str]:
        return (user.name for user in User.objects.iterator(chunk_size=2))

    # ---- asking ---------------------------------------------------------------------------------------------------

    def _run(self, query: str) -> list[Any]:
        with self.ours.cursor() as cursor:
            cursor.execute(query)
            return [] if cursor.description is None else list(cursor.fetchall())

    def _rowcount(self, query: str) -> int:
        with self.ours.cursor() as cursor:
            cursor.execute(query)
            return int(cursor.rowcount)

    def _is_of_another_thread(self, name: str, walls: Walls) -> bool:
        return name.startswith(f"{walls.schema[2:6]}-") and not name.startswith(f"{walls.schema[2:6]}-{self.number}-")

    def _copy(self) -> dict[str, set[str]]:
        return {schema: set(names) for schema, names in self.mine.items()}

    def _expect(self, seen: object, wanted: object) -> None:
        if seen != wanted:
            raise Mismatch(f"behind {self.ours.walls}: {seen!r}, and not {wanted!r}")
