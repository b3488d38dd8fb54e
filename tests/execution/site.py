"""Small sites on loopback: what they answer is a table from path to answer, and every request is kept."""

from __future__ import annotations

import base64
import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGES = Path(__file__).parent / "pages"

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A running site, and the requests it has had (method and path)."""

    origin: str
    port: int
    answers: dict[str, Answer]
    requests: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """What a test wants to find again."""

    def page(self, path: str, html: str) -> None:
        """Serve ``html`` at ``path``."""
        self.answers[path] = text(html)


def text(
    body: str | bytes, kind: str = "text/html; charset=utf-8", *headers: tuple[str, str], code: int = 200
) -> Answer:
    data = body.encode() if isinstance(body, str) else body

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    return answer


def echo(request: BaseHTTPRequestHandler) -> None:
    """Takes a web socket up (RFC 6455) and sends its first message back, for messages of at most 125 bytes."""
    key = request.headers.get("Sec-WebSocket-Key", "")
    accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode(), usedforsecurity=False).digest()
    request.send_response(101)
    request.send_header("Upgrade", "websocket")
    request.send_header("Connection", "Upgrade")
    request.send_header("Sec-WebSocket-Accept", base64.b64encode(accept).decode())
    request.end_headers()
    head = request.rfile.read(6)
    length, mask = head[1] & 0x7F, head[2:]
    said = bytes(byte ^ mask[i % 4] for i, byte in enumerate(request.rfile.read(length)))
    request.wfile.write(bytes([0x81, length]) + said)
    request.rfile.read(1)  # until the page closes it
    request.close_connection = True


@contextmanager
def serving(
    answers: Mapping[str, Answer] | None = None, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    """A site on a free port: the files of ``pages`` and what ``answers`` adds."""
    site = Site("", 0, dict(answers or {}))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # the body would wait 40 ms until the head is acknowledged

        def answer(self) -> None:
            site.requests.append(f"{self.command} {self.path}")
            length = int(self.headers.get("Content-Length") or 0)
            if length:
                self.rfile.read(length)
            path = self.path.partition("?")[0]
            if path in site.answers:
                site.answers[path](self)
            elif (PAGES / path.strip("/")).is_file():
                text((PAGES / path.strip("/")).read_bytes())(self)
            else:
                text("not found", code=404)(self)

        do_GET = do_POST = do_HEAD = do_PUT = answer  # noqa: N815 - the names are http.server's

        def log_message(self, format: str, *args: object) -> None:
            return

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            return  # a browser that is killed leaves its connections open

    with Quiet((host, 0), Handler) as server:
        site.port = server.server_port
        site.origin = f"{'http' if tls is None else 'https'}://{host}:{site.port}"
        if tls is not None:
            # The handshake is left to the thread of the connection, so that one that never comes stops no other.
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
