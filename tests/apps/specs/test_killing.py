"""Whatever is killed, every recording that was taken in ends as a spec, or as failed with a reason: once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from config.embedded.place import ROOT

SAMPLE, ALL = 3, 50


@pytest.mark.timeout(2400)
def test_a_service_whose_parts_are_killed_makes_every_recording_into_one_spec_or_says_why_not(
    tmp_path: Path, soak: bool
) -> None:
    kills = ALL if soak else SAMPLE
    # Not below tmp_path, whose name may be too long for the sockets in it (107 bytes).
    with tempfile.TemporaryDirectory(prefix="k-") as temporary:
        ran = subprocess.run(
            [sys.executable, "-m", "tests.apps.specs.killing", str(tmp_path / "state"), str(kills), "20261127"],
            cwd=ROOT, env={**os.environ, "TMPDIR": temporary}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-4000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert sum(found["killed"].values()) == kills and set(found["killed"]) == {"worker", "broker", "database"}
    # It would prove little to kill what has nothing to do.
    assert sum(found["found"].get(state, 0) for state in ("received", "generating", "discarding")) >= kills // 3, found
    assert found["finished"], found
    assert found["recordings"] == kills == sum(found["states"].values()), found
    assert set(found["states"]) <= {"specified", "discarded", "failed"}, found
    for never in (
        "without a reason", "made twice", "specified without a spec", "failed with a spec", "specs of no session",
        "discarded without a certificate",
    ):  # fmt: skip
        assert found[never] == 0, found
    assert found["specs"] == found["paths"] == found["versions"], found
    assert found["objects"] == found["kept"], found
