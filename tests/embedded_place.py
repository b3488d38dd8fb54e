"""Loaded before any setting is read: the tests have services of their own, apart from those of the checkout.

Hundreds of tests leave a new copy of a database behind, a thousand files each: on a disk that takes twenty times the
work that it takes in memory. Where there is no such room, or ``SPECWARD_STATE`` names another place, nothing else
changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
MEMORY: Final = Path("/dev/shm")
ROOM: Final = 3 * 1024**3
"""Bytes that have to be free; a whole run takes a tenth of that, ``script/soak`` more."""


def place(root: Path = ROOT, memory: Path = MEMORY) -> Path:
    """The folder for the tests' services of this checkout: in memory, otherwise ``.state/tests``."""
    on_disk = root / ".state" / "tests"
    if _free(memory) < ROOM:
        return on_disk
    ours = f"specward-tests-{os.getuid()}-"
    for other in memory.glob(f"{ours}*"):
        if _is_ours(other) and _is_forsaken(other):
            shutil.rmtree(other, ignore_errors=True)  # a server that is still there ends when it misses its files
    folder = memory / (ours + hashlib.sha256(str(root).encode()).hexdigest()[:12])
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours(folder):
        return on_disk
    (folder / "checkout").write_text(str(root), "utf-8")
    return folder


def _free(memory: Path) -> int:
    """What may be put there: no more than the file system holds, nor than the machine has left."""
    try:
        there = os.statvfs(memory)
        left = dict(line.split(":") for line in Path("/proc/meminfo").read_text("ascii").splitlines())["MemAvailable"]
    except (OSError, KeyError):
        return 0
    return min(there.f_bavail * there.f_frsize, int(left.split()[0]) * 1024)


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have put anything in it: everybody may make folders beside it."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077


def _is_forsaken(folder: Path) -> bool:
    """Whether the checkout that it belonged to is gone."""
    note = folder / "checkout"
    return note.exists() and not Path(note.read_text("utf-8")).exists()


if "SPECWARD_STATE" not in os.environ:
    os.environ["SPECWARD_STATE"] = str(place())  # the workers of a run inherit it
os.environ.setdefault("SPECWARD_KEY_PREFIX", f"{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}:")
