"""The service's own processes, from web and workers to the schedule. Started together, ended together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from config.embedded.place import ROOT

_END_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
_PATIENCE = 20.0
_LIBC = ctypes.CDLL(None, use_errno=True)


class Died(Exception):
    """A process that nobody ended. Names its log, and holds the end of it."""


def _end_with_parent() -> None:
    # Also where this process is killed and can end nobody.
    _LIBC.prctl(_END_WITH_PARENT, signal.SIGTERM)


def end_those_of(environment: str) -> None:
    """Ends the processes that were started with this ``NAME=value``: a demo that was killed has told its own to end,
    and one that was just starting, or has lost its broker, may not have heard.

    Asked first, and killed after a few seconds. Processes of other users are not looked at.
    """
    deadline = time.monotonic() + 5
    number = signal.SIGTERM
    while left := list(_started_with(environment)):
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, number)
        number = signal.SIGKILL if time.monotonic() > deadline else signal.SIGTERM
        time.sleep(0.2)


def _started_with(environment: str) -> Iterator[int]:
    wanted = os.fsencode(environment)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0") and int(process.name) != os.getpid():
                yield int(process.name)


@dataclass
class Processes:
    """A context manager: what was started in it is ended when it is left."""

    logs: Path
    environment: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, module: Sequence[str], keep: Sequence[int] = (), **own: str) -> None:
        """Starts ``python -m MODULE...`` with a log of its own. ``keep``: descriptors that it is given."""
        with (self.logs / f"{name}.log").open("ab") as said:
            self.running[name] = subprocess.Popen(  # noqa: S603  # our own modules
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env={**self.environment, **own},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=keep,
                start_new_session=True,  # Ctrl-C is for us alone: we end them, in our order
                preexec_fn=_end_with_parent,  # noqa: PLW1509  # there are no threads yet
            )

    def check(self) -> None:
        """Raises :class:`Died` where one has ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise Died(f"The {name} ended by itself, with exit code {process.returncode}. {self.last_words(name)}")

    def last_words(self, name: str) -> str:
        """Where its log is, and the end of that."""
        log = self.logs / f"{name}.log"
        lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
        return "\n    ".join([f"The end of {log}:", *lines[-8:]])

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with without_interruption():
            for process in self.running.values():
                process.terminate()
            deadline = time.monotonic() + _PATIENCE
            for process in self.running.values():
                try:
                    process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


class Ended(BaseException):
    """Somebody wants the demo to end: Ctrl-C, TERM, or a terminal that was closed."""


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _raise(*_: object) -> None:
    raise Ended


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raises :class:`Ended` in this block, once, when somebody asks for it."""
    before = {number: signal.signal(number, _raise) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)


@contextmanager
def without_interruption() -> Iterator[None]:
    """A second Ctrl-C does not leave half of them running."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)
