"""The proxy and its policy, without a browser."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from specward.execution.wall.addresses import Reach, reach
from specward.execution.wall.policy import Local, Origin, Policy, Refused, is_literal
from specward.execution.wall.proxy import Proxy
from specward.language.urls import UrlRefused
from tests.execution.site import Site, serving, text

NEVER = """
    0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.7 203.0.113.9
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16
    :: ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::7f00:1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::1
    3fff::1 5f00::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 fd00:ec2::254 2606:4700::5efe:7f00:1 nonsense 127.1
""".split()
LOCAL = """
    127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255 ::1 fc00::1
""".split()
PUBLIC = "1.1.1.1 8.8.8.8 93.184.215.14 100.63.255.255 172.32.0.1 11.0.0.1 2606:4700::1111 2a00:1450:4001::1".split()


@pytest.mark.parametrize(
    ("addresses", "kind"),
    [(NEVER, Reach.NEVER), (LOCAL, Reach.LOCAL), (PUBLIC, Reach.PUBLIC)],
    ids=["never", "local", "public"],
)
def test_each_kind_of_address_is_told_apart(addresses: list[str], kind: Reach):
    assert {address: reach(address) for address in addresses} == dict.fromkeys(addresses, kind)


def test_a_private_address_is_meant_only_where_somebody_wrote_it_or_said_so():
    def policy(local: Local) -> Policy:
        return Policy(frozenset(), local)

    assert policy(Local.LITERAL).vet("127.0.0.1", ["127.0.0.1"]) == ("127.0.0.1",)
    assert policy(Local.NAMED).vet("shop.internal", ["10.0.0.5"]) == ("10.0.0.5",)
    for local, host, addresses in (
        (Local.NEVER, "127.0.0.1", ["127.0.0.1"]),
        (Local.LITERAL, "shop.example", ["10.0.0.5"]),
        (Local.LITERAL, "shop.example", ["8.8.8.8", "127.0.0.1"]),
        (Local.NAMED, "shop.internal", ["169.254.169.254"]),
        (Local.LITERAL, "169.254.169.254", ["169.254.169.254"]),
        (Local.LITERAL, "shop.example", []),
    ):
        with pytest.raises(Refused):
            policy(local).vet(host, addresses)


def test_only_an_address_and_localhost_need_no_resolver():
    assert all(is_literal(host) for host in ("127.0.0.1", "[::1]", "localhost", "shop.localhost"))
    assert not any(is_literal(host) for host in ("shop.example", "localhost.example", "127.0.0.1.example"))


def test_an_origin_is_scheme_host_and_port():
    assert Origin.of("https://Shop.example/") == Origin("https", "shop.example", 443)
    assert Origin.of("http://[::1]:8080") == Origin("http", "[::1]", 8080)
    assert Origin.of("http://[::1]") == Origin("http", "[::1]", 80)
    with pytest.raises(UrlRefused):
        Origin.of("https://bob@shop.example")


@contextmanager
def proxied(site: Site, *more: str, most_bytes: int = 10_000_000) -> Iterator[Proxy]:
    policy = Policy(frozenset({Origin.of(site.origin), *map(Origin.of, more)}))
    resolver = {"rebind.example": ["127.0.0.1"], "mixed.example": ["8.8.8.8", "10.0.0.1"]}
    with Proxy(policy, most_bytes=most_bytes, most_connections=8, resolver=lambda host, port: resolver[host]) as proxy:
        yield proxy


def ask(proxy: Proxy, request: str | bytes) -> bytes:
    """What the proxy answers to raw bytes, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as connection:
        connection.sendall(request.encode() if isinstance(request, str) else request)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


@pytest.fixture
def site() -> Iterator[Site]:
    with serving({"/hello": text("hello"), "/empty": text("", code=204)}) as running:
        yield running


def test_an_allowed_request_passes_and_names_the_host_that_was_vetted(site: Site):
    with proxied(site) as proxy:
        answer = ask(
            proxy, f"GET {site.origin}/hello?a=b HTTP/1.1\r\nHost: evil.example\r\nProxy-Connection: x\r\n\r\n"
        )
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"hello")
    assert site.requests == ["GET /hello?a=b"]


def test_two_requests_follow_each_other_on_one_connection_and_each_is_judged(site: Site):
    with proxied(site) as proxy:
        good = f"GET {site.origin}/hello HTTP/1.1\r\nHost: a\r\n\r\n"
        answer = ask(proxy, good + "GET http://evil.example/ HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200") == 1 and answer.count(b"HTTP/1.1 403") == 1
    assert [refusal.target for refusal in proxy.refusals.all()] == ["http://evil.example"]


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/stolen",
        "http://127.0.0.1:1/",
        "http://127.0.0.1@evil.example/",
        "https://127.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "/hello",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "http://rebind.example/",
        "http://mixed.example/",
    ],
)
def test_what_is_not_allowed_is_refused_and_its_path_is_not_kept(site: Site, target: str):
    with proxied(site, "http://rebind.example", "http://mixed.example") as proxy:
        answer = ask(proxy, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 403")
    (refusal,) = proxy.refusals.all()
    assert "stolen" not in refusal.target and refusal.count == 1
    assert site.requests == []


@pytest.mark.parametrize("target", ["evil.example:443", "127.0.0.1:22", "127.0.0.1", "[::1]:443", "a@b:443", ":443"])
def test_a_tunnel_elsewhere_is_refused(site: Site, target: str):
    with proxied(site) as proxy:
        assert ask(proxy, f"CONNECT {target} HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 403")


def test_a_tunnel_to_an_allowed_origin_carries_bytes_both_ways(site: Site):
    with proxied(site) as proxy:
        target = site.origin.removeprefix("http://")
        inner = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = ask(proxy, f"CONNECT {target} HTTP/1.1\r\n\r\n{inner}")
    assert b"200 Connection established" in answer and answer.endswith(b"hello")


@pytest.mark.parametrize(
    "request_",
    [
        "GET {}/hello HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
        "GET {}/hello HTTP/1.1\r\nBad header : b\r\n\r\n",
        "POST {}/hello HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST {}/hello HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST {}/hello HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "get {}/hello HTTP/1.1\r\n\r\n",
        "GET {}/hello HTTP/2\r\n\r\n",
        "\x16\x03\x01 not http",
    ],
)
def test_what_two_readers_could_read_differently_is_not_passed_on(site: Site, request_: str):
    with proxied(site) as proxy:
        assert b"200" not in ask(proxy, request_.format(site.origin)).split(b"\r\n")[0]
    assert site.requests == []


def test_bodies_pass_by_length_and_in_chunks(site: Site):
    with proxied(site) as proxy:
        head = f"POST {site.origin}/hello HTTP/1.1\r\nHost: a\r\n"
        assert ask(proxy, head + "Content-Length: 3\r\n\r\nabc").endswith(b"hello")
        assert ask(proxy, f"GET {site.origin}/empty HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 204")
    assert site.requests == ["POST /hello", "GET /empty"]


def test_when_the_traffic_is_used_up_nothing_passes_and_somebody_hears_of_it_once():
    told: list[int] = []
    with serving({"/large": text(b"x" * 300_000)}) as site:
        policy = Policy(frozenset({Origin.of(site.origin)}))
        with Proxy(policy, most_bytes=100_000, most_connections=8, on_traffic=lambda: told.append(1)) as proxy:
            request = f"GET {site.origin}/large HTTP/1.1\r\nHost: a\r\n\r\n"
            assert len(ask(proxy, request)) <= 100_000
            assert ask(proxy, request) == b""
    assert told == [1]
