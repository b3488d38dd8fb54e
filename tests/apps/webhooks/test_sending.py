"""Mallory gives addresses, answers and names of her choosing, and reaches nothing but what she could reach herself."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import trustme

from apps.webhooks import sending
from apps.webhooks.addresses import AddressRefused, Target, is_fit, target, vetted
from apps.webhooks.errors import UrlRefused
from apps.webhooks.models import Attempt
from apps.webhooks.sending import Sent, send
from tests.apps.webhooks.receiver import Receiver, receiving

Outcome = Attempt.Outcome
PUBLIC = "93.184.215.14"
SPECIAL = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "168.63.129.16", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
    "::1", "::", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "64:ff9b::7f00:1", "fe80::1", "fe80::1%lo",
    "fc00::1", "fd00:ec2::254", "ff02::1", "2002:7f00:1::", "2001:db8::1", "2001::1", "not an address", "",
]  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/secret",
        "http://hooks.example:8443/secret",
        "http://hooks.example:443/secret",
        "ftp://hooks.example/secret",
        "javascript:secret",
        "file:///etc/secret",
        "gopher://hooks.example/secret",
        "//hooks.example/secret",
        "/secret",
        "",
        "secret",
        "https://",
        "https:///secret",
        "https://localhost/secret",
        "https://LOCALHOST/secret",
        "https://any.localhost/secret",
        "https://127.0.0.1/secret",
        "https://127.1/secret",
        "https://2130706433/secret",
        "https://0x7f000001/secret",
        "https://0177.0.0.1/secret",
        "https://0/secret",
        "https://10.0.0.1/secret",
        "https://169.254.169.254/secret",
        "https://[::1]/secret",
        "https://[::]/secret",
        "https://[::ffff:127.0.0.1]/secret",
        "https://[::ffff:a9fe:a9fe]/secret",
        "https://[fd00:ec2::254]/secret",
        "https://[fe80::1%25eth0]/secret",
        "https://168.63.129.16/secret",
        "https://\u2460\u2461\u2466.0.0.1/secret",
        "https://user@hooks.example/secret",
        "https://user:secret@hooks.example/",
        "https://hooks.example@169.254.169.254/secret",
        "https://hooks.example\\@169.254.169.254/secret",
        "https://hooks.example:443@10.0.0.1/secret",
        "https:\\\\hooks.example\\secret",
        "https:/hooks.example/secret",
        "https://hooks.example/a secret",
        "https://hooks.example/\r\nX-Secret: secret",
        "https://hooks.example/\tsecret",
        "https://hooks.example/#secret",
        "https://hooks.example:22/secret",
        "https://hooks.example:25/secret",
        "https://hooks.example:80/secret",
        "https://hooks.example:0/secret",
        "https://hooks.example:65536/secret",
        "https://hooks.example:99999999/secret",
        "https://hooks.example:/secret",
        "https://h\u00f6oks.example/secret",
        "https://hooks.example/" + "secret" * 400,
    ],
)
def test_an_address_that_could_lead_elsewhere_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        target(url)
    assert "secret" not in str(refused.value) and "169.254" not in str(refused.value)


def test_an_honest_address_is_taken_as_it_is_asked_for() -> None:
    assert target("https://Hooks.Example/a/b?c=d") == Target("https", "hooks.example", 443, "/a/b?c=d")
    assert target("https://hooks.example:8443").origin == "https://hooks.example:8443"
    assert target(f"https://{PUBLIC}/").host == PUBLIC
    assert target("https://[2606:2800:21f::1]:8443/x").authority == "[2606:2800:21f::1]:8443"


@pytest.mark.parametrize("address", SPECIAL)
def test_a_name_that_leads_to_a_special_address_is_refused(address: str) -> None:
    assert not is_fit(address)
    for found in ([address], [PUBLIC, address], [address, PUBLIC]):
        with pytest.raises(AddressRefused):
            vetted(target("https://hooks.example/"), lambda host, port, found=found: found)  # type: ignore[misc]
    with pytest.raises(AddressRefused):
        vetted(target("https://hooks.example/"), lambda host, port: [])


@pytest.mark.parametrize("address", [one for one in SPECIAL if one not in ("127.0.0.1", "127.8.8.8", "::1")])
def test_leave_for_the_loopback_is_leave_for_nothing_else(to_loopback: None, address: str) -> None:
    assert not is_fit(address)


def test_nothing_is_connected_to_where_a_name_leads_to_the_loopback() -> None:
    with receiving() as canary:
        to = Target("https", "hooks.example", canary.port, "/")
        sent = send(to, {}, b"{}", lambda host, port: ["127.0.0.1"])
        again = send(Target("http", "127.0.0.1", canary.port, "/"), {}, b"{}")
    assert (sent.outcome, again.outcome, canary.came) == (Outcome.REFUSED_ADDRESS, Outcome.REFUSED_ADDRESS, [])


def test_a_name_is_looked_up_once_and_what_was_vetted_is_what_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])  # as a server of names does that means harm
    connected: list[Any] = []

    def note(to: Any, timeout: float) -> socket.socket:
        connected.append(to)
        raise ConnectionRefusedError

    monkeypatch.setattr(sending.socket, "create_connection", note)  # type: ignore[attr-defined]
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> Iterable[str]:
        looked_up.append(host)
        return next(answers)

    sent = send(target("https://hooks.example/"), {}, b"{}", resolve)
    assert sent.outcome is Outcome.UNREACHABLE
    assert (looked_up, connected) == (["hooks.example"], [(PUBLIC, 443)])


def to(receiver: Receiver) -> Target:
    return target(receiver.url)


def test_what_is_sent_arrives(receiver: Receiver) -> None:
    sent = send(to(receiver), {"webhook-id": "msg_1"}, b'{"a":1}')
    assert (sent.outcome, sent.status) == (Outcome.OK, 200)
    (came,) = receiver.came
    assert (came.path, came.body) == ("/hook?key=of-the-receiver", b'{"a":1}')
    assert came.headers["webhook-id"] == "msg_1" and came.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    with receiving() as canary:
        receiver.status, receiver.answer_headers = status, {"Location": canary.url}
        sent = send(to(receiver), {}, b"{}")
    assert (sent.outcome, sent.status, canary.came) == (Outcome.STATUS, status, [])


@pytest.mark.parametrize("status", [204, 299])
def test_every_2xx_is_a_delivery(receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert send(to(receiver), {}, b"{}").is_delivered


def test_a_proxy_of_the_environment_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as canary:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
        assert send(to(receiver), {}, b"{}").is_delivered
    assert canary.came == []


def _never_answers(asked: BaseHTTPRequestHandler) -> None:
    asked.rfile.read(1)


def _drips(asked: BaseHTTPRequestHandler) -> None:
    paused = threading.Event()
    asked.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(200):
        asked.wfile.write(b"X-Drip: 1\r\n")
        paused.wait(0.05)


def _one_hundred_for_ever(asked: BaseHTTPRequestHandler) -> None:
    paused = threading.Event()
    for _ in range(200):
        asked.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        paused.wait(0.05)


@pytest.mark.parametrize("misbehave", [_never_answers, _drips, _one_hundred_for_ever])
def test_whoever_is_slow_however_they_are_it_is_cut_off(
    receiver: Receiver, misbehave: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ANSWERS_WITHIN", 0.5)
    receiver.misbehave = misbehave
    sent = send(to(receiver), {}, b"{}")
    assert sent.outcome is Outcome.TIMEOUT and 400 <= sent.milliseconds < 3_000


def _endless(asked: BaseHTTPRequestHandler) -> None:
    asked.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    for _ in range(100_000):
        asked.wfile.write(b"x" * 65_536)


def test_the_body_of_an_answer_is_not_read(receiver: Receiver) -> None:
    receiver.misbehave = _endless
    sent = send(to(receiver), {}, b"{}")
    assert sent.is_delivered and sent.milliseconds < 5_000


def _garbage(asked: BaseHTTPRequestHandler) -> None:
    asked.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n" * 10)


def _endless_headers(asked: BaseHTTPRequestHandler) -> None:
    asked.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 1_000)


def _endless_line(asked: BaseHTTPRequestHandler) -> None:
    asked.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1_000_000)


@pytest.mark.parametrize("misbehave", [_garbage, _endless_headers, _endless_line])
def test_what_is_no_http_is_a_failure_of_its_own(receiver: Receiver, misbehave: Any) -> None:
    receiver.misbehave = misbehave
    assert send(to(receiver), {}, b"{}").outcome is Outcome.MALFORMED


def test_where_nobody_listens_it_says_so(to_loopback: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert send(Target("http", "127.0.0.1", port, "/"), {}, b"{}").outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize(
    ("status", "given", "wait"),
    [(429, "120", 120), (503, "9", 9), (503, "999999999", 86_400), (503, "-5", 0), (503, "\u0661", 0), (500, "120", 0)],
)
def test_a_receiver_that_has_too_much_to_do_says_how_long(
    receiver: Receiver, status: int, given: str, wait: int
) -> None:
    receiver.status, receiver.answer_headers = status, {"Retry-After": given.encode("utf-8").decode("latin-1")}
    sent = send(to(receiver), {}, b"{}")
    assert (sent.outcome, sent.status, sent.wait) == (Outcome.STATUS, status, wait)


def by_tls(host: str, issued_for: str, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sent:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(issued_for).configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with receiving(context) as receiver:
        sent = send(Target("https", host, receiver.port, "/"), {}, b"{}", lambda host, port: ["127.0.0.1"])
        assert bool(receiver.came) == sent.is_delivered, "what is not trusted is told nothing"
    return sent


def test_https_is_trusted_by_its_name(to_loopback: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = by_tls("hooks.example", "hooks.example", True, tmp_path, monkeypatch)
    assert sent.outcome is Outcome.OK


@pytest.mark.parametrize(("issued_for", "trusted"), [("hooks.example", False), ("other.example", True)])
def test_https_of_somebody_else_is_no_connection(
    to_loopback: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, issued_for: str, trusted: bool
) -> None:
    assert by_tls("hooks.example", issued_for, trusted, tmp_path, monkeypatch).outcome is Outcome.TLS
