"""Where a demo keeps what it makes, and that there is one at a time. Each begins with nothing."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config import embedded
from config.embedded.place import ROOT, Place
from demo.processes import end_those_of

_PORTS: Final = range(8443, 8543)
_OURS: Final = ("SPECWARD_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")


class CannotStart(Exception):
    """The demo cannot run here and now. Says why and what to do."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The demo's own, apart from that of a checkout's other services; ``SPECWARD_STATE`` moves it."""

    root: Path

    @staticmethod
    def here() -> Folder:
        return Folder(Path(os.environ.get("SPECWARD_STATE") or ROOT / ".state").resolve() / "demo")

    @property
    def place(self) -> Place:
        """Of its PostgreSQL and Valkey."""
        return Place(self.root / "services")

    @property
    def told(self) -> str:
        """What each process of a demo here is started with, and nobody else is."""
        return f"SPECWARD_STATE={self.root}"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def certificates(self) -> Path:
        return self.root / "certificates"

    @contextmanager
    def alone(self, address: str) -> Iterator[None]:
        """Holds the folder for one demo, whose ``address`` the next one is told. Raises :class:`CannotStart`."""
        self.root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Beside the folder, which is emptied. The lock goes with its process, however that ends.
        with (self.root.parent / "demo.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CannotStart(_one_runs(lock.name)) from error
            lock.truncate(0)
            lock.write(json.dumps({"process": os.getpid(), "address": address}))
            lock.flush()
            yield

    def empty(self) -> None:
        """Ends what a demo that was killed has left behind, and takes away what it kept."""
        end_those_of(self.told)
        if self.place.data.exists():
            embedded.stop(self.place)
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in (self.root, self.logs, self.mail, self.certificates):
            folder.mkdir(mode=0o700)


def _one_runs(lock: str) -> str:
    try:
        said = json.loads(Path(lock).read_text("utf-8"))
        where, process = said["address"], said["process"]
    except (OSError, ValueError, KeyError):
        return "Another demo is just beginning in this checkout. Wait for it to say where it is."
    return (
        f"A demo runs in this checkout already: {where}, process {process}. Look at that one, or end it with Ctrl-C "
        f"where it was started (or: kill {process}), and start this again."
    )


def listening() -> socket.socket:
    """A socket of the loopback, on the first port that nobody has. Raises :class:`CannotStart`."""
    for port in _PORTS:
        opened = socket.socket()
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(("127.0.0.1", port))
            opened.listen(64)
        except OSError:
            opened.close()
            continue
        return opened
    raise CannotStart(f"Every port from {_PORTS[0]} to {_PORTS[-1]} is taken. Free one, and start this again.")


def environment(folder: Folder, port: int) -> Mapping[str, str]:
    """What each process of the demo is told: the same as in production, with the embedded services."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "SPECWARD_STATE": str(folder.root),
        "SPECWARD_ROLE": "app",
        "SPECWARD_HTTPS": "1",
        "SPECWARD_PUBLIC_PORT": str(port),
        "SPECWARD_MAIL_FOLDER": str(folder.mail),
        "SPECWARD_TLS_CERTIFICATE": str(folder.certificates / "certificate.pem"),
        # Not everything here finds names below .localhost by itself; and its authority is known to nobody else.
        "SPECWARD_EDGE": f"127.0.0.1:{port}",
        "SPECWARD_EDGE_CERTIFICATE_AUTHORITY": str(folder.certificates / "authority.pem"),
        "SPECWARD_TLS_KEY": str(folder.certificates / "key.pem"),
    }
