"""PostgreSQL and Valkey of the project itself: a socket with a password, nothing on the network, a clean end."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from apps.tenants.roles import DATABASE, Role
from config import embedded
from config.embedded import postgres, valkey
from config.embedded.place import ROOT, Place, ServiceRefused


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The services of a checkout of its own."""
    for name in ("DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE"):
        monkeypatch.delenv(name, raising=False)
    there = Place(tmp_path / "state" / "services")
    yield there
    embedded.stop(there)


def app(place: Place) -> psycopg.Connection:
    return psycopg.connect(postgres.url(place, Role.APP.user, DATABASE))


def test_both_start_are_used_and_stop(place: Place) -> None:
    embedded.ensure(place, quick=True)
    assert embedded.running(place) == embedded.Services(postgres=True, valkey=True)
    with app(place) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("specward_app",)
    with valkey.client(place) as client:
        client.set("kept", "yes")
    embedded.stop(place)
    assert embedded.running(place) == embedded.Services(postgres=False, valkey=False)
    assert not (place.postgres / "postmaster.pid").exists()

    embedded.ensure(place, quick=True)  # a second start finds what the first left
    with valkey.client(place) as client:
        assert client.get("kept") == b"yes"


def test_nothing_listens_on_the_network_and_no_password_is_no_way_in(place: Place) -> None:
    embedded.ensure(place, quick=True)
    with app(place) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    for user in ("postgres", Role.APP.user):
        with pytest.raises(psycopg.OperationalError, match=r"no password supplied|password authentication failed"):
            psycopg.connect(f"host={place.sockets} user={user} dbname=postgres password=")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(unix_socket_path=str(place.valkey_socket)).ping()
    assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700
    assert stat.S_IMODE((place.data / "passwords.json").stat().st_mode) == 0o600


def test_two_checkouts_do_not_meet(place: Place, tmp_path: Path) -> None:
    other = Place(tmp_path / "elsewhere" / "services")
    embedded.ensure(place, quick=True)
    try:
        embedded.ensure(other, quick=True)
        assert other.sockets != place.sockets
        with valkey.client(place) as ours, valkey.client(other) as theirs:
            ours.set("whose", "ours")
            assert theirs.get("whose") is None
        embedded.stop(other)
        assert embedded.running(place) == embedded.Services(postgres=True, valkey=True)
    finally:
        embedded.stop(other)


def test_many_processes_that_start_at_once_start_one(place: Place) -> None:
    code = f"from config import embedded; from config.embedded.place import Place; from pathlib import Path; \
embedded.ensure(Place(Path({str(place.data)!r})), quick=True)"
    started = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for one in started:
        _, said = one.communicate(timeout=100)
        assert one.returncode == 0, said
    with app(place) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_folder_of_sockets_that_is_open_to_others_is_refused(place: Place) -> None:
    place.sockets.mkdir()
    place.sockets.chmod(0o777)
    with pytest.raises(ServiceRefused, match="may not be our database"):
        embedded.ensure(place)


def test_what_is_given_is_not_started(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    embedded.ensure(place)
    assert embedded.running(place) == embedded.Services(postgres=False, valkey=False)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_starts_them_too() -> None:
    nobody: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        python = _python_for(nobody)
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from pathlib import Path; from config import embedded; from config.embedded.place import Place\n"
            "place = Place(Path(sys.argv[2])); embedded.ensure(place, quick=True); print(embedded.running(place))\n"
            "embedded.stop(place); print(embedded.running(place))"
        )
        done = subprocess.run(
            [python, "-c", code, str(ROOT), str(Path(folder) / "state")],
            cwd="/",
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))},
            capture_output=True,
            text=True,
            check=False,
            **nobody,
        )
    ran, stopped = "Services(postgres=True, valkey=True)", "Services(postgres=False, valkey=False)"
    assert done.stdout.splitlines() == [ran, stopped], done.stderr


def _python_for(user: dict[str, Any]) -> str:
    """This Python, or the system's of the same version, which a user can start who may not look into root's folders."""
    wanted = f"import sys; sys.exit(sys.version_info[:3] != {sys.version_info[:3]})"
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            if subprocess.run([python, "-c", wanted], cwd="/", check=False, **user).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("no Python of this version that another user may start")


def test_as_root_the_server_is_somebody_whom_the_machine_knows() -> None:
    prefix = postgres._as_other_user()
    if os.getuid() != 0:
        assert prefix == ()
        return
    user = int(next(word for word in prefix if word.startswith("--map-user=")).partition("=")[2])
    assert user != 0 and pwd.getpwuid(user).pw_name, "initdb looks its name up: a bare system has no user 1000"
