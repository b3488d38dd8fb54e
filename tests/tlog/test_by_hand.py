"""The section of docs/audit-log.md on doing it by hand, run as it stands."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tlog.logs import ACME_KEY, Log, acmes_log

PAGE = Path(__file__).resolve().parents[2] / "docs" / "audit-log.md"
TOOLS = ("sh", "unzip", "jq", "xxd", "sha256sum", "openssl", "base64", "cmp")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="a tool is missing that the page needs: " + ", ".join(TOOLS)
)


def by_hand(folder: Path, log: Log) -> subprocess.CompletedProcess[str]:
    section = PAGE.read_text("utf-8").partition("## §5")[2]
    script = "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
    (folder / "bundle.zip").write_bytes(log.bundle(proofs=(17,)))
    (folder / "old.zip").write_bytes(acmes_log(20).bundle())
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={"VKEY": str(ACME_KEY.verifier), "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_page_verifies_a_good_bundle_step_by_step(tmp_path: Path) -> None:
    log = acmes_log(21, every=7)
    done = by_hand(tmp_path, log)
    leaf, root = log.hashes[17].hex(), "".join(log.notes[-1].decode().split("\n")[2:3])
    lines = done.stdout.splitlines()
    assert done.stderr == "" and done.returncode == 0
    assert lines.count(leaf) == 2 and "the key is as I was told" in lines and "the log only grew" in lines
    assert "Signature Verified Successfully" in lines
    at = lines.index("Signature Verified Successfully")
    assert lines[at + 1] == lines[at + 2] and lines[at + 3] == f"{lines[at + 1]} 0" and root


def test_the_page_notices_a_changed_entry(tmp_path: Path) -> None:
    log = acmes_log(21, every=7)
    log.rows[17].entry["action"] = "nothing"
    lines = by_hand(tmp_path, log).stdout.splitlines()
    assert lines.count(log.hashes[17].hex()) == 1
    at = lines.index("Signature Verified Successfully")
    assert lines[at + 1] == lines[at + 2] and lines[at + 3] != f"{lines[at + 1]} 0"
