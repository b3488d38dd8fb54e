"""Which Chromium, and how it is started: quiet, behind the proxy, with nothing of this process's environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from specward.errors import SpecwardError
from specward.execution.supplies import ENVIRONMENT

TOKEN: Final = "SPECWARD_RUN"  # noqa: S105 - the name of a mark, by which the processes of a run are found
_NAMES: Final = ("chromium", "google-chrome-stable", "google-chrome", "chromium-browser")
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR")
_ENVIRONMENT_LOCK: Final = Lock()

QUIET: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)
"""What Chromium would otherwise say to its maker."""

BROWSERS_OWN: Final = frozenset(
    {
        "accounts.google.com",
        "clients2.google.com",
        "connectivitycheck.gstatic.com",
        "content-autofill.googleapis.com",
        "optimizationguide-pa.googleapis.com",
        "safebrowsing.googleapis.com",
        "update.googleapis.com",
    }
)
"""Whom Chromium 156 tries to reach by itself all the same. The wall refuses them like any other; the list only keeps
them from being told as something that the page did."""


class BrowserMissing(SpecwardError):
    """No Chromium, or no Playwright to drive it."""

    code = "browser-missing"


class BrowserFailed(SpecwardError):
    """A Chromium that does not start."""

    code = "browser-failed"


def find_chromium(environment: Mapping[str, str] = os.environ) -> str:
    """The path of the browser: ``SPECWARD_CHROMIUM``, or the first of the usual names on the path.

    Raises :class:`BrowserMissing`.
    """
    named = environment.get("SPECWARD_CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise BrowserMissing(
                f"SPECWARD_CHROMIUM names {named}, which cannot be started.", hint="Name the browser's executable."
            )
        return found
    for name in _NAMES:
        found = shutil.which(name, path=environment.get("PATH"))
        if found is not None:
            return found
    raise BrowserMissing(
        "No Chromium was found on this machine.",
        hint="Install Chromium (on Debian: apt-get install chromium), or name it in SPECWARD_CHROMIUM.",
    )


def check_playwright() -> None:
    """Raises :class:`BrowserMissing` where the package that drives the browser is not installed."""
    from importlib.util import find_spec

    if find_spec("playwright") is None:
        raise BrowserMissing("Playwright is not installed.", hint="Install specward[run].")


def wall_flags(proxy_port: int) -> list[str]:
    """The flags that leave Chromium no way out but the proxy on this port of 127.0.0.1.

    Loopback goes through the proxy too (``<-loopback>``); WebRTC sends nothing past it (the flag has lost its
    ``force-`` on the way to Chromium 156, and each release knows only its own); QUIC is off, since a proxy
    of this kind carries none; and every look-up of a name inside the browser fails, so that names reach the proxy
    only (prefetching, STUN).
    """
    return [
        f"--proxy-server=http://127.0.0.1:{proxy_port}",
        "--proxy-bypass-list=<-loopback>",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--disable-quic",
        "--dns-prefetch-disable",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]


def browser_environment(scratch: Path, token: str) -> dict[str, str | float | bool]:
    """The environment of the browser: no secret of this process, and a home that goes when the run ends."""
    kept: dict[str, str | float | bool] = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(scratch), "TMPDIR": str(scratch), TOKEN: token}


@contextmanager
def driver_environment(scratch: Path) -> Iterator[None]:
    """The environment that Playwright's driver starts with: its temporary files go to ``scratch``, secrets nowhere.

    Playwright copies ``os.environ`` when it starts its driver and takes no other; so it is changed for that moment.
    """
    with _ENVIRONMENT_LOCK:
        before = dict(os.environ)
        try:
            os.environ["TMPDIR"] = str(scratch)
            for name in before:
                if name.startswith(ENVIRONMENT):
                    del os.environ[name]
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
