"""What the scripts say and do on machines that lack something. The machine is a folder of programs, mostly made up."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT

# What every Debian and Ubuntu has.
BASE = "sh env cat sed grep mktemp dirname sha256sum cut rm mkdir flock readlink head tail timeout chmod ln find sort"
NO_ENSUREPIP = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n'
OLD = "#!/bin/sh\nexit 1\n"
BROWSER = '#!/bin/sh\necho "Chromium 140.0"\n'
SNAP_STUB = '#!/bin/sh\n[ -x /snap/bin/chromium ] || { echo "install the chromium snap"; exit 10; }\n'
# Notes what it was asked for; an install brings the programs that lie in $LATER.
APT_GET = '#!/bin/sh\necho "$@" >>"$NOTES"\ncase "$*" in *install*) cp "$LATER"/* "$BIN"/;; esac\n'


class Machine:
    """A machine that has only what is put on it, and a tree with our scripts."""

    def __init__(self, root: Path) -> None:
        self.tree, self.bin, self.later, self.notes = (root / name for name in ("tree", "bin", "later", "notes"))
        for folder in (self.bin, self.later):
            folder.mkdir()
        shutil.copytree(ROOT / "script", self.tree / "script")
        for name in (*BASE.split(), "cp"):
            (self.bin / name).symlink_to(shutil.which(name) or name)
        self.user(1000)

    def put(self, name: str, program: str, *, later: bool = False) -> None:
        path = (self.later if later else self.bin) / name
        path.write_text(program, "utf-8")
        path.chmod(0o755)

    def user(self, number: int) -> None:
        self.put("id", f"#!/bin/sh\necho {number}\n")

    def apt(self, chromium: str = "140.0-1") -> None:
        self.put("apt-get", APT_GET)
        self.put("apt-cache", f'#!/bin/sh\necho "chromium:"\necho "  Candidate: {chromium}"\n')

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.bin / "sh"), f"script/{script}", *arguments],
            cwd=self.tree,
            env={"PATH": str(self.bin), "BIN": str(self.bin), "LATER": str(self.later), "NOTES": str(self.notes)}
            | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def asked_of_apt(self) -> list[str]:
        """The verbs and packages, without the options."""
        lines = self.notes.read_text("utf-8").splitlines() if self.notes.exists() else []
        return [" ".join(word for word in line.split() if word[0] != "-" and "::" not in word) for line in lines]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_python_and_without_root_one_sentence_says_what_to_install(machine: Machine) -> None:
    said = machine.run("prepare", "runtime")
    assert said.returncode == 2
    assert "Python 3.11 or newer is missing" in said.stderr
    assert "apt-get install python3 python3-venv" in said.stderr


def test_a_python_without_ensurepip_is_told_from_no_python(machine: Machine) -> None:
    machine.put("python3", NO_ENSUREPIP)
    said = machine.run("prepare", "runtime")
    assert said.returncode == 2
    assert "cannot make virtual environments" in said.stderr
    assert "apt-get install python3-venv" in said.stderr


def test_apt_get_without_root_is_not_tried(machine: Machine) -> None:
    machine.apt()
    assert machine.run("prepare", "runtime").returncode == 2
    assert machine.asked_of_apt() == []


@pytest.mark.parametrize("sudo", [False, True])
def test_root_or_a_passwordless_sudo_installs_the_missing_packages_once(machine: Machine, sudo: bool) -> None:
    machine.apt()
    if sudo:
        machine.put("sudo", '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n')
        machine.put("true", "#!/bin/sh\n")
    else:
        machine.user(0)
    machine.put("python3", NO_ENSUREPIP)
    machine.put("python3", '#!/bin/sh\n[ "$1" != -m ] || exit 1\n', later=True)
    said = machine.run("prepare", "runtime")
    assert machine.asked_of_apt() == ["update", "install python3 python3-venv"]
    assert "Making .venv with python3" in said.stderr


def test_an_older_python_is_not_enough_and_newer_packages_are_tried(machine: Machine) -> None:
    machine.apt()
    machine.user(0)
    machine.put("python3", OLD)
    said = machine.run("prepare", "runtime")
    assert said.returncode == 2
    assert "install python3.12 python3.12-venv" in machine.asked_of_apt()
    assert "No Python 3.11 or newer could be installed" in said.stderr


def test_a_named_python_that_will_not_do_is_refused_by_name(machine: Machine) -> None:
    machine.put("old", OLD)
    said = machine.run("prepare", "runtime", SPECWARD_PYTHON="old")
    assert said.returncode == 2
    assert "SPECWARD_PYTHON is 'old'" in said.stderr


def test_a_browser_on_the_path_is_taken(machine: Machine) -> None:
    machine.put("google-chrome", BROWSER)
    said = machine.run("prepare", "chromium")
    assert said.returncode == 0
    assert f"Chromium: {machine.bin}/google-chrome" in said.stderr


def test_debian_s_chromium_is_installed_where_none_is_there(machine: Machine) -> None:
    machine.apt()
    machine.user(0)
    machine.put("chromium", BROWSER, later=True)
    said = machine.run("prepare", "chromium")
    assert said.returncode == 0, said.stderr
    assert machine.asked_of_apt() == ["update", "install chromium"]


def test_ubuntu_s_snap_stub_is_no_browser_and_is_not_installed(machine: Machine) -> None:
    machine.apt(chromium="1:85.0.4183.83-0ubuntu2.snap")
    machine.user(0)
    machine.put("chromium-browser", SNAP_STUB)
    said = machine.run("prepare", "chromium")
    assert said.returncode == 2
    assert machine.asked_of_apt() == ["update"]
    assert "google-chrome-stable" in said.stderr
    assert "SPECWARD_CHROMIUM=none" in said.stderr


def test_a_snap_that_runs_is_no_browser_for_tests_either(machine: Machine) -> None:
    machine.put("chromium", BROWSER + "# /snap/bin/chromium\n")
    said = machine.run("prepare", "chromium")
    assert said.returncode == 2
    assert "No Chromium was found (a snap will not do)" in said.stderr


def test_a_named_browser_that_does_not_run_is_refused_by_name(machine: Machine) -> None:
    said = machine.run("prepare", "chromium", SPECWARD_CHROMIUM="/nowhere/chrome")
    assert said.returncode == 2
    assert "SPECWARD_CHROMIUM is '/nowhere/chrome'" in said.stderr


@pytest.mark.parametrize("root", [False, True])
def test_a_driver_that_lacks_a_library_gets_it_or_says_so(machine: Machine, root: bool) -> None:
    folder = machine.tree / ".venv/lib/python3.11/site-packages/playwright/driver"
    folder.mkdir(parents=True)
    (folder / "node").write_text("#!/bin/sh\nexec libatomic\n", "utf-8")
    (folder / "node").chmod(0o755)
    machine.put("chromium", BROWSER)
    machine.apt()
    machine.put("libatomic", BROWSER, later=True)
    if root:
        machine.user(0)
    said = machine.run("prepare", "chromium")
    assert said.returncode == (0 if root else 2)
    assert machine.asked_of_apt() == (["update", "install libatomic1"] if root else [])
    assert root or "apt-get install libatomic1" in said.stderr


def test_none_leaves_the_browser_out(machine: Machine) -> None:
    assert machine.run("prepare", "chromium", SPECWARD_CHROMIUM="none").returncode == 0


def test_what_prepare_does_not_know_it_says(machine: Machine) -> None:
    said = machine.run("prepare", "firefox")
    assert said.returncode == 2
    assert "not 'firefox'" in said.stderr


@pytest.mark.parametrize(
    "script", sorted(path.name for path in (ROOT / "script").iterdir() if os.access(path, os.X_OK))
)
def test_every_script_explains_itself_on_a_bare_machine(machine: Machine, script: str) -> None:
    said = machine.run(script, "--help")
    assert said.returncode == 0
    assert said.stdout.startswith(f"script/{script}")
    assert said.stderr == ""
