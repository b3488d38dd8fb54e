"""Small repositories in a temporary folder, sound until a test breaks one thing."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.house.pins import write_stamps
from tests.house.rules import SECTIONS
from tests.house.tree import ROOT, Tree

HASH = "--hash=sha256:" + hashlib.sha256(b"wheel").hexdigest()
INTEGRITY = "sha512-" + "A" * 86 + "=="
PACKAGE = """[project]
name = "specward"
version = "0.1.0"
dependencies = ["click>=8,<9"]
"""
LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"devDependencies": {"rrweb": "2.2.2"}},
        "node_modules/rrweb": {"version": "2.2.2", "integrity": INTEGRITY},
    },
}
EXPORT = "specward/language/export"
SOUND = {
    "pyproject.toml": PACKAGE,
    "specward/__init__.py": '"""A library."""\n\n__version__ = "0.1.0"\n',
    "requirements/runtime.in": "click>=8,<9\n",
    "requirements/runtime.txt": f"click==8.5.1 \\\n    {HASH}\n",
    "requirements/test.in": "-r runtime.in\npytest\n",
    "requirements/test.txt": f"click==8.5.1 \\\n    {HASH}\npytest==9.2.0 \\\n    {HASH}\n    # via -r test.in\n",
    "package.json": '{"devDependencies": {"rrweb": "2.2.2"}}\n',
    "package-lock.json": json.dumps(LOCK),
    f"{EXPORT}/typescript_project/package.json": '{"devDependencies": {"rrweb": "2.2.2"}}\n',
    f"{EXPORT}/typescript_project/package-lock.json": json.dumps(LOCK),
    f"{EXPORT}/python_project/requirements.in": "pytest\n",
    f"{EXPORT}/python_project/requirements.txt": f"pytest==9.2.0 \\\n    {HASH}\n",
    ".npmrc": "omit-lockfile-registry-resolved=true\nignore-scripts=true\nsave-exact=true\n",
    ".pre-commit-config.yaml": "repos:\n  - repo: local\n",
    "docs/dependencies.md": "| `click` | |\n| `pytest` | |\n| `rrweb` | |\n",
    "script/test": "#!/bin/sh\nset -eu\n",
    "README.md": "# Shop\n\nSee [the rows](docs/dependencies.md), [above](#shop), `script/test`.\n",
    **{path: "".join(f"## {section} Title\n" for section in sections) for path, sections in SECTIONS.items()},
}


def sound(root: Path) -> Path:
    """A repository that keeps every rule."""
    for path, text in SOUND.items():
        write(root, path, text)
    (root / "script/test").chmod(0o755)
    write_stamps(Tree.at(root))
    return root


def write(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")


def replace(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text("utf-8")
    assert old in text, f"{path} does not hold {old!r}"
    (root / path).write_text(text.replace(old, new), "utf-8")


def with_our_settings(root: Path, files: dict[str, str]) -> Path:
    """A repository of these files, under this repository's own pyproject.toml."""
    shutil.copy(ROOT / "pyproject.toml", root)
    for path, text in files.items():
        write(root, path, text)
    return root


def tool(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment in that repository."""
    program, *arguments = command
    return subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
