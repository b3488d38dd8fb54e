"""The network namespace around a browser: whether one is wanted, whether the host allows it, and the way in.

What the proxy and the flags ask of Chromium, the namespace takes from it: there is no interface but a loopback of its
own, and nothing listens on it but the proxy.
"""

from __future__ import annotations

import functools
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from specward.errors import SpecwardError
from specward.execution.wall import entering

PORT: Final = 3128
"""Of the proxy, inside; a namespace is always empty, so the port is always free."""
_HIDDEN: Final = "/run"
_SECONDS: Final = 20.0

# Chromium's own sandbox makes a user namespace inside of ours. A wall that costs the sandbox is no gain.
_SANDBOX: Final = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)"


class Namespace(StrEnum):
    """Whether a browser runs in a network namespace of its own."""

    AUTO = "auto"
    """Where the host allows it."""
    REQUIRED = "required"
    """Or not at all."""
    OFF = "off"


class NamespaceUnavailable(SpecwardError):
    """A namespace is required, and the host allows none."""

    code = "namespace-unavailable"


def inside(wanted: Namespace) -> bool:
    """Whether a run is to be inside. Raises :class:`NamespaceUnavailable`."""
    if wanted is Namespace.OFF:
        return False
    why_not = probe()
    if why_not and wanted is Namespace.REQUIRED:
        raise NamespaceUnavailable(
            f"A network namespace is required, and this machine allows none: {why_not}.",
            hint="Allow unprivileged user namespaces, or run as root; --namespace auto runs behind the proxy alone.",
        )
    return not why_not


@functools.cache
def probe() -> str:
    """Why this process can start nothing in a network namespace; empty where it can. Found by doing it, once."""
    with tempfile.TemporaryDirectory(prefix="specward-ns-") as folder, Door(Path(folder)) as door:
        check = "" if os.geteuid() == 0 else _SANDBOX
        way_in = door.way_in(sys.executable)
        try:
            started = subprocess.Popen(  # noqa: S603 - a script that was written a line ago
                [way_in, "-I", "-S", "-c", check],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={"TMPDIR": folder},
            )
        except OSError as failed:
            return f"{folder}: {failed.strerror}"
        with started:
            door.answer_while(started)
            try:
                said = started.communicate(timeout=_SECONDS)[1].decode("utf-8", "replace").strip()
            except subprocess.TimeoutExpired:
                started.kill()
                return "it takes too long"
        if started.returncode == 0:
            return ""
        last = said.rpartition("\n")[2].removeprefix("[FATAL:entering] no network namespace: ")
        return last or "a browser inside would have no sandbox of its own"


class Door:
    """A Unix socket in ``folder``, at which the inside hands out the socket that the proxy listens on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / "door"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def __enter__(self) -> Self:
        self.socket.bind(os.fspath(self.path))
        self.path.chmod(0o600)
        self.socket.listen(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """It opens once."""
        self.socket.close()
        self.path.unlink(missing_ok=True)

    def way_in(self, browser: str, *, screen: bool = False) -> str:
        """The path of a script that starts ``browser`` inside, with the arguments that it is given.

        ``screen`` leaves it the sockets of the machine's services, since a display's may be among them.
        """
        needed = (browser, os.path.realpath(self._folder))
        hidden = "" if screen or any(path.startswith(f"{_HIDDEN}/") for path in needed) else _HIDDEN
        words = [sys.executable, "-I", "-S", entering.__file__, os.fspath(self.path), str(PORT), hidden, browser]
        script = self._folder / "chromium"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
        script.chmod(0o700)
        return os.fspath(script)

    def take(self) -> socket.socket:
        """The socket that was handed out, listening inside. Raises ``OSError``."""
        connection, _ = self.socket.accept()
        with connection:
            connection.settimeout(_SECONDS)
            handed = socket.recv_fds(connection, 1, 1)[1]
            if not handed:
                raise ConnectionError(0, "no socket was handed out")
            listening = socket.socket(fileno=handed[0])
            connection.sendall(b"L")
            return listening

    def answer_while(self, started: subprocess.Popen[bytes]) -> None:
        """Take the socket and close it, unless ``started`` ends without having come."""
        self.socket.settimeout(0.05)
        while started.poll() is None:
            try:
                self.take().close()
            except TimeoutError:
                continue
            except OSError:
                return
            return
