"""Files and folders that nobody else can read: made so, and refused when they are not."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FILE: Final = 0o600
FOLDER: Final = 0o700
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


class OpenToOthers(Exception):
    """A file or folder that somebody else could read or change, or that is none. The message says which."""


def refuse_open_to_others(found: os.stat_result, name: object) -> None:
    """Raises :class:`OpenToOthers` unless it is this process's user's (or root's), and nobody else's."""
    if found.st_uid not in (os.geteuid(), 0):
        raise OpenToOthers(f"{name} belongs to another user (uid {found.st_uid}).")
    if mode := stat.S_IMODE(found.st_mode) & 0o077:
        raise OpenToOthers(f"{name} is open to others (mode {stat.S_IMODE(found.st_mode):04o}, {mode:03o} too many).")


def make_folder(folder: Path) -> None:
    """Makes a folder for this user alone, its parents too. Raises :class:`OpenToOthers` for one that is not."""
    folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise OpenToOthers(f"{folder} is no folder.")
    refuse_open_to_others(found, folder)


def read(file: Path) -> bytes:
    """What stands in a private file. Raises FileNotFoundError and :class:`OpenToOthers`; follows no link."""
    descriptor = os.open(file, _READ)
    with os.fdopen(descriptor, "rb") as reading:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OpenToOthers(f"{file} is no plain file.")
        refuse_open_to_others(found, file)
        return reading.read()


def write(file: Path, content: bytes, *, new: bool = False) -> None:
    """Puts content in place of a file, at once or not at all, and on the disk when it returns.

    ``new``: raises FileExistsError where there is one.
    """
    beside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE)
    try:
        with os.fdopen(descriptor, "wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(descriptor)
        if new:
            file.hardlink_to(beside)
        else:
            beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """What was renamed or removed in it is so after a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """One process, and one thread, at a time."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
