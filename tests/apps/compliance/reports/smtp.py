"""An SMTP server on loopback that can fail at each step: as much of RFC 5321 as a client needs."""

from __future__ import annotations

import contextlib
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Final, Literal

Step = Literal["greeting", "sender", "recipient", "data", "body", "taken"]
"""When it is asked for a fault. ``taken``: the mail is whole, and kept already."""
CUT: Final = "cut"
"""As a fault: the line goes dead."""
Fault = Callable[[Step, str], str | None]
"""Of a step and the recipient (empty before it is known): an answer of its own, or nothing."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail as it came: to whom, and its bytes with the dots of SMTP taken off."""

    to: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = BytesParser(policy=default).parsebytes(self.raw)
        assert isinstance(found, EmailMessage)
        return found


class _Cut(Exception):
    pass


class _Conversation(socketserver.StreamRequestHandler):
    server: Server
    timeout = 60

    def handle(self) -> None:
        with contextlib.suppress(_Cut, OSError):
            self._talk()

    def _talk(self) -> None:
        to = ""
        self._answer("greeting", to, "220 loopback")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb in ("EHLO", "HELO"):
                self._say("250 loopback")
            elif verb == "MAIL":
                self._answer("sender", to, "250 fine")
            elif verb == "RCPT":
                found = re.search(r"<(.*)>", line)
                assert found is not None, line
                to = found[1]
                self._answer("recipient", to, "250 fine")
            elif verb == "DATA":
                if self._answer("data", to, "354 go on"):
                    self._take(to)
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _take(self, to: str) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _Cut
            if not lines and self.server.fault("body", to) == CUT:
                raise _Cut
            lines.append(line[1:] if line.startswith(b".") else line)
        if not (self.server.fault("body", to) or "").startswith(("4", "5")):
            with self.server.lock:
                self.server.kept.append(Kept(to, b"".join(lines)))
        self._answer("taken", to, "250 kept")

    def _answer(self, step: Step, to: str, usual: str) -> bool:
        fault = self.server.fault(step, to)
        if fault == CUT:
            raise _Cut
        self._say(fault or usual)
        return fault is None

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    """Listens at ``port`` of 127.0.0.1; what came is in ``kept``."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.kept: list[Kept] = []
        self.lock = threading.Lock()
        self.fault: Fault = lambda step, to: None

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """Runs one for a while."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
