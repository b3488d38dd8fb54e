"""The files of the repository, and what a rule reports."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Where git cannot be asked (a copied tree): what .gitignore leaves out.
LEFT_OUT = frozenset(
    ".git .venv node_modules .state demo-output __pycache__ .mypy_cache .ruff_cache .pytest_cache .hypothesis "
    ".import_linter_cache dist build test-results playwright-report".split()
)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A place where a rule is broken, and what to do about it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


@dataclass(frozen=True, slots=True)
class Tree:
    """The files under `root` that are in the repository or could be added to it."""

    root: Path
    paths: tuple[str, ...]

    @classmethod
    def at(cls, root: Path) -> "Tree":
        listed = _asked_of_git(root) if (root / ".git").exists() else None
        return cls(root, tuple(sorted(_walked(root) if listed is None else listed)))

    def matching(self, *suffixes: str, under: str = "") -> Iterator[str]:
        return (path for path in self.paths if path.startswith(under) and path.endswith(suffixes))

    def text(self, path: str) -> str | None:
        """The text of a file, or None where it is missing or binary."""
        try:
            content = (self.root / path).read_bytes()
        except FileNotFoundError:
            return None
        if b"\0" in content[:8192]:
            return None
        return content.decode("utf-8", errors="replace")

    def lines(self, path: str) -> Iterator[tuple[int, str]]:
        return enumerate((self.text(path) or "").splitlines(), start=1)


def _asked_of_git(root: Path) -> list[str] | None:
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        return None
    return [path for path in listing.split("\0") if path and (root / path).is_file()]


def _walked(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in LEFT_OUT and not name.endswith(".egg-info")]
        for name in names:
            yield Path(folder, name).relative_to(root).as_posix()
