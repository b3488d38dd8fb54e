"""A forward proxy on loopback that lets through what :class:`Policy` allows, and nothing else.

It resolves a name once in a run, vets every address, and connects to a vetted address only: a second answer of the
resolver is never asked for, so a name that changes its address (DNS rebinding) gains nothing. Requests of plain HTTP
and tunnels (CONNECT, for https and web sockets) are all it knows.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from specward.execution.browser import BROWSERS_OWN
from specward.execution.wall.http1 import (
    CHUNK,
    HEAD_LIMIT,
    Body,
    Head,
    Malformed,
    body_length,
    read_body,
    read_head,
)
from specward.execution.wall.namespace import PORT, Door
from specward.execution.wall.policy import Origin, Policy, Refusals, Refused, Resolver, literal_addresses
from specward.language.urls import UrlRefused

_CONNECT_SECONDS: Final = 10.0
_IDLE_SECONDS: Final = 120.0
_REQUEST: Final = re.compile(rb"([A-Z]{1,20}) (\S+) HTTP/1\.[01]")
_ABSOLUTE: Final = re.compile(r"http://([^/?#]+)(.*)", re.DOTALL)
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: .*)?")
_WHY: Final = {403: "Forbidden", 400: "Bad Request", 502: "Bad Gateway", 503: "Service Unavailable"}


def system_resolver(host: str, port: int) -> Iterable[str]:
    """The machine's own resolver."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class TrafficUsedUp(ConnectionError):
    """Nothing passes any more."""


class Proxy:
    """Runs on a thread of its own, on a free port of 127.0.0.1, from ``__enter__`` to ``__exit__``.

    With a ``door`` it listens nowhere on this machine, only on the socket that comes through it.
    ``on_traffic`` is called, once, from that thread, when more than ``most_bytes`` have passed in both directions
    together; nothing passes after that.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        most_bytes: int,
        most_connections: int,
        on_traffic: Callable[[], None] = lambda: None,
        resolver: Resolver = system_resolver,
        door: Door | None = None,
    ) -> None:
        self.refusals = Refusals()
        self.port = 0
        self.passed = 0
        """Bytes so far."""
        self._policy = policy
        self._most_bytes = most_bytes
        self._most_connections = most_connections
        self._on_traffic = on_traffic
        self._resolver = resolver
        self._door = door
        self._vetted: dict[tuple[str, int], asyncio.Future[tuple[str, ...]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._failed: OSError | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="specward-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise self._failed
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        servers: list[asyncio.Server] = []
        if self._door is None:
            try:
                servers.append(await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEAD_LIMIT))
            except OSError as failed:
                self._failed = failed
                self._ready.set()
                return
            self.port = servers[0].sockets[0].getsockname()[1]
            waiting = None
        else:
            self.port = PORT
            waiting = asyncio.ensure_future(self._take(self._door, servers))
        self._ready.set()
        await self._stop.wait()
        if waiting is not None:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        for server in servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, door: Door, servers: list[asyncio.Server]) -> None:
        came = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(door.socket, came.set)
        try:
            await came.wait()
        finally:
            loop.remove_reader(door.socket)
        listening = door.take()
        # It opens once: what the browser has become knows no way to it any more.
        door.close()
        servers.append(await asyncio.start_server(self._accept, sock=listening, limit=HEAD_LIMIT))

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError, Malformed, asyncio.CancelledError, TimeoutError):
            if len(self._tasks) > self._most_connections:
                await self._answer(writer, 503, "too many connections at once")
            else:
                while await self._exchange(reader, writer):
                    pass
        writer.close()

    async def _exchange(self, reader: StreamReader, writer: StreamWriter) -> bool:
        """One request and its answer; whether another may follow on the same connection."""
        async with asyncio.timeout(_IDLE_SECONDS):
            head = await read_head(reader)
        if head is None:
            return False
        request = _REQUEST.fullmatch(head.first)
        if request is None:
            await self._answer(writer, 400, "not a request")
            return False
        method, target = request.group(1), request.group(2).decode("latin-1")
        try:
            if method == b"CONNECT":
                await self._tunnel(target, reader, writer)
                return False
            return await self._forward(method, target, head, reader, writer)
        except Refused as refused:
            self._record(target, refused.reason)
            await self._answer(writer, 403, refused.reason)
        except TimeoutError:
            await self._answer(writer, 502, "the server does not answer")
        except OSError as failed:
            await self._answer(writer, 502, f"no connection: {failed.strerror or 'failed'}")
        return False

    def _record(self, target: str, reason: str) -> None:
        shown = _shown(target)
        if shown.removeprefix("http://").partition(":")[0] in BROWSERS_OWN:
            self.refusals.add(shown, reason, by_page=False)
        else:
            self.refusals.add(shown, reason)

    async def _tunnel(self, target: str, reader: StreamReader, writer: StreamWriter) -> None:
        origin = _origin("https", target)
        if not self._policy.allows_tunnel(origin.host, origin.port):
            raise Refused("not an allowed origin")
        far_reader, far_writer = await self._connect(origin.host, origin.port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            far_writer.close()

    async def _pump(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(CHUNK):
                await self._pass(piece, writer)
            writer.write_eof()

    async def _forward(
        self, method: bytes, target: str, head: Head, reader: StreamReader, writer: StreamWriter
    ) -> bool:
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is None:
            raise Refused("not an http address")
        authority, rest = absolute.groups()
        origin = _origin("http", authority)
        if not self._policy.allows(origin):
            raise Refused("not an allowed origin")
        length = body_length(head, default=0)
        far_reader, far_writer = await self._connect(origin.host, origin.port)
        path = (rest if rest.startswith("/") else "/" + rest).partition("#")[0]
        # The head names the host that was vetted, whatever the client wrote there.
        sent = Head(method + b" " + path.encode("latin-1") + b" HTTP/1.1", head.without(b"host").headers)
        sending = asyncio.ensure_future(
            self._send(
                sent.encode((b"Host", authority.encode("latin-1")), (b"Connection", b"close")),
                reader,
                length,
                far_writer,
            )
        )
        receiving = asyncio.ensure_future(self._receive(method, far_reader, writer))
        try:
            await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
            # A server may answer before it has the whole question, and close; what it said still counts.
            if sending.done() and isinstance(sending.exception(), TrafficUsedUp):
                return False
            again = await receiving
            # An answer that came before the whole question leaves the connection in the middle of it.
            return again and sending.done() and sending.exception() is None
        finally:
            for task in (sending, receiving):
                task.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)
            far_writer.close()

    async def _send(self, head: bytes, reader: StreamReader, length: int | Body, writer: StreamWriter) -> None:
        await self._pass(head, writer)
        async for piece in read_body(reader, length):
            await self._pass(piece, writer)

    async def _receive(self, method: bytes, reader: StreamReader, writer: StreamWriter) -> bool:
        while True:
            head = await read_head(reader)
            status = _STATUS.fullmatch(head.first) if head is not None else None
            if head is None or status is None:
                raise ConnectionError(0, "the server's answer is not HTTP/1.1")
            code = int(status.group(1))
            if code == 101:
                raise Refused("an upgrade of a plain connection")
            if code >= 200:
                break
            await self._pass(head.encode(), writer)
        try:
            bodiless = method == b"HEAD" or code in (204, 304)
            length = 0 if bodiless else body_length(head, default=Body.TO_THE_END)
        except Malformed as malformed:
            raise ConnectionError(0, str(malformed)) from malformed
        again = length is not Body.TO_THE_END
        await self._pass(head.encode((b"Connection", b"keep-alive" if again else b"close")), writer)
        async for piece in read_body(reader, length):
            await self._pass(piece, writer)
        return again

    async def _connect(self, host: str, port: int) -> tuple[StreamReader, StreamWriter]:
        last: OSError = ConnectionError(0, "the name has no address")
        for address in await self._addresses(host, port):
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    # A literal address: nothing is resolved again.
                    return await asyncio.open_connection(address, port, limit=HEAD_LIMIT)
            except OSError as failed:
                last = failed
        raise last

    async def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        key = (host, port)
        if key not in self._vetted:
            self._vetted[key] = asyncio.ensure_future(self._resolve(host, port))
        return await asyncio.shield(self._vetted[key])

    async def _resolve(self, host: str, port: int) -> tuple[str, ...]:
        addresses = literal_addresses(host)
        if addresses is None:
            async with asyncio.timeout(_CONNECT_SECONDS):
                addresses = tuple(await asyncio.to_thread(self._resolver, host, port))
        return self._policy.vet(host, addresses)

    async def _pass(self, piece: bytes, writer: StreamWriter) -> None:
        before = self.passed
        self.passed += len(piece)
        if self.passed > self._most_bytes:
            if before <= self._most_bytes:
                self._on_traffic()
            raise TrafficUsedUp(0, "the run has used up its traffic")
        writer.write(piece)
        await writer.drain()

    async def _answer(self, writer: StreamWriter, code: int, reason: str) -> None:
        body = f"Specward's egress wall: {reason}.\n".encode()
        head = f"HTTP/1.1 {code} {_WHY[code]}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
        with suppress(OSError):
            writer.write(head.encode() + b"Cache-Control: no-store\r\nConnection: close\r\n\r\n" + body)
            await writer.drain()


def _origin(scheme: str, authority: str) -> Origin:
    try:
        return Origin.of(f"{scheme}://{authority}")
    except UrlRefused:
        raise Refused("not a plain host and port") from None


def _shown(target: str) -> str:
    """Where to, without path and query: those can hold what a page wanted to carry out."""
    absolute = re.match(r"[a-z]+://[^/?#@]*", target)
    return absolute.group() if absolute else re.sub(r"[^\w.:\[\]-]", "?", target[:200])
