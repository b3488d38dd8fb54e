"""Workers of an export, killed with -9 at random points: the last of them finishes the same file."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.audit.exports import life, making
from apps.audit.exports.models import Export, Format, State
from apps.audit.tasks import make_export
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from config.embedded.place import ROOT, default_place
from specward.tlog import verify
from tests.apps import databases
from tests.apps.audit.exports.making import a_long_log, again, asked, content, the_key
from tests.apps.audit.exports.test_life import files
from tests.apps.audit.exports.test_pieces import twin

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
ENTRIES = 12_000
KILLS = 3


@contextmanager
def worker(queue: str, objects: Path, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of a queue on this test's database and store, whose lease is a second."""
    environment = {
        **databases.environment(default_place(), Role.APP, connection.settings_dict["NAME"]),
        "REDIS_URL": settings.REDIS_URL,
        "SPECWARD_OBJECT_FOLDER": str(objects),
        "SPECWARD_AUDIT_EXPORT_LEASE_SECONDS": "1",
        "SPECWARD_HTTPS": "0",
    }
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-Q", queue, "--pool", "solo"]
    with (home / "worker.log").open("ab") as said:
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle"], cwd=ROOT, env=environment, stdout=said, stderr=said
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait(60)


@pytest.mark.parametrize("format", [Format.JSONL, Format.BUNDLE])
def test_workers_are_killed_at_random_points_and_the_file_is_whole(
    in_acme: Tenant, store: Path, tmp_path: Path, until: Callable[..., None], monkeypatch: pytest.MonkeyPatch,
    format: Format,
) -> None:  # fmt: skip
    dice = random.Random(os.environ.get("SPECWARD_SEED", format.value))
    queue = f"exports-{uuid.uuid4().hex}"
    monkeypatch.setattr(make_export, "delay", lambda *given: make_export.apply_async(given, queue=queue))
    a_long_log(ENTRIES)
    export = asked(format, piece=16_384 if format is Format.JSONL else 8_192)
    whole = twin(export)
    Export.objects.filter(id=whole.id).update(piece=export.piece)
    assert making.make(whole.id) is making.Outcome.READY
    last = len(again(whole).pieces)
    assert last > 60

    def is_so_far(turn: int, pieces: int) -> bool:
        # A worker may have come past the next one's point too before it was killed: each adds to it in its own turn.
        now = again(export)
        added = any(name.startswith(f"{turn:04}") for name in now.pieces)
        return (added and len(now.pieces) >= pieces) or now.state == State.READY

    def is_given_out() -> bool:
        return export.id in life.forgotten()

    points = sorted(dice.sample(range(2, last // 2), KILLS))
    for turn, point in enumerate(points, 1):
        with worker(queue, store, tmp_path) as process:
            until(lambda turn=turn, point=point: is_so_far(turn, point), seconds=90)
            process.kill()
        assert (again(export).state, again(export).fence) == (State.MAKING, turn)
        until(is_given_out)
        make_export.delay(str(export.id))
    with worker(queue, store, tmp_path):
        until(lambda: again(export).state == State.READY, seconds=90)
    done = again(export)
    assert content(done) == content(again(whole))
    assert done.fence == KILLS + 1
    assert done.digest == again(whole).digest == hashlib.sha256(content(done)).hexdigest()
    assert {name[:4] for name in done.pieces} == {f"{turn:04}" for turn in range(1, KILLS + 2)}
    assert len(files(store)) == len(done.pieces) + last
    if format is Format.BUNDLE:
        assert verify(content(done), the_key()).findings == []
