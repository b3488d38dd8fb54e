"""Ciphertexts in a folder: ``<root>/tenants/<tenant id>/<name>``, each folder for this user alone.

A path is walked part by part from an open folder, and no link is followed (``openat(2)``, ``O_NOFOLLOW``), so that a
link or a device that somebody planted leads nowhere. What is being written stands under ``.unfinished`` and is put
in its place by one ``link`` or ``rename``; it is locked while its process lives.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from apps.vault import private_files
from apps.vault.blobs import Blob
from apps.vault.errors import NoSuchObject, ObjectExists, StoreTampered
from apps.vault.streams import Writable

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_UNFINISHED: Final = ".unfinished"
_LOCK: Final = ".lock"


class _File:
    """An open file of the store."""

    def __init__(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        self.size = found.st_size
        self.mark = f"{found.st_ino}.{found.st_mtime_ns}.{found.st_size}"
        self._file = os.fdopen(descriptor, "rb", buffering=0)

    def read(self, size: int, /) -> bytes:
        parts: list[bytes] = []
        while size > 0 and (part := self._file.read(size)):
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def seek(self, offset: int, /) -> int:
        return self._file.seek(offset)

    def close(self) -> None:
        self._file.close()


class LocalBlobs:
    """The store in ``root``, which is made when it is first written to."""

    def __init__(self, root: Path) -> None:
        self._root = root / "tenants"

    @contextmanager
    def write(
        self, tenant: uuid.UUID, name: str, *, replacing: str | None = None, anew: bool = True
    ) -> Iterator[Writable]:
        with ExitStack() as opened:
            home = opened.enter_context(self._home(tenant, make=True))
            beside = opened.enter_context(_inside(home, [_UNFINISHED], make=True))
            passing = secrets.token_hex(16)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(passing, flags, private_files.FILE, dir_fd=beside)
            try:
                with os.fdopen(descriptor, "wb", buffering=0) as writing:
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                    yield writing
                    os.fsync(descriptor)
                    *folders, last = name.split("/")
                    folder = opened.enter_context(_inside(home, folders, make=True))
                    with _locked(home):
                        _put_in_place(beside, passing, folder, last, replacing, anew=anew)
                    os.fsync(folder)
            finally:
                _unlink(beside, passing)

    @contextmanager
    def read(self, tenant: uuid.UUID, name: str) -> Iterator[Blob]:
        *folders, last = name.split("/")
        with self._home(tenant) as home, _inside(home, folders) as folder:
            file = _File(_open_plain(folder, last, name))
        try:
            yield file
        finally:
            file.close()

    def delete(self, tenant: uuid.UUID, name: str) -> None:
        *folders, last = name.split("/")
        with self._home(tenant) as home, _inside(home, folders) as folder, _locked(home):
            os.close(_open_plain(folder, last, name))
            os.unlink(last, dir_fd=folder)
            os.fsync(folder)

    def names(self, tenant: uuid.UUID, prefix: str) -> Iterator[str]:
        folders = prefix.split("/")[:-1]
        try:
            with self._home(tenant) as home, _inside(home, folders) as folder:
                found = sorted(_walk(folder, prefix))
        except NoSuchObject:
            return
        yield from found

    def remove_unfinished(self, tenant: uuid.UUID) -> int:
        try:
            with (
                self._home(tenant) as home,
                _inside(home, [_UNFINISHED]) as beside,
                os.scandir(beside) as entries,
            ):
                return sum(_remove_unless_locked(beside, entry.name) for entry in list(entries))
        except NoSuchObject:
            return 0

    @contextmanager
    def _home(self, tenant: uuid.UUID, *, make: bool = False) -> Iterator[int]:
        if make:
            try:
                private_files.make_folder(self._root)
            except private_files.OpenToOthers as error:
                why = str(error)
            else:
                why = ""
            if why:
                raise StoreTampered(why)
        try:
            root = os.open(self._root, _FOLDER)
        except FileNotFoundError:
            root = -1
        if root < 0:
            raise NoSuchObject("Nothing is stored here yet.")
        try:
            with _inside(root, [str(tenant)], make=make) as home:
                yield home
        finally:
            os.close(root)


@contextmanager
def _inside(folder: int, parts: list[str], *, make: bool = False) -> Iterator[int]:
    """The folder that lies so many steps below another, open."""
    with ExitStack() as opened:
        for part in parts:
            folder = _step(folder, part, make=make)
            opened.callback(os.close, folder)
        yield folder


def _step(folder: int, part: str, *, make: bool) -> int:
    if make:
        try:
            os.mkdir(part, private_files.FOLDER, dir_fd=folder)
            os.fsync(folder)
        except FileExistsError:
            pass  # it is opened, and looked at, next
    why: type[NoSuchObject | StoreTampered] = StoreTampered
    what = f"{part!r} is no folder of the store."
    try:
        found = os.open(part, _FOLDER, dir_fd=folder)
        try:
            private_files.refuse_open_to_others(os.fstat(found), repr(part))
            return found
        except private_files.OpenToOthers as error:
            os.close(found)
            what = str(error)
    except FileNotFoundError:
        why, what = NoSuchObject, "There is no object of this name."
    except OSError:
        pass  # ELOOP or ENOTDIR: a link, or a file
    raise why(what)


def _open_plain(folder: int, last: str, name: str) -> int:
    why: type[NoSuchObject | StoreTampered] = StoreTampered
    try:
        # Not blocking: a pipe that was planted would be waited for.
        descriptor = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
    except FileNotFoundError:
        why = NoSuchObject
    except OSError:
        pass  # a link, a socket
    if why is NoSuchObject:
        raise NoSuchObject(f"There is no object {name}.")
    raise StoreTampered(f"{name} is no plain file.")


@contextmanager
def _locked(home: int) -> Iterator[None]:
    """One change of names at a time, so that what is looked at is what is changed."""
    lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, private_files.FILE, dir_fd=home)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _put_in_place(beside: int, passing: str, folder: int, last: str, replacing: str | None, *, anew: bool) -> None:
    exists = ""
    if replacing is not None:
        try:
            found = _File(_open_plain(folder, last, last))
        except NoSuchObject:
            exists = "The object is gone that was to be replaced."
        else:
            found.close()
            exists = "" if found.mark == replacing else "The object is another one by now."
    if exists:
        raise ObjectExists(exists)
    try:
        if anew and replacing is None:
            os.link(passing, last, src_dir_fd=beside, dst_dir_fd=folder, follow_symlinks=False)
        else:
            os.replace(passing, last, src_dir_fd=beside, dst_dir_fd=folder)
        return
    except FileExistsError:
        exists = "There is an object of this name, or there are some below it."
    except IsADirectoryError:
        exists = "There are objects below this name."
    raise ObjectExists(exists)


def _unlink(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return  # it was put in its place


def _walk(folder: int, prefix: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in (_UNFINISHED, _LOCK):
                continue
            if entry.is_dir(follow_symlinks=False):
                with _inside(folder, [entry.name]) as below:
                    yield from _walk(below, f"{prefix}{entry.name}/")
            elif entry.is_file(follow_symlinks=False):
                yield prefix + entry.name
            else:
                raise StoreTampered(f"{prefix}{entry.name} is no plain file.")


def _remove_unless_locked(folder: int, name: str) -> int:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        return 0
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _unlink(folder, name)
        return 1
    except BlockingIOError:
        return 0
    finally:
        os.close(descriptor)
