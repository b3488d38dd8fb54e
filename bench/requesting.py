"""Requests a second by a token: gunicorn with threads on loopback, one worker, and its clients on the same cores."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from bench.table import Row

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = 4
ALONE, TOGETHER = 100, 100
PATHS = {"/api/v1/me": "who asks: 1 query", "/api/v1/users": "people: 2 queries"}


def requests() -> list[Row]:
    """Each path, asked one after the other, and by several at once."""
    os.environ.setdefault("SPECWARD_STATE", str(ROOT / ".state" / "tests"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from apps.tenants.roles import Role
    from config import embedded
    from config.embedded import valkey
    from config.embedded.place import default_place
    from tests.apps import databases

    place = default_place()
    embedded.ensure(place, quick=True)
    databases.copy(place, "bench_requests")
    pepper, port = f"1:{secrets.token_hex(16)}", _free_port()
    environment = {
        **databases.environment(place, Role.APP, "bench_requests"),
        "SPECWARD_TOKEN_PEPPERS": pepper,
        "REDIS_URL": valkey.url(place),
        "SPECWARD_KEY_PREFIX": "bench:",
        "SPECWARD_HTTPS": "0",
        **{f"SPECWARD_LIMIT_{name}": "1000000" for name in ("STRANGER", "NETWORK", "USER", "TOKEN")},
    }
    made = subprocess.run(
        [sys.executable, "-m", "bench.requesting"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    served = [
        sys.executable,
        "-m",
        "gunicorn",
        "config.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
    ]
    server = subprocess.Popen(
        [*served, "--threads", str(CLIENTS)], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, server)
        return [_row(port, made.stdout.strip(), path, what) for path, what in PATHS.items()]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _row(port: int, token: str, path: str, what: str) -> Row:
    _ask(port, token, path, 20)
    p50 = statistics.median(_ask(port, token, path, ALONE))
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda _: _ask(port, token, path, TOGETHER), range(CLIENTS)))
    rate = CLIENTS * TOGETHER / (time.perf_counter() - started)
    return Row(f"GET {path} by token", what, f"p50 {p50 * 1e3:.2f} ms alone", f"{rate:.0f} a second, {CLIENTS} at once")


def _ask(port: int, token: str, path: str, times: int) -> list[float]:
    from tests.cast import ACME

    taken = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        for _ in range(times):
            started = time.perf_counter()
            connection.request("GET", path, headers={"Host": ACME.host, "Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            taken.append(time.perf_counter() - started)
            assert answer.status == 200, answer.status
    return taken


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("gunicorn did not start.")


def print_a_token() -> None:
    """A token of Alice's, made by a process with the server's own pepper."""
    import datetime

    import django

    django.setup()
    from django.utils import timezone

    from apps.accounts import tokens
    from apps.tenants.walls import behind
    from tests.apps.signing_in import user, walls_of
    from tests.cast import ALICE

    scopes = frozenset({"users.read"})
    with behind(walls_of(ALICE)):
        expires = timezone.now() + datetime.timedelta(days=1)
        print(tokens.make(user(ALICE), "Bench", scopes, expires, grantable=scopes).secret)


if __name__ == "__main__":
    print_a_token()
