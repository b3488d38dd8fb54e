"""What a run may use. Whoever wrote the page may be hostile, so every resource has an end."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one run; times in seconds, sizes in bytes.

    ``action`` bounds one action and ``navigation`` one page load (Playwright's 30 s is for people who watch);
    ``assertion`` is Playwright's own 5 s. ``memory`` is what the processes of the browser hold for themselves, that is
    anonymous and shared memory, without mapped files. ``windows`` counts every page opened in a run, the first one
    included. ``traffic`` is the sum of both directions through the proxy.
    """

    run: float = 120.0
    action: float = 10.0
    navigation: float = 15.0
    assertion: float = 5.0
    loading: float = 5.0
    """How long an action waits for a page that is still loading. Then it acts all the same: some never end."""
    memory: int = 2048 * MIB
    windows: int = 20
    downloads: int = 64 * MIB
    traffic: int = 512 * MIB
    connections: int = 256
    """At once, through the proxy."""
    dialogs: int = 100
    """Dialogs that a page may open in one run."""
    excerpt: int = 2000
    """Characters of the visible page that a failed call keeps."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"the limit {name} must be above zero")
