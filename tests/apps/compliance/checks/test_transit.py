"""Real handshakes: an edge that takes older TLS, a database reached in plain, a broker on another machine."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from apps.compliance.checking import Outcome
from apps.compliance.checks.transit import Browsers, Edge, ToTheBroker, ToTheDatabase
from apps.tenants.models import Tenant
from apps.tenants.walls import connection
from config.embedded.place import default_place
from tests.apps.compliance.breaking import assert_fails, assert_only_fails
from tests.cast import ACME, GLOBEX

Serve = Callable[[socket.socket], None]


@contextlib.contextmanager
def listening(serve: Serve, address: str = "127.0.0.1") -> Iterator[int]:
    """A server on a port of its own, which serves one connection after the other."""
    with socket.create_server((address, 0)) as server:

        def accept() -> None:
            while True:
                try:
                    accepted, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=_served, args=(serve, accepted), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _served(serve: Serve, accepted: socket.socket) -> None:
    with accepted, contextlib.suppress(OSError):
        serve(accepted)


def of_tls(authority: trustme.CA, *hosts: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    authority.issue_cert(*hosts).configure_cert(context)
    return context


def shaking_hands(context: ssl.SSLContext) -> Serve:
    def serve(accepted: socket.socket) -> None:
        with context.wrap_socket(accepted, server_side=True) as spoken:
            spoken.recv(1)

    return serve


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    return made


@pytest.fixture
def https(settings: Any, tmp_path: Path, authority: trustme.CA) -> Any:
    """An installation that serves https, as far as its settings go."""
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.EDGE_CERTIFICATE_AUTHORITY = str(tmp_path / "authority.pem")
    return settings


def test_an_edge_that_takes_tls_1_2_as_well(in_acme_committed: Tenant, https: Any, authority: trustme.CA) -> None:
    context = of_tls(authority, ACME.host)
    with listening(shaking_hands(context)) as port:
        https.EDGE = f"127.0.0.1:{port}"

        def from_now_on(version: ssl.TLSVersion) -> None:
            context.minimum_version = version

        assert_only_fails(
            "transit.edge",
            lambda: from_now_on(ssl.TLSVersion.TLSv1_2),
            lambda: from_now_on(ssl.TLSVersion.TLSv1_3),
        )
        found = Edge().look()
        assert found.evidence["version"] == "TLSv1.3" and found.evidence["host"] == ACME.host
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        assert Edge().look().because == "The edge does not speak TLS 1.3."


@pytest.mark.parametrize("host", [GLOBEX.host, "elsewhere.example"])
def test_an_edge_whose_certificate_is_another_hosts(
    in_acme_committed: Tenant, https: Any, authority: trustme.CA, host: str
) -> None:
    with listening(shaking_hands(of_tls(authority, host))) as port:
        https.EDGE = f"127.0.0.1:{port}"
        found = Edge().look()
        assert found.outcome is Outcome.FAIL and "certificate" in found.because


def test_an_edge_whose_certificate_nobody_trusts(in_acme_committed: Tenant, https: Any) -> None:
    with listening(shaking_hands(of_tls(trustme.CA(), ACME.host))) as port:
        https.EDGE = f"127.0.0.1:{port}"
        assert "certificate" in Edge().look().because


def test_an_edge_that_is_not_there_was_not_seen_to_be_right(in_acme_committed: Tenant, https: Any) -> None:
    with listening(lambda _: None) as port:
        pass
    https.EDGE = f"127.0.0.1:{port}"
    with pytest.raises(ConnectionRefusedError):
        Edge().look()


def test_where_plain_http_is_served_there_is_no_edge_to_look_at(in_acme_committed: Tenant, settings: Any) -> None:
    settings.HTTPS = False
    for one in (Edge(), Browsers()):
        found = one.look()
        assert found.outcome is Outcome.NOT_APPLICABLE and "plain http" in found.because


def own_address() -> str:
    """An address of this machine that is not its loopback. Nothing is sent: it is what the route would be by."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("198.51.100.1", 9))
        except OSError:
            pytest.skip("This machine has its loopback alone.")
        return str(asking.getsockname()[0])


def passing_on(path: str) -> Serve:
    """To the socket of the database, in plain."""

    def serve(accepted: socket.socket) -> None:
        with socket.socket(socket.AF_UNIX) as behind, selectors.DefaultSelector() as ready:
            behind.connect(path)
            for one, other in ((accepted, behind), (behind, accepted)):
                ready.register(one, selectors.EVENT_READ, other)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(65_536)  # type: ignore[union-attr]  # each is a socket
                    if not data:
                        return
                    key.data.sendall(data)

    return serve


def test_a_database_that_is_reached_in_plain_by_the_network(in_acme_committed: Tenant) -> None:
    address, sockets = own_address(), str(default_place().sockets)
    ours = connection()

    def through(host: str, port: str) -> None:
        ours.settings_dict.update(HOST=host, PORT=port)
        ours.close()

    with listening(passing_on(f"{sockets}/.s.PGSQL.5432"), address) as port:
        try:
            assert_only_fails("transit.database", lambda: through(address, str(port)), lambda: through(sockets, ""))
        finally:
            through(sockets, "")
    assert ToTheDatabase().look().evidence["leaves_the_machine"] is False


def test_the_operators_word_that_all_is_on_one_machine_is_told_as_such(
    in_acme_committed: Tenant, settings: Any
) -> None:
    settings.REDIS_URL, settings.ONE_MACHINE = "redis://:secret@valkey:6379/0", True
    found = ToTheBroker().look()
    assert found.outcome is Outcome.NOT_APPLICABLE and "SPECWARD_ONE_MACHINE" in found.because
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    "url", ["redis://192.0.2.7:6379/0", "rediss://192.0.2.7:6379/0?ssl_cert_reqs=none"], ids=["plain", "unverified"]
)
def test_a_broker_on_another_machine(in_acme_committed: Tenant, settings: Any, url: str) -> None:
    here = settings.REDIS_URL

    def at(address: str) -> None:
        settings.REDIS_URL = address

    asserted = assert_only_fails if url.startswith("redis:") else assert_fails
    asserted("transit.broker", lambda: at(url), lambda: at(here))


def test_a_broker_on_another_machine_is_shaken_hands_with(
    in_acme_committed: Tenant, settings: Any, authority: trustme.CA, tmp_path: Path
) -> None:
    address = own_address()
    context = of_tls(authority, address)
    with listening(shaking_hands(context), address) as port:
        settings.REDIS_URL = f"rediss://{address}:{port}/0?ssl_ca_certs={tmp_path / 'authority.pem'}"
        found = ToTheBroker().look()
        assert (found.outcome, found.evidence["version"]) == (Outcome.PASS, "TLSv1.3")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
        assert ToTheBroker().look().outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECURE_HSTS_SECONDS", 300), ("SESSION_COOKIE_SECURE", False), ("CSRF_COOKIE_NAME", "csrf")],
)
def test_browsers_that_are_told_less(
    in_acme_committed: Tenant, https: Any, authority: trustme.CA, name: str, value: object
) -> None:
    with listening(shaking_hands(of_tls(authority, ACME.host))) as port:
        https.EDGE = f"127.0.0.1:{port}"
        right = getattr(https, name)
        asserted = assert_only_fails if name == "SECURE_HSTS_SECONDS" else assert_fails
        asserted("transit.browsers", lambda: setattr(https, name, value), lambda: setattr(https, name, right))
