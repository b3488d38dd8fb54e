"""The client of the docs is written from the document, and brings a recording in and its spec back."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from apps.recordings.models import Recording, State
from apps.specs.models import SpecVersion
from apps.specs.tasks import generate_spec
from apps.tenants.walls import behind
from config.embedded.place import ROOT
from tests.apps.api.conftest import token_of
from tests.apps.recordings.conftest import packed
from tests.apps.signing_in import walls_of
from tests.apps.specs.working import worker
from tests.cast import ACME, ALICE

EXAMPLES = ROOT / "docs/examples"


def test_the_client_is_what_its_writer_writes() -> None:
    written = subprocess.run([sys.executable, EXAMPLES / "write_client.py"], capture_output=True, check=True).stdout
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(EXAMPLES / "client.py"), "-"]
    formatted = subprocess.run(ruff, input=written, capture_output=True, check=True, cwd=ROOT).stdout
    assert formatted.decode() == (EXAMPLES / "client.py").read_text("utf-8")


@pytest.mark.django_db(transaction=True)
def test_a_program_uploads_a_session_in_parts_and_prints_its_spec(
    alice: User, store: Path, tmp_path: Path, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = f"client-{uuid.uuid4().hex}"
    monkeypatch.setattr(generate_spec, "delay", lambda *given: generate_spec.apply_async(given, queue=queue))
    secret = token_of(ALICE, "recordings.upload", "recordings.read", "specs.read").secret
    file = tmp_path / "session.json.gz"
    file.write_bytes(packed("sign-in"))

    def run() -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = [sys.executable, EXAMPLES / "upload.py", live_server.url, file]
        command += ["--host", ACME.host, "--part", "1000"]
        environment = {**os.environ, "SPECWARD_TOKEN": secret}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)

    with worker(queue, store, tmp_path / "home"):
        first = run()
        assert first.returncode == 0, first.stderr
        again = run()  # it is here already
    with behind(walls_of(ALICE)):
        assert Recording.objects.get().state == State.SPECIFIED
        text = SpecVersion.objects.get().text.reveal()
    assert first.stdout == again.stdout == text and len(file.read_bytes()) > 3000

    file.write_bytes(b"no recording")
    refused = run()
    assert refused.returncode == 1 and "recording.unreadable" in refused.stderr and "Traceback" not in refused.stderr
