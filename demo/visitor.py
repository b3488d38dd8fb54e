"""Somebody with a browser, for the demo's own look at what it shows: TLS 1.3, cookies, a form, nothing else."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import urllib.parse
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Refused(Exception):
    """What was looked at is not as it should be."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str
    cookies: tuple[str, ...]
    """Set-Cookie, as it was written."""
    content: bytes = b""
    """The same as the text, as it came."""


@dataclass
class Visitor:
    """Asks one host on a port of the loopback, whatever the name resolves to here, and trusts one authority."""

    host: str
    port: int
    authority: Path
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"https://{self.host}:{self.port}"

    def connect(self, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLSocket:
        """A connection. Raises ssl.SSLError where the server does not speak what is asked for."""
        context = ssl.create_default_context(cafile=str(self.authority))
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, most
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        try:
            return context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """GETs a page, or POSTs a form to it. Follows nothing."""
        if form is None:
            return self._exchange("GET", path, None, {})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._exchange("POST", path, urllib.parse.urlencode(form).encode(), kind)

    def send(self, method: str, path: str, body: bytes, kind: str, **headers: str) -> Answer:
        """Speaks to the API, as the pages' own scripts do: by the session, with the token against forged requests."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        csrf = {"X-CSRFToken": self.cookies.get("__Host-csrf", "")}
        return self._exchange(method, path, body, {"Content-Type": kind, **csrf, **named})

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=60)
        connection.sock = self.connect()
        try:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            referer = {} if body is None else {"Referer": self.address + path}
            connection.request(method, path, body, {"Cookie": cookies, **referer, **headers})
            answer = connection.getresponse()
            content = answer.read()
            set_ = tuple(answer.headers.get_all("Set-Cookie", []))
        finally:
            connection.close()
        for cookie in set_:
            for name, morsel in SimpleCookie(cookie).items():
                self.cookies[name] = morsel.value
        told = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status, told, content.decode("utf-8", "replace"), set_, content)

    def sign_in(self, email: str, password: str) -> Answer:
        """The first page after signing in. Raises :class:`Refused`."""
        token = _TOKEN.search(self.ask("/sign-in/").text)
        if token is None:
            raise Refused(f"{self.address}/sign-in/ shows no form.")
        form = {"csrfmiddlewaretoken": token[1], "email": email, "password": password}
        answer = signed = self.ask("/sign-in/", form)
        for _ in range(3):
            if answer.status not in (301, 302):
                break
            answer = self.ask(urllib.parse.urlsplit(answer.headers["location"]).path)
        if signed.status != 302 or answer.status != 200:
            raise Refused(
                f"Signing in at {self.address} answered {signed.status}, and the page after it {answer.status}."
            )
        return Answer(answer.status, answer.headers, answer.text, signed.cookies)


def refuses_tls_1_2(visitor: Visitor) -> bool:
    """Whether a client that knows nothing newer is turned away."""
    try:
        visitor.connect(ssl.TLSVersion.TLSv1_2).close()
    except ssl.SSLError:
        return True
    return False


def refuses_plain_http(visitor: Visitor) -> bool:
    """Whether nothing is said without TLS."""
    with socket.create_connection(("127.0.0.1", visitor.port), timeout=10) as plain:
        plain.sendall(f"GET /sign-in/ HTTP/1.1\r\nHost: {visitor.host}\r\nConnection: close\r\n\r\n".encode())
        try:
            return not plain.recv(100).startswith(b"HTTP/1.1 200")
        except OSError:
            return True
