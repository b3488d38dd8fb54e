"""TLS and web sockets go through the wall in tunnels: to allowed origins only, and unread."""

from __future__ import annotations

import base64
import hashlib
import socket
import ssl
from collections.abc import Iterator

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from specward.execution import browser, running
from specward.execution.outcomes import FailureKind, RunResult
from specward.execution.running import RunSettings, run_spec
from specward.execution.wall.policy import Local, Origin, Policy
from specward.execution.wall.proxy import Proxy
from specward.language import parse
from tests.execution.site import Site, echo, serving, text

ASK = """
<h1>Acme</h1><p role="status">asking</p>
<script>
const say = (words) => { document.querySelector("[role=status]").textContent += ` ${words}`; };
const other = new URLSearchParams(location.search).get("other");
const socket = new WebSocket((other || location.origin).replace("http", "ws") + "/socket");
socket.onopen = () => socket.send("tulip");
socket.onmessage = (event) => { say("socket " + event.data); socket.close(); };
socket.onerror = () => say("socket refused");
fetch((other || location.origin) + "/word", {mode: "no-cors"}).then(
  async (answer) => say("fetch " + (await answer.text() || "opaque")), () => say("fetch refused"));
</script>
"""
ANSWERS = {"/": text(ASK), "/word": text("daisy", "text/plain"), "/socket": echo}


@pytest.fixture(scope="module")
def certificate() -> trustme.LeafCert:
    return trustme.CA().issue_cert("acme.example", "globex.example", "127.0.0.1")


@pytest.fixture(scope="module")
def tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def acme(tls: ssl.SSLContext) -> Iterator[Site]:
    with serving(ANSWERS, tls=tls) as site:
        yield site


@pytest.fixture
def globex(tls: ssl.SSLContext) -> Iterator[Site]:
    """Not allowed."""
    with serving(ANSWERS, tls=tls) as site:
        yield site


@pytest.fixture
def trusted(certificate: trustme.LeafCert, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that takes the sites' certificate: by its key, which is good enough for a test and nothing else."""
    leaf = x509.load_pem_x509_certificate(certificate.cert_chain_pems[0].bytes())
    key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
    flags = browser.wall_flags
    monkeypatch.setattr(
        running, "wall_flags", lambda port: [*flags(port), f"--ignore-certificate-errors-spki-list={digest}"]
    )


def run(origin: str, chromium: str, path: str, *expected: str) -> RunResult:
    lines = "\n".join(f'    expect_text(role("status"), "{words}", contains=True)' for words in expected)
    spec = parse(
        f'spec("Alice asks", origin="https://acme.example")\n\nwith step("Ask"):\n    goto("{path}")\n{lines}\n'
    )
    settings = RunSettings(
        base_url=origin, chromium=chromium, local=Local.NAMED, resolver=lambda host, port: ["127.0.0.1"]
    )
    return run_spec(spec, settings)


@pytest.mark.chromium
@pytest.mark.usefixtures("trusted")
def test_an_allowed_origin_is_reached_by_tls_and_its_web_socket_too(acme: Site, chromium: str):
    result = run(f"https://acme.example:{acme.port}", chromium, "/", "socket tulip", "fetch daisy")
    assert result.passed, result.message
    assert {"GET /", "GET /word", "GET /socket"} <= set(acme.requests)
    assert result.refused_to_page == ()


@pytest.mark.chromium
def test_a_web_socket_of_a_plain_origin_passes_as_well(chromium: str):
    with serving(ANSWERS) as plain:
        result = run(plain.origin, chromium, "/", "socket tulip", "fetch daisy")
    assert result.passed, result.message


@pytest.mark.chromium
@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("second_net", [True, False])
def test_another_host_is_refused_by_tls_and_by_web_socket(
    acme: Site, globex: Site, chromium: str, monkeypatch: pytest.MonkeyPatch, second_net: bool
):
    if not second_net:
        monkeypatch.setattr(running._Run, "_second_net", lambda self, context, refusals: None)
    other = f"https://globex.example:{globex.port}"
    result = run(f"https://acme.example:{acme.port}", chromium, f"/?other={other}", "socket refused", "fetch refused")
    assert result.passed, result.message
    assert globex.requests == []
    assert any("globex.example" in refusal.target for refusal in result.refused_to_page)


@pytest.mark.chromium
def test_a_plain_web_socket_elsewhere_is_refused(chromium: str):
    with serving(ANSWERS) as plain, serving(ANSWERS) as foreign:
        result = run(plain.origin, chromium, f"/?other={foreign.origin}", "socket refused", "fetch refused")
    assert result.passed, result.message
    assert foreign.requests == []


@pytest.mark.chromium
def test_a_certificate_that_nobody_vouches_for_is_said_to_be_that(acme: Site, chromium: str):
    result = run(f"https://acme.example:{acme.port}", chromium, "/", "socket tulip")
    failed = result.failed_call
    assert failed is not None and failed.failure is not None and failed.failure.kind is FailureKind.NAVIGATION
    assert "certificate is not trusted" in result.message
    assert acme.requests == []


def test_a_tunnel_leads_to_its_own_server_whatever_name_is_said_inside_it(acme: Site):
    """What a tunnel carries is not read: a server that passes other names on is trusted to do so by being allowed."""
    policy = Policy(frozenset({Origin.of(f"https://acme.example:{acme.port}")}), Local.NAMED)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        Proxy(policy, most_bytes=10**6, most_connections=8, resolver=lambda host, port: ["127.0.0.1"]) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as connection,
    ):
        connection.sendall(f"CONNECT acme.example:{acme.port} HTTP/1.1\r\n\r\n".encode())
        assert b"200" in connection.recv(1000)
        with context.wrap_socket(connection, server_hostname="globex.example") as inside:
            inside.sendall(b"GET /word HTTP/1.1\r\nHost: globex.example\r\nConnection: close\r\n\r\n")
            answer = b""
            while piece := inside.recv(65536):
                answer += piece
    assert answer.endswith(b"daisy")
    assert acme.requests == ["GET /word"]
