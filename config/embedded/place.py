"""Where the embedded services keep their data, sockets and passwords."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


class ServiceRefused(Exception):
    """An embedded service that cannot run here. Says why and what to do."""

    code = "service-refused"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder for the data, and one for the sockets: a socket's path may have 107 bytes only (``man 7 unix``).

    Two checkouts, and two users of one checkout, have different ones: they do not meet.
    """

    data: Path

    @property
    def sockets(self) -> Path:
        digest = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"specward-{os.getuid()}-{digest}"

    @property
    def postgres(self) -> Path:
        return self.data / "postgres"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def make(self) -> None:
        """Makes both folders, for nobody else. Raises :class:`ServiceRefused` where another user made them before."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise ServiceRefused(
                f"{self.sockets} belongs to somebody else or is open to others, so that what is reached there may not "
                "be our database. Remove it, or set TMPDIR to a folder of your own."
            )

    @contextmanager
    def locked(self, name: str = "lock") -> Iterator[None]:
        """One process at a time starts or stops the services of this place."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.data / name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def password(self, name: str) -> str:
        """The password of a role of this place, made when it is first asked for. Readable by its owner only."""
        file = self.data / "passwords.json"
        known = _read(file)
        if name not in known:
            with self.locked("passwords.lock"):
                known = _read(file)
                if name not in known:
                    known[name] = secrets.token_urlsafe(24)
                    new = file.with_suffix(".new")
                    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                    with os.fdopen(descriptor, "w") as writing:
                        json.dump(known, writing)
                    new.replace(file)
        return known[name]


def _read(file: Path) -> dict[str, str]:
    known: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return known


def default_place() -> Place:
    """The place of this checkout; ``SPECWARD_STATE`` moves it."""
    return Place(Path(os.environ.get("SPECWARD_STATE") or ROOT / ".state") / "services")
