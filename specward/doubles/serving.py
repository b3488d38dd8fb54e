"""The HTTP around a double: one thread for each connection, on loopback, until the block ends."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from specward.doubles.double import Double
from specward.doubles.replies import Reply, error
from specward.doubles.requests import MOST_BYTES

PATHS: Final = ("/v1/messages", "/anthropic/v1/messages")
"""Anthropic's own address, and Bedrock Mantle's."""
_LOOPBACK: Final = "127.0.0.1"
_PATIENCE: Final = 60.0
"""Seconds that a client may take to send a request."""
_GLANCE: Final = 0.05
"""Seconds between two looks at whether anybody is still there."""


@contextmanager
def serving(double: Double, *, port: int = 0) -> Iterator[str]:
    """Serves ``double`` on loopback for as long as the block lasts; gives the address a client takes as its base.

    Raises ``OSError`` where the port is taken. When the block ends every connection is cut, and no thread is left.
    """
    server = _Server(double, port)
    thread = threading.Thread(target=server.serve_forever, args=(_GLANCE,), name="double")
    thread.start()
    try:
        yield f"http://{_LOOPBACK}:{server.server_address[1]}"
    finally:
        server.stopping.set()
        server.shutdown()
        server.cut()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, double: Double, port: int) -> None:
        super().__init__((_LOOPBACK, port), _Handler)
        self.double = double
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to tell; any other fault ends the connection."""

    def cut(self) -> None:
        """Ends the connections that are open, so that those who wait on them go on."""
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait 40 ms until the head is acknowledged
    timeout = _PATIENCE
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what is asked is for tests to look at, and for nobody's log."""

    def do_GET(self) -> None:
        self._give(error("not_found_error", "Not found"))

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES + 1:
            self.close_connection = True
            self._give(error("request_too_large", "Request exceeds the maximum size"))
            return
        raw = self.rfile.read(int(length))
        if self.path.partition("?")[0] not in PATHS:
            self._give(error("not_found_error", "Not found"))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._give(self.server.double.respond(headers, raw))

    def _give(self, reply: Reply) -> None:
        if reply.wire is not None:
            self.close_connection = True
            reply.wire(_Wire(self.connection, self.server.stopping))
            return
        self.send_response(reply.status)
        named = {name.lower() for name, _ in reply.headers}
        for name, value in reply.headers:
            self.send_header(name, value)
        if "content-length" not in named:
            self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)


class _Wire:
    """See :class:`~specward.doubles.replies.Wire`."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping

    def send(self, data: bytes) -> bool:
        try:
            self._connection.sendall(data)
        except OSError:
            return False
        return not self._stopping.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        glances = None if seconds is None else max(1, round(seconds / _GLANCE))
        while glances is None or glances > 0:
            if self._stopping.wait(_GLANCE) or self._gone():
                return True
            glances = None if glances is None else glances - 1
        return False

    def reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def _gone(self) -> bool:
        try:
            ready, _, _ = select.select([self._connection], [], [], 0)
            return bool(ready) and not self._connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True
