"""Rehearsing a restore: everything is dumped, restored into a database of its own, and compared.

The dump goes through a pipe and lies nowhere. What is compared with is the very snapshot that was dumped, so that
nobody has to stand still meanwhile. The other database is reached by nobody but us, and gone after it.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from apps.compliance.backups.facts import Facts, facts_of, settle
from apps.compliance.backups.models import Rehearsal
from apps.tenants.roles import Role
from apps.tenants.walls import PUBLIC, Walls, behind, tenant_of

_LOCK: Final = 0x5BEC_BACC
_ENVIRONMENT: Final = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}  # fmt: skip


class RehearsalRefused(Exception):
    """A rehearsal that cannot begin: another one runs. Nothing was left."""

    code = "compliance.rehearsal_refused"


@dataclass(frozen=True, slots=True)
class Compared:
    """What was restored of a schema. ``differing``: empty where all of it is as it was."""

    tables: int
    rows: int
    head: tuple[int, str] | None
    differing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A rehearsal that ran. ``stopped``: why there is nothing to compare; empty where there is."""

    at: datetime.datetime
    took_ms: int
    schemas: Mapping[str, Compared]
    stopped: str = ""

    @property
    def is_same(self) -> bool:
        return not self.stopped and not any(compared.differing for compared in self.schemas.values())


def rehearse(admin_url: str, database: str, tools: Path) -> Rehearsed:
    """Dumps ``database``, restores it beside and compares. ``admin_url`` is a superuser's: nobody else reads the rows
    of all tenants. ``tools``: the folder of pg_dump and pg_restore, of the server's major version or a newer one.

    Takes about as much disk as the database has. Raises :class:`RehearsalRefused`, and what psycopg raises.
    """
    clock = time.monotonic()
    scratch = f"{database}_rehearsal"
    with _snapshot(admin_url, database) as (source, snapshot), _empty(admin_url, scratch):
        settle(source)
        ((at,),) = source.execute("SELECT now()").fetchall()
        found = source.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^t_[0-9a-f]{32}$' ORDER BY 1")
        schemas = [PUBLIC, *(name for (name,) in found.fetchall())]
        stopped = _restored(admin_url, database, scratch, snapshot, tools)
        with psycopg.connect(admin_url, dbname=scratch, autocommit=True) as copy:
            settle(copy)
            compared = {schema: _compared(facts_of(source, schema), facts_of(copy, schema)) for schema in schemas}
    return Rehearsed(at, int((time.monotonic() - clock) * 1000), compared, stopped)


def keep(rehearsed: Rehearsed) -> list[Rehearsal]:
    """Leaves a row with each tenant: what was found of its own tables, and of the shared ones. As a migrator."""
    shared = [f"shared: {name}" for name in rehearsed.schemas[PUBLIC].differing]
    kept = []
    for schema, compared in rehearsed.schemas.items():
        tenant = tenant_of(schema)
        if tenant is None:
            continue
        differing = [*compared.differing, *shared]
        size, root = compared.head or (None, "")
        with behind(Walls(schema, tenant)):
            kept.append(
                Rehearsal.objects.create(
                    at=rehearsed.at,
                    took_ms=rehearsed.took_ms,
                    same=not rehearsed.stopped and not differing,
                    because=rehearsed.stopped or (f"{len(differing)} parts are not as they were." if differing else ""),
                    tables=compared.tables,
                    rows=compared.rows,
                    differing=differing,
                    log_size=size,
                    log_root=root,
                )
            )
    return kept


def _compared(source: Facts, copy: Facts) -> Compared:
    return Compared(copy.tables, copy.rows, copy.head, tuple(source.differing(copy)))


@contextmanager
def _snapshot(admin_url: str, database: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A transaction that sees one moment, and the name by which pg_dump sees the same one."""
    with psycopg.connect(admin_url, dbname=database, autocommit=True) as source:
        if source.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone() != (True,):
            raise RehearsalRefused("Another rehearsal runs at this server. Wait for it to end.")
        source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        ((snapshot,),) = source.execute("SELECT pg_export_snapshot()").fetchall()
        yield source, snapshot


@contextmanager
def _empty(admin_url: str, scratch: str) -> Iterator[None]:
    """An empty database that nobody but a superuser may enter. What one that was killed left is taken away first."""
    name = sql.Identifier(scratch)
    gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(gone)
        owner = sql.Identifier(Role.OWNER.user)
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 OWNER {}").format(name, owner))
        try:
            admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            yield
        finally:
            admin.execute(gone)


def _restored(admin_url: str, database: str, scratch: str, snapshot: str, tools: Path) -> str:
    """Pipes the dump into the other database. Says which of the two failed, and never in its words: those may quote a
    row."""
    reaching = _reaching(admin_url)
    dumping = [str(tools / "pg_dump"), "--format=custom", f"--snapshot={snapshot}", "--no-password", database]
    restoring = [str(tools / "pg_restore"), "--exit-on-error", "--no-password", f"--dbname={scratch}"]
    with subprocess.Popen(
        dumping, env=reaching, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as dump:
        restore = subprocess.run(
            restoring, env=reaching, stdin=dump.stdout, capture_output=True, check=False
        )  # its words are not shown
        if dump.stdout is not None:
            dump.stdout.close()  # a restore that ended early lets the dump end too
    failed = {"pg_dump": dump.returncode, "pg_restore": restore.returncode}
    return " ".join(f"{name} ended with {code}." for name, code in failed.items() if code)


def _reaching(admin_url: str) -> dict[str, str]:
    """By the environment: a password in an address would stand in the list of processes."""
    given = conninfo_to_dict(admin_url)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, **{_ENVIRONMENT[name]: str(value) for name, value in given.items() if name in _ENVIRONMENT}}
