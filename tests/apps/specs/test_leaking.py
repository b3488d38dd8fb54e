"""What was recorded is nowhere in a whole service, before or after the discard, and no backup brings it back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from config.embedded.place import ROOT


@pytest.mark.timeout(600)
def test_a_recording_leaves_no_trace_in_a_whole_service_and_does_not_come_back(tmp_path: Path) -> None:
    # Not below tmp_path, whose name may be too long for the sockets in it (107 bytes).
    with tempfile.TemporaryDirectory(prefix="t-") as temporary:
        ran = subprocess.run(
            [sys.executable, "-m", "tests.apps.specs.leaking", str(tmp_path / "state")],
            cwd=ROOT, env={**os.environ, "TMPDIR": temporary}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-4000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["cut short"] == [422, "recording.unreadable"]
    assert (found["uploaded"], found["again"]) == (200, [409, 422])
    assert found["made"] == "specified"
    assert found["pages"] == [200, 200, 200, 404, 200, 404]
    assert found["shown by its name"] >= 1, "Or it was never there to be found."
    assert found["discarded"] == [200, "discarded", False]
    assert found["the store put back"] is False
    assert found["the database put back"] == ["received", [], "failed", "vault.no_such_object"]
    for when in ("before", "after", "at the end"):
        assert found[when]["hits"] == [], when
        assert found[when]["looked"] > 1000, when
