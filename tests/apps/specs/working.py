"""Workers of a test's own, and where anything that they were told could have ended up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from psycopg import sql

from apps.tenants.roles import Role
from config.embedded.place import ROOT, default_place
from tests.apps import databases
from tests.apps.audit.conftest import superuser


def start(queue: str, objects: Path, home: Path, *, lease: int = 600) -> subprocess.Popen[bytes]:
    """A worker of this queue, as the app role, on this test's database and store; all that it says is in ``home``."""
    temporary = home / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    environment = {
        **databases.environment(default_place(), Role.APP, connection.settings_dict["NAME"]),
        "REDIS_URL": settings.REDIS_URL,
        "SPECWARD_OBJECT_FOLDER": str(objects),
        "SPECWARD_GENERATION_LEASE_SECONDS": str(lease),
        "SPECWARD_HTTPS": "0",
        "TMPDIR": str(temporary),
    }
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-Q", queue, "--pool", "solo"]
    with (home / "worker.log").open("ab") as said:
        return subprocess.Popen(
            [*command, "--loglevel", "DEBUG", "--without-gossip", "--without-mingle"],
            cwd=ROOT, env=environment, stdout=said, stderr=said,
        )  # fmt: skip


@contextmanager
def worker(queue: str, objects: Path, home: Path, *, lease: int = 600) -> Iterator[subprocess.Popen[bytes]]:
    """One that ends with the block."""
    process = start(queue, objects, home, lease=lease)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def places(home: Path) -> Iterator[tuple[str, bytes]]:
    """Everything that outlives a task: rows, files of the database, broker and cache, objects, logs, temporary ones."""
    yield "rows", b"\n".join(_rows())
    yield "broker", b"\n".join(_broker())
    for file in sorted(home.rglob("*")):
        if file.is_file():
            yield str(file.relative_to(home)), file.read_bytes()
    for file in _database_files():
        yield f"database file {file.name}", file.read_bytes()


def _rows() -> Iterator[bytes]:
    with superuser() as root:
        tables = root.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for table in tables:
            named = sql.Identifier(*table)
            with root.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(named)) as rows:
                yield from (bytes(row) for row in rows)


def _database_files() -> Iterator[Path]:
    """The tables and indexes as they lie on the disk, and the log that is written ahead of them."""
    with superuser() as root:
        root.execute("CHECKPOINT")
        found = root.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert found is not None
    data, oid = found
    for folder in (Path(data) / "base" / str(oid), Path(data) / "pg_wal"):
        yield from (Path(entry.path) for entry in os.scandir(folder) if entry.is_file())


def _broker() -> Iterator[bytes]:
    """Every key of the server, in clear: what is dumped may be compressed."""
    client: Any = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter():
        yield key
        kind = client.type(key)
        if kind == b"string":
            yield client.get(key) or b""
        elif kind == b"list":
            yield from client.lrange(key, 0, -1)
        elif kind == b"hash":
            yield from (part for pair in client.hgetall(key).items() for part in pair)
        elif kind == b"set":
            yield from client.smembers(key)
        elif kind == b"zset":
            yield from client.zrange(key, 0, -1)
