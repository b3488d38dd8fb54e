"""The shop as a server: one thread a request, state in memory, gone when it stops."""

from __future__ import annotations

import functools
import http.server
import secrets
import threading
import time
import traceback
from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from demo.shop import accounts, art, buying, catalogue
from demo.shop.changes import CHANGES
from demo.shop.faults import FAULTS
from demo.shop.rules import Rules
from demo.shop.sessions import Session
from demo.shop.web import Answer, Request, find, go, missing, read_form

__all__ = ["Shop"]
_PAGES = (accounts, art, buying, catalogue)  # imported for the routes that they register
_STATIC = Path(__file__).resolve().parent / "static"
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_COOKIE = "visitor"
_LARGEST = 2_000_000
_POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; form-action 'self'"


class Shop:
    """A running shop: ``with Shop(faults={"wrong-total"}) as shop: ... shop.url``.

    ``faults`` and ``changes`` are names of the tables in ``faults.py`` and ``changes.py``; an unknown one raises
    :class:`ValueError`. Port 0 takes a free one. ``answer`` works without a port as well.
    """

    def __init__(self, *, port: int = 0, faults: Iterable[str] = (), changes: Iterable[str] = ()) -> None:
        self.faults = [_named(FAULTS, name, "fault") for name in faults]
        self.changes = [_named(CHANGES, name, "change") for name in changes]
        self.rules = Rules()
        for fault in self.faults:
            if fault.rule:
                setattr(self.rules, fault.rule, functools.partial(fault.instead, self.rules))
        self.sessions: dict[str, Session] = {}
        self._lock = threading.Lock()
        self._port = port
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """Where it is open; empty while it is not."""
        return f"http://127.0.0.1:{self._server.server_port}" if self._server is not None else ""

    def open(self) -> _Server:
        """Takes the port; nothing is answered before somebody serves."""
        self._server = _Server(("127.0.0.1", self._port), type("Handler", (_Handler,), {"shop": self}))
        return self._server

    def __enter__(self) -> Shop:
        server = self.open()
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def answer(self, method: str, target: str, cookies: str = "", kind: str = "", body: bytes = b"") -> Answer:
        """The answer to one request, with the faults and changes that are switched on."""
        address = urlsplit(target)
        if address.path.startswith("/static/"):
            return self._finished(address.path, _static(address.path))
        form, files = read_form(kind, body)
        with self._lock:
            session = self._session(cookies)
            query = parse_qs(address.query)
            request = Request(method, address.path, query, form, files, session, self.rules)
            handler = find(method, address.path)
            try:
                answer = handler(request) if handler is not None else missing(request)
            except Exception:  # noqa: BLE001  # as any server: what goes wrong is a 500, and the shop goes on
                traceback.print_exc()
                answer = Answer("<h1>Something went wrong</h1>", 500)
        answer.headers.setdefault("Set-Cookie", f"{_COOKIE}={session.key}; Path=/; HttpOnly; SameSite=Lax")
        return self._finished(address.path, answer)

    def _session(self, cookies: str) -> Session:
        try:
            jar = SimpleCookie(cookies)
            key = jar[_COOKIE].value if _COOKIE in jar else ""
        except CookieError:
            key = ""
        if key not in self.sessions:
            key = secrets.token_hex(8)
            self.sessions[key] = Session(key)
        return self.sessions[key]

    def _finished(self, path: str, answer: Answer) -> Answer:
        for fault in self.faults:
            if fault.old and fault.bites(path):
                answer.body = answer.body.replace(fault.old, fault.new)
        for change in self.changes:
            time.sleep(change.delay(path))
            if change.rewrite is not None:
                answer.body = change.rewrite(answer.body, answer.kind)
        return answer


def _named(table: Mapping[str, Any], name: str, what: str) -> Any:
    if name not in table:
        raise ValueError(f"There is no {what} called {name!r}. There are: {', '.join(table)}.")
    return table[name]


def _static(path: str) -> Answer:
    file = _STATIC / Path(path).name
    if file.suffix not in _KINDS or not file.is_file():
        return Answer("Not found", 404, "text/plain")
    return Answer(file.read_text("utf-8"), kind=_KINDS[file.suffix])


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up in the middle is no news."""


class _Handler(http.server.BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait 40 ms until the head is acknowledged
    timeout = 30

    def do_GET(self) -> None:  # the name that http.server calls
        self._send(self.shop.answer("GET", self.path, self.headers.get("Cookie", "")))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST:
            self._send(Answer("Too large", 413, "text/plain"))
            self.close_connection = True
            return
        body = self.rfile.read(length)
        origin = self.headers.get("Origin")
        if origin not in (None, self.shop.url):
            self._send(go("/"))
            return
        kind = self.headers.get("Content-Type", "")
        self._send(self.shop.answer("POST", self.path, self.headers.get("Cookie", ""), kind, body))

    def _send(self, answer: Answer) -> None:
        content = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("Cache-Control", "no-store")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Requests are nobody's business here."""
