"""The watch over a run: a thread that looks ten times a second at time, memory and downloads, and ends the run."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from specward.execution.ending import Ending
from specward.execution.limits import MIB, Limits
from specward.execution.outcomes import Stop
from specward.execution.processes import Tree

_INTERVAL: Final = 0.1
_ANEW: Final = 5
"""At each fifth look it looks for new processes too."""
_GRACE: Final = 5.0
"""Seconds that a run may take to notice that its browser is gone; then its driver is killed too."""


class Watch:
    """Watches from ``__enter__`` to ``__exit__``, and leaves no process of the browser behind."""

    def __init__(self, tree: Tree, ending: Ending, limits: Limits, deadline: float, downloads: Path) -> None:
        self._tree = tree
        self._ending = ending
        self._limits = limits
        self._deadline = deadline
        self._downloads = downloads
        self._looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="specward-watch", daemon=True)

    def __enter__(self) -> Self:
        self._ending.on_end(self._tree.kill)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._tree.kill()

    def kill(self) -> None:
        """The run needs its browser no more."""
        self._over.set()
        self._tree.kill()

    def _watch(self) -> None:
        ended_at: float | None = None
        while not self._over.wait(_INTERVAL):
            if self._ending.stop is None:
                self._look()
                continue
            # A browser that is only just starting may have been missed by the first blow.
            self._tree.kill()
            ended_at = ended_at or time.monotonic()
            if time.monotonic() - ended_at > _GRACE:
                self._kill_driver()
                return

    def _look(self) -> None:
        self._looks += 1
        limits = self._limits
        if time.monotonic() > self._deadline:
            self._ending.end_for_time(limits)
        elif self._tree.memory(anew=self._looks % _ANEW == 0) > limits.memory:
            self._ending.end(Stop.MEMORY, f"The browser used more than {limits.memory // MIB} MiB of memory.")
        elif _size(self._downloads) > limits.downloads:
            self._ending.end(Stop.DOWNLOADS, f"The page downloaded more than {limits.downloads // MIB} MiB.")

    def _kill_driver(self) -> None:
        driver = self._tree.driver
        if driver is not None and driver > 1 and driver != os.getpid():
            try:
                os.kill(driver, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return


def _size(folder: Path) -> int:
    total = 0
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return 0
    for entry in entries:
        try:
            total += entry.stat(follow_symlinks=False).st_size
        except OSError:
            continue
    return total
