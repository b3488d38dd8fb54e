"""A hostile page on an allowed origin tries to reach a canary by every way a page has. Behind the wall: no hit.

The control run without the wall proves that the page's ways work at all.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Route

from specward.execution import running
from specward.execution.limits import Limits
from specward.execution.outcomes import Outcome, RunResult
from specward.execution.running import RunSettings, run_spec
from specward.execution.wall.namespace import Namespace, probe
from specward.language import parse
from tests.execution.site import Answer, Site, serving, text

HOSTILE = (Path(__file__).parent / "pages" / "hostile.html").read_text()
LIMITS = Limits(run=60, navigation=20, assertion=20, action=10)


class Canary:
    """Whatever connects to it, by TCP or UDP, is a leak; it keeps the first bytes of each."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.hits: list[str] = []
        self.host = host
        self._tcp = socket.create_server((host, 0))
        self.port = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((host, self.port))
        for listen in (self._accept, self._receive):
            threading.Thread(target=listen, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(2)
            try:
                first = connection.recv(2000)
            except OSError:
                first = b""
            self.hits.append("tcp " + first.split(b"\r\n")[0].decode("latin-1"))
            reply = (
                b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            if b"HTTP/1" in first:
                connection.sendall(reply)

    def _receive(self) -> None:
        while True:
            try:
                self._udp.recvfrom(2000)
            except OSError:
                return
            self.hits.append("udp")

    def close(self) -> None:
        for listening in (self._tcp, self._udp):
            listening.shutdown(socket.SHUT_RDWR) if listening is self._tcp else None
            listening.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


def redirect(to: str) -> Answer:
    return text("", "text/html", ("Location", to), code=302)


@pytest.fixture(params=[Namespace.OFF, Namespace.REQUIRED])
def namespace(request: pytest.FixtureRequest) -> Namespace:
    """Behind the proxy alone, and in a network namespace as well."""
    return needed(request.param)


def needed(namespace: Namespace) -> Namespace:
    if namespace is Namespace.REQUIRED and probe():
        pytest.skip(f"this machine allows no network namespace: {probe()}")
    return namespace


@pytest.fixture
def mallory(canary: Canary) -> Iterator[Site]:
    """An allowed origin whose owner wants to carry something out."""
    with attacking(canary) as site:
        yield site


@contextmanager
def attacking(canary: Canary) -> Iterator[Site]:
    address = f"http://{canary.host}:{canary.port}"

    def late(request: BaseHTTPRequestHandler) -> None:
        threading.Event().wait(0.25)
        text("late")(request)

    page = HOSTILE.replace("CANARY", address).replace("STUN", f"{canary.host}:{canary.port}").replace("ROUNDS", "8")
    answers = {
        "/": text(page),
        "/late": late,
        "/redirect": redirect(address + "/redirected"),
        "/gone": redirect(address + "/top"),
        "/sw.js": text(f'fetch("{address}/serviceworker")', "text/javascript"),
        "/csp": text(
            "<script>1</script>",
            "text/html",
            ("Content-Security-Policy", f"default-src 'none'; report-uri {address}/csp"),
        ),
    }
    with serving(answers) as site:
        site.texts.update({"/": page, "canary": address})
        yield site


SPEC = parse(
    """\
spec("Mallory tries", origin="https://mallory.example")

with step("Try"):
    goto("/")
    expect_text(role("status"), "done", contains=True)
"""
)


def tried(site: Site, chromium: str, **more: object) -> RunResult:
    settings = RunSettings(base_url=site.origin, chromium=chromium, limits=LIMITS, **more)  # type: ignore[arg-type]
    return run_spec(SPEC, settings)


@pytest.mark.chromium
def test_nothing_a_hostile_page_tries_reaches_the_canary(
    mallory: Site, canary: Canary, chromium: str, namespace: Namespace
):
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    result = tried(mallory, chromium, resolver=resolver, namespace=namespace)
    assert result.outcome is Outcome.PASSED, result.to_json()
    assert canary.hits == []
    refused = {refusal.target for refusal in result.refused_to_page}
    assert any(target.endswith(f"127.0.0.1:{canary.port}") for target in refused)
    assert result.wall == ("proxy" if namespace is Namespace.OFF else "proxy+netns")
    assert not asked, "names outside the allowed origins are not even resolved"


@pytest.mark.chromium
def test_without_the_wall_the_same_page_does_reach_it(mallory: Site, canary: Canary, chromium: str):
    result = tried(mallory, chromium, walled=False)
    reached = {hit.split(" ")[2].strip("/") for hit in canary.hits if hit.count(" ") == 3}
    assert result.wall == "none"
    assert {"fetch", "img", "css", "script", "iframe", "beacon", "websocket", "eventsource", "redirected"} <= reached
    assert len(reached) >= 20
    assert "udp" in canary.hits


@pytest.mark.chromium
def test_the_proxy_alone_holds_and_so_does_the_page_itself_when_it_is_sent_away(
    mallory: Site, canary: Canary, chromium: str, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(running._Run, "_second_net", lambda self, context, refusals: None)
    assert tried(mallory, chromium, namespace=namespace).passed
    gone = parse(
        'spec("Away", origin="https://mallory.example")\n\nwith step("Go"):\n    goto("/gone")\n    reload()\n'
    )
    run_spec(gone, RunSettings(base_url=mallory.origin, chromium=chromium, limits=LIMITS, namespace=namespace))
    assert canary.hits == []


def own_address() -> str | None:
    """An address of this machine that is not loopback; connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            any_socket.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(any_socket.getsockname()[0])


def break_the_wall(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    """No flag of the wall, and no second net: the browser is told of no proxy. The page itself comes from the test."""

    def serve(run: object, context: BrowserContext, refusals: object) -> None:
        def answer(route: Route) -> None:
            path = route.request.url.removeprefix(site.origin)
            if path == "/":
                route.fulfill(body=site.texts["/"], content_type="text/html; charset=utf-8")
            elif path in ("/redirect", "/gone"):
                route.fulfill(status=302, headers={"Location": site.texts["canary"] + "/redirected"})
            else:
                route.fulfill(body="late")

        context.route(re.compile(f"^{re.escape(site.origin)}/"), answer)

    unguarded = ["--disable-features=LocalNetworkAccessChecks"]
    monkeypatch.setattr(running, "wall_flags", lambda port: unguarded)
    monkeypatch.setattr(running._Run, "_second_net", serve)


@pytest.mark.chromium
@pytest.mark.parametrize("where", ["loopback", "outside"])
@pytest.mark.parametrize("namespace", [Namespace.OFF, Namespace.REQUIRED])
def test_in_a_namespace_even_a_browser_that_was_told_of_no_proxy_reaches_nothing(
    chromium: str, namespace: Namespace, where: str, monkeypatch: pytest.MonkeyPatch
):
    """With the namespace off, the same browser does: the page's ways work, and it is the namespace that holds."""
    host = "127.0.0.1" if where == "loopback" else own_address()
    if host is None:
        pytest.skip("this machine has no address but loopback")
    canary = Canary(host)
    with attacking(canary) as site:
        break_the_wall(monkeypatch, site)
        result = tried(site, chromium, namespace=needed(namespace))
    canary.close()
    assert result.outcome is Outcome.PASSED, result.to_json()
    if namespace is Namespace.REQUIRED:
        assert canary.hits == []
    else:
        assert "udp" in canary.hits
        assert len(set(canary.hits)) >= 20, canary.hits


@pytest.mark.chromium
def test_a_name_that_changes_its_address_leads_where_it_was_vetted_for(
    canary: Canary, chromium: str, namespace: Namespace
):
    """DNS rebinding: the allowed name is public when it is vetted, and loopback ever after."""
    answers = iter([["192.0.2.1"]])

    def resolver(host: str, port: int) -> list[str]:
        return next(answers, ["127.0.0.1"])

    spec = parse('spec("Rebind", origin="http://mallory.example")\n\nwith step("Go"):\n    goto("/")\n    reload()\n')
    base = f"http://rebind.example:{canary.port}"
    settings = RunSettings(base_url=base, chromium=chromium, limits=LIMITS, resolver=resolver, namespace=namespace)
    result = run_spec(spec, settings)
    assert canary.hits == []
    assert any(refusal.reason == "the name leads to a special-use address" for refusal in result.refusals)
