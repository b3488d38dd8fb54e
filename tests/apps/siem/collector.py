"""A collector of a test's own on the loopback, with TLS: it keeps what it takes, and misbehaves as it is told."""

from __future__ import annotations

import json
import random
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.apps.webhooks.receiver import Came, Receiver, receiving

Fault = Callable[[BaseHTTPRequestHandler], None]


def answers(status: int, **headers: str) -> Fault:
    def fault(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(status)
        for name, value in headers.items():
            asked.send_header(name.replace("_", "-"), value)
        asked.send_header("Content-Length", "0")
        asked.end_headers()

    return fault


def cut(asked: BaseHTTPRequestHandler) -> None:
    asked.close_connection = True
    with suppress(OSError):
        asked.connection.shutdown(socket.SHUT_RDWR)


def garbage(asked: BaseHTTPRequestHandler) -> None:
    asked.close_connection = True
    asked.wfile.write(b"\x00\xff SSH-2.0 <script> {" * 20)


def never_answers(asked: BaseHTTPRequestHandler) -> None:
    asked.close_connection = True
    with suppress(OSError):
        asked.rfile.read(1)


OK = answers(200)


def always(fault: Fault | None) -> Callable[[Came], Fault | None]:
    """The same for each request."""
    return lambda _: fault


@dataclass
class Collector:
    """``fault`` decides of each request what it is answered; None: 200. A request is kept where ``keeps`` says so: by
    itself, where it is answered 200."""

    receiver: Receiver
    fault: Callable[[Came], Fault | None] = lambda _: None
    keeps_what_it_fails: bool = False
    """As a collector that dies between keeping and answering."""
    kept: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.receiver.port}/services/collector?channel=of-the-collector"

    @property
    def came(self) -> list[Came]:
        return self.receiver.came

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        came: Came = asked.asked  # type: ignore[attr-defined]  # the receiver's handler has it
        with self.lock:
            fault = self.fault(came)
            if fault is None or self.keeps_what_it_fails:
                self.kept.extend(events_of(came))
        (fault or OK)(asked)

    @property
    def sequences(self) -> list[int]:
        """The places of what was kept, in the order in which it came."""
        return [event["metadata"]["sequence"] for event in self.kept]


def events_of(came: Came) -> list[dict[str, Any]]:
    """The events of a request, by its own words of what it is."""
    if came.headers["content-type"] == "application/x-ndjson":
        return [json.loads(line) for line in came.body.splitlines()]
    if came.body.startswith(b"["):
        events: list[dict[str, Any]] = json.loads(came.body)
        return events
    return [json.loads(line)["event"] for line in came.body.splitlines()]


@contextmanager
def collecting(context: ssl.SSLContext) -> Iterator[Collector]:
    with receiving(context) as receiver:
        collector = Collector(receiver)
        receiver.misbehave = collector.answer
        yield collector


def at_random(seed: int, often: float = 0.5) -> Callable[[Came], Fault | None]:
    """Every kind of fault, by chance."""
    chance = random.Random(seed)
    faults = [
        answers(500), answers(503), answers(429, Retry_After="1"), answers(429, Retry_After="x"), answers(400),
        answers(301, Location="https://elsewhere.example/"), answers(413), answers(401), cut, garbage, never_answers,
    ]  # fmt: skip
    return lambda _: chance.choice(faults) if chance.random() < often else None
