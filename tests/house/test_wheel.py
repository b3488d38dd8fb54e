import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house.tree import ROOT, Tree


def test_the_wheel_holds_the_library_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names} == {"specward", f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"}
    assert set(Tree.at(ROOT).matching(".py", under="specward/")) <= names
    assert "specward/py.typed" in names
    for data in ("typescript_project/package-lock.json", "python_project/requirements.txt"):
        assert f"specward/language/export/{data}" in names
