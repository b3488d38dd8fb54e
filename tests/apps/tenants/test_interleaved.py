"""Random transactions of several threads on one pool leak no row, directly and through a pooler of transactions."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from apps.tenants.postgresql import cursors
from apps.tenants.postgresql.base import DatabaseWrapper
from apps.tenants.roles import Role
from apps.tenants.walls import behind, connection
from config.embedded.place import default_place
from tests.apps.tenants.connecting import OF_ACME, OF_GLOBEX, names, through, wrapper
from tests.apps.tenants.interleaving import Mismatch, Player

THREADS, CONNECTIONS = 4, 3


def interleave(database: str, total: int, seed: int, *, pool: bool = True, **options: Any) -> int:
    """Runs this many transactions over all threads; the number of reads that were judged. Raises Mismatch."""
    if pool:
        options["pool"] = {"min_size": 1, "max_size": CONNECTIONS, "timeout": 60}

    def one(number: int) -> int:
        with through(wrapper(database, **options)) as ours:
            ours.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = not pool
            player = Player(number, ours, random.Random(seed * 100 + number), server_cursors=pool)
            player.play(total // THREADS)
            return player.reads

    try:
        with ThreadPoolExecutor(THREADS) as threads:
            return sum(threads.map(one, range(THREADS)))
    finally:
        if pool:
            DatabaseWrapper._connection_pools.pop("default").close()


@pytest.fixture(autouse=True)
def _swept(populated: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    yield
    with django_db_blocker.unblock(), through(wrapper(populated)):
        for walls in (OF_ACME, OF_GLOBEX):
            with behind(walls), connection().cursor() as cursor:
                cursor.execute("DELETE FROM accounts_user WHERE email LIKE '%@nowhere.example'")


@pytest.mark.timeout(3600)
def test_no_row_is_shown_to_whom_it_does_not_belong(
    populated: str, django_db_blocker: DjangoDbBlocker, soak: bool
) -> None:
    total = 100_000 if soak else 1_000
    with django_db_blocker.unblock():
        assert interleave(populated, total, seed=1) > total


def forgets_no_unsettling(patch: pytest.MonkeyPatch) -> None:
    """A rolled-back savepoint is taken for nothing."""
    patch.setattr(cursors, "UNSETTLING", frozenset())


def no_prefix_outside_of_a_transaction(patch: pytest.MonkeyPatch) -> None:
    missing = DatabaseWrapper.missing

    def mutant(self: DatabaseWrapper) -> Any:
        return () if self.get_autocommit() else missing(self)

    patch.setattr(DatabaseWrapper, "missing", mutant)


def what_was_sent_outlives_its_transaction(patch: pytest.MonkeyPatch) -> None:
    missing = DatabaseWrapper.missing

    def mutant(self: DatabaseWrapper) -> Any:
        sent = self.sent
        wanted = missing(self)
        if sent == self.wanted and not self.get_autocommit():
            return wanted[:1] if len(wanted) == 4 else ()
        return wanted

    patch.setattr(DatabaseWrapper, "missing", mutant)


def named_cursors_are_read_behind_what_stands(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DatabaseWrapper, "send_again", lambda self, walls: None)


def copies_and_streams_go_without(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cursors.WalledCursor, "_after_its_walls", lambda self: contextlib.nullcontext())


@pytest.mark.parametrize(
    "mutate",
    [
        forgets_no_unsettling,
        no_prefix_outside_of_a_transaction,
        what_was_sent_outlives_its_transaction,
        named_cursors_are_read_behind_what_stands,
        copies_and_streams_go_without,
    ],
)
def test_the_model_catches_a_backend_that_errs(
    populated: str,
    django_db_blocker: DjangoDbBlocker,
    monkeypatch: pytest.MonkeyPatch,
    mutate: Callable[[pytest.MonkeyPatch], None],
) -> None:
    with django_db_blocker.unblock(), monkeypatch.context() as patch:
        mutate(patch)
        with pytest.raises(Mismatch):
            interleave(populated, 1_000, seed=2)


@pytest.fixture
def pooler(populated: str, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """PgBouncer in transaction mode, with fewer connections than we have threads."""
    program = shutil.which("pgbouncer")
    if program is None:
        pytest.skip("pgbouncer is not installed: apt-get install pgbouncer")
    place = default_place()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = Role.APP.user
    (tmp_path / "users").write_text(f'"{user}" "{place.password(user)}"\n')
    (tmp_path / "pgbouncer.ini").write_text(
        f"[databases]\n{populated} = host={place.sockets}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = plain\nauth_file = {tmp_path}/users\npool_mode = transaction\n"
        f"default_pool_size = 2\nignore_startup_parameters = options\nlog_connections = 0\nlog_disconnections = 0\n"
        f"logfile = {tmp_path}/log\npidfile = {tmp_path}/pid\n"
    )
    for file in (tmp_path, *tmp_path.iterdir(), *list(tmp_path.parents)[:2]):
        file.chmod(file.stat().st_mode | 0o777 if file == tmp_path else file.stat().st_mode | 0o055)
    # It refuses to be root, but must reach a socket that is root's: a user namespace is both.
    prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"] if os.getuid() == 0 else []
    process = subprocess.Popen([*prefix, program, str(tmp_path / "pgbouncer.ini")], stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        said = ""
        while "process up" not in said:
            said = process.stderr.readline().decode()
            assert said, (tmp_path / "log").read_text()
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.timeout(3600)
def test_a_pooler_of_transactions_carries_nothing_over(
    populated: str, pooler: tuple[str, int], django_db_blocker: DjangoDbBlocker, soak: bool
) -> None:
    host, port = pooler
    total = 20_000 if soak else 400
    with django_db_blocker.unblock():
        assert interleave(populated, total, seed=3, pool=False, host=host, port=port) > total
        with (
            through(wrapper(populated, host=host, port=port)),
            behind(OF_ACME.with_credentials(None)),
            transaction.atomic(),
        ):
            assert names() == []
