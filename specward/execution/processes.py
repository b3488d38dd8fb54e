"""The processes of one browser: found by a mark in the environment, measured, killed; by Linux's /proc alone."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from specward.execution.browser import TOKEN

_PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    group: int


class Tree:
    """The browser that was started with ``token`` in its environment, and everything it has started since.

    A child may change its name and lose its environment (Chromium's zygotes do) or outlive its parent; so whatever was
    once seen below the browser, or is in its process group, stays one of its own.
    """

    __slots__ = ("_known", "_mark", "_root")

    def __init__(self, token: str) -> None:
        self._mark = f"{TOKEN}={token}".encode()
        self._root: _Process | None = None
        self._known: dict[int, _Process] = {}

    @property
    def driver(self) -> int | None:
        """The process that started the browser, once the browser was seen."""
        return None if self._root is None else self._root.parent

    def pids(self) -> list[int]:
        """The processes that are alive now."""
        alive = {process.pid: process for process in _processes()}
        if self._root is None:
            marked = {pid: process for pid, process in alive.items() if self._is_marked(pid)}
            roots = [process for process in marked.values() if process.parent not in marked]
            if not roots:
                return []
            self._root = roots[0]
            self._known = marked
        ours = {pid for pid, process in self._known.items() if alive.get(pid, process).group == process.group}
        ours &= alive.keys()
        # Its own group, or none: a group that it shares with its parent would hold us as well.
        group = self._root.group if self._root.group == self._root.pid else None
        grown = True
        while grown:
            grown = False
            for pid, process in alive.items():
                if pid not in ours and (process.parent in ours or process.group == group):
                    ours.add(pid)
                    grown = True
        ours.discard(os.getpid())
        self._known = {pid: alive[pid] for pid in ours}
        return sorted(ours)

    def memory(self, *, anew: bool = True) -> int:
        """Bytes of anonymous and shared memory of all of them; mapped files are not counted.

        ``anew`` looks for new processes first, which reads an entry of every process of the machine.
        """
        return sum(_memory(pid) for pid in (self.pids() if anew or not self._known else list(self._known)))

    def kill(self) -> None:
        """Kill all of them, until none is left. Never raises."""
        for _ in range(20):
            pids = self.pids()
            if not pids:
                return
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    continue

    def _is_marked(self, pid: int) -> bool:
        try:
            return self._mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:
            return False


def _processes() -> list[_Process]:
    found = []
    try:
        entries = os.listdir(_PROC)  # noqa: PTH208 - ten times as fast as iterdir, ten times a second
    except OSError:
        return []
    for entry in entries:
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as stream:  # noqa: PTH123
                # After the name, which may hold blanks and parentheses: state, parent, process group (proc(5)).
                state, parent, group = stream.read().rpartition(b")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if state not in (b"Z", b"X"):
            found.append(_Process(int(entry), int(parent), int(group)))
    return found


def _memory(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_bytes()
    except OSError:
        return 0
    kibibytes = 0
    for line in status.split(b"\n"):
        if line.startswith((b"RssAnon:", b"RssShmem:")):
            kibibytes += int(line.split()[1])
    return kibibytes * 1024
