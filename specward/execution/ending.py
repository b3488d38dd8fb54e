"""How a run is ended from outside: whoever sees a limit passed says so once, and the browser is killed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from specward.execution.limits import Limits
from specward.execution.outcomes import Stop


class Ending:
    """The first reason to end a run, from whichever thread. ``kill`` is called once, by whoever was first."""

    __slots__ = ("_kill", "_lock", "message", "stop")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kill: Callable[[], None] | None = None
        self.stop: Stop | None = None
        self.message = ""

    def on_end(self, kill: Callable[[], None]) -> None:
        """What to do to the browser at the end; done at once where the run has already been ended."""
        with self._lock:
            self._kill = kill
            ended = self.stop is not None
        if ended:
            kill()

    def end_for_time(self, limits: Limits) -> None:
        """End the run because its time is over."""
        self.end(Stop.TIME, f"The run took longer than {limits.run:g} s.")

    def end(self, stop: Stop, message: str) -> None:
        """End the run for this reason, unless it has another already."""
        with self._lock:
            if self.stop is not None:
                return
            self.stop, self.message = stop, message
            kill = self._kill
        if kill is not None:
            kill()
