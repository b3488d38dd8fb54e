"""What is made for everybody alike, and kept for a while: however many ask, it is made twice a minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
KEPT_FOR: Final = 30.0
"""Seconds."""


class Kept(Generic[T]):
    """One value in a process. ``make`` is given the one before, which it may give back; one thread makes it anew, and
    the others meanwhile get what there is."""

    def __init__(self, make: Callable[[T | None], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._held: tuple[float, T] | None = None

    def now(self) -> T:
        """At most :data:`KEPT_FOR` seconds old, or as much older as making takes. Raises what ``make`` raises."""
        held = self._held
        if held is not None and (time.monotonic() < held[0] + KEPT_FOR or not self._lock.acquire(blocking=False)):
            return held[1]
        if held is None:
            self._lock.acquire()
        try:
            if self._held is not None and held is None:  # somebody else made the first one while this waited
                return self._held[1]
            made = self._make(None if held is None else held[1])
            self._held = (time.monotonic(), made)
            return made
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Makes it anew the next time."""
        self._held = None
