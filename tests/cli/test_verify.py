"""``specward verify`` as auditors and their programs use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specward.cli.main import main
from tests.tlog.logs import ACME_KEY, ACME_LOG, MALLORYS_KEY, Log, acmes_log

VKEY = str(ACME_KEY.verifier)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["verify", *map(str, words)])


def kept(folder: Path, log: Log, name: str = "bundle.zip") -> Path:
    path = folder / name
    path.write_bytes(log.bundle())
    return path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return kept(tmp_path, acmes_log())


def test_a_good_bundle_ends_with_zero_and_says_how_much_was_read(bundle: Path) -> None:
    result = run(bundle, "--key", VKEY)
    assert result.exit_code == 0
    assert "fine" in result.stderr and f"{ACME_LOG}: 60 of 60 entries read" in result.stderr
    assert "vouches for itself" not in result.stderr and result.stdout == ""


def test_without_a_key_it_says_that_nobody_vouches_and_shows_the_key_to_compare(bundle: Path) -> None:
    result = run(bundle)
    assert result.exit_code == 0
    assert "vouches for itself" in result.stderr and VKEY in result.stderr


def test_a_changed_entry_ends_with_one_and_is_named(tmp_path: Path) -> None:
    log = acmes_log()
    log.rows[17].entry["action"] = "nothing"
    result = run(kept(tmp_path, log), "--key", VKEY)
    assert result.exit_code == 1
    assert "[changed] Entry 17 is not what was logged" in result.stderr and "1 finding " in result.stderr


def test_the_key_of_somebody_else_ends_with_one(bundle: Path) -> None:
    result = run(bundle, "--key", MALLORYS_KEY.verifier)
    assert result.exit_code == 1 and "[signed-by-another-key]" in result.stderr


def test_an_older_bundle_shows_what_a_rollback_hid(tmp_path: Path, bundle: Path) -> None:
    rolled_back = kept(tmp_path, acmes_log(40), "rolled-back.zip")
    assert run(rolled_back, "--key", VKEY).exit_code == 0
    result = run(rolled_back, "--key", VKEY, "--since", bundle)
    assert result.exit_code == 1 and "[rolled-back] Entries 40 to 59" in result.stderr


def test_a_longer_log_says_that_the_older_one_is_its_beginning(tmp_path: Path, bundle: Path) -> None:
    result = run(kept(tmp_path, acmes_log(80), "longer.zip"), "--key", VKEY, "--since", bundle)
    assert result.exit_code == 0 and "the older bundle's 60 entries are its beginning" in result.stderr


def test_programs_get_all_of_it_as_json(tmp_path: Path) -> None:
    log = acmes_log()
    del log.rows[3:5]
    result = run(kept(tmp_path, log), "--key", VKEY, "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 1 and result.stderr == ""
    assert (said["ok"], said["size"], said["entries"], said["key_given"]) == (False, 60, 58, True)
    assert [(one["fault"], one["first"], one["last"]) for one in said["findings"]] == [("dropped", 3, 4)]


def test_what_is_absent_is_said_with_its_reason(tmp_path: Path) -> None:
    log = acmes_log()
    log.prune(0, 9)
    log.sign()
    result = run(kept(tmp_path, log), "--key", VKEY)
    assert result.exit_code == 0 and "entries 0 to 9: pruned, as entry 60 says" in result.stderr


@pytest.mark.parametrize("words", [["--key", "nobody"], ["--since", "{0}/none.zip"], ["--since", "{0}/none.txt"]])
def test_what_cannot_be_used_ends_with_two_and_the_way_out(tmp_path: Path, bundle: Path, words: list[str]) -> None:
    (tmp_path / "none.txt").write_text("no bundle")
    words = [word.format(tmp_path) for word in words]
    assert run(bundle, *words).exit_code == 2
    said = json.loads(run(bundle, *words, "--json").stdout)
    assert said["ok"] is False and said["error"]["message"]


def test_a_file_that_is_no_bundle_ends_with_two(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    result = run(path)
    assert result.exit_code == 2 and "[bundle-refused]" in result.stderr


def test_a_name_in_a_bundle_cannot_move_the_cursor(tmp_path: Path) -> None:
    log = acmes_log()
    log.origin = "specward.example/\u202egol"
    result = run(kept(tmp_path, log))
    assert result.exit_code == 2 and "\u202e" not in result.stderr


def test_the_other_commands_need_no_cryptography() -> None:
    code = "import sys; import specward.cli.main; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
