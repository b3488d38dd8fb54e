"""Bodies as lines bring them to gunicorn: broken off, silent, endless. None keeps a thread, and none leaves a byte."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from django.core.handlers.wsgi import WSGIRequest
from django.test import override_settings

from apps.api import bodies
from apps.recordings.limits import MIB
from tests.apps.console.serving import Served, served, waited
from tests.apps.recordings.test_uploads import content, files
from tests.cast import ACME

SECONDS = 3
UPLOADS = "/api/v1/recordings/uploads"
_TOKEN = """
import datetime, pathlib
from django.utils import timezone
from apps.accounts import tokens
from apps.accounts.models import User
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from tests.cast import ALICE
with behind(walls_of(ALICE)):
    alice = User.objects.get(name="Alice")
    scopes = frozenset({"recordings.upload", "recordings.read"})
    expires = timezone.now() + datetime.timedelta(days=1)
    made = tokens.make(alice, "CI", sorted(scopes), expires, grantable=scopes)
    pathlib.Path(TO).write_text(made.secret)
"""


@dataclass
class Service:
    """The API at its port, and the folder of its objects."""

    served: Served
    token: str
    store: Path

    def head(self, **more: object) -> dict[str, str]:
        return {"Host": ACME.host, "Authorization": f"Bearer {self.token}", **{k: str(v) for k, v in more.items()}}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        line = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=120)
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        sent = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        line.request(method, path, sent, {**self.head(), "Content-Type": kind, **headers})
        answer = line.getresponse()
        text = answer.read()
        line.close()
        return answer.status, json.loads(text) if text else {}

    def begun(self, size: int) -> str:
        status, said = self.ask("POST", UPLOADS, {"name": "session.json", "size": size})
        assert status == 201, said
        return f"{UPLOADS}/{said['id']}"

    def line(self, path: str, length: int, *more: str) -> socket.socket:
        """A part that is announced, and of which nothing was sent."""
        head = {**self.head(), "Content-Type": "application/octet-stream", "Upload-Offset": "0"}
        lines = [f"PATCH {path} HTTP/1.1", *(f"{k}: {v}" for k, v in head.items()), f"Content-Length: {length}", *more]
        line = socket.create_connection(("127.0.0.1", self.served.port), timeout=60)
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        return line

    def unfinished(self) -> list[Path]:
        return files(self.store)


@pytest.fixture(scope="module")
def service(django_db_setup: None, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("uploads")
    given = {"SPECWARD_OBJECT_FOLDER": str(folder / "objects"), "SPECWARD_UPLOAD_PART_SECONDS": str(SECONDS)}
    with served(f"test_bodies_{worker_id}", **given) as serving:
        serving.run(f"TO = {str(folder / 'token')!r}\n{_TOKEN}")
        yield Service(serving, (folder / "token").read_text(), folder / "objects")


def received(line: socket.socket) -> str:
    with line:
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return f"{answer.status} {json.loads(answer.read())['code']}"


def test_a_line_that_breaks_leaves_nothing_and_the_upload_goes_on(service: Service) -> None:
    whole = content()
    path = service.begun(len(whole))
    with service.line(path, len(whole)) as line:
        line.sendall(whole[: len(whole) // 2])
        waited(lambda: service.unfinished() or None)
    waited(lambda: not service.unfinished() or None)
    assert service.ask("GET", path)[1]["offset"] == 0
    status, said = service.ask("PATCH", path, whole, **{"Upload-Offset": "0"})
    assert status == 200 and said["recording"]["state"] == "received"
    (file,) = files(service.store)
    assert file.parent.name == "recordings"
    file.unlink()


def test_a_line_that_falls_silent_keeps_a_thread_for_a_time_only(service: Service) -> None:
    path = service.begun(1000)
    started = time.monotonic()
    line = service.line(path, 1000)
    line.sendall(b"[" * 500)
    assert received(line) == "400 recording.broken_off"
    assert SECONDS - 0.5 <= time.monotonic() - started < SECONDS + 20
    assert service.unfinished() == [] and service.ask("DELETE", path)[0] == 204


def test_more_than_was_announced_is_refused_without_being_taken(service: Service) -> None:
    path = service.begun(1000)
    line = service.line(path, 2048 * MIB)
    assert received(line) == "413 recording.too_large"
    assert service.unfinished() == [] and service.ask("DELETE", path)[0] == 204


def test_a_body_that_does_not_say_how_long_it_is_is_not_read(service: Service) -> None:
    path = service.begun(1000)
    head = {**service.head(), "Content-Type": "application/octet-stream", "Upload-Offset": "0"}
    lines = [f"PATCH {path} HTTP/1.1", *(f"{k}: {v}" for k, v in head.items()), "Transfer-Encoding: chunked"]
    line = socket.create_connection(("127.0.0.1", service.served.port), timeout=60)
    line.sendall("\r\n".join([*lines, "", "5", "[[[[[", ""]).encode())
    line.sendall(b"0\r\n\r\n")
    assert received(line) == "411 length-required"
    assert service.unfinished() == [] and service.ask("DELETE", path)[0] == 204


def test_as_many_zeros_as_the_plan_takes_in_are_no_recording(service: Service) -> None:
    """200 MiB in parts of 40, which are made on the way."""
    path, part = service.begun(200 * MIB), 40 * MIB
    for number in range(5):
        status, said = service.ask("PATCH", path, bytes(part), **{"Upload-Offset": str(number * part)})
    assert (status, said["code"]) == (422, "recording.unreadable")
    assert service.unfinished() == [] and service.ask("GET", path)[0] == 404


def test_over_tls_too_a_silent_line_ends_and_nothing_goes_out_in_plain() -> None:
    """OpenSSL writes nothing any more on a line that ended without a goodbye: there the answer is its end."""
    ours, theirs = tls_pair()
    with ours, theirs, ours.makefile("rb") as body:
        theirs.sendall(b"[" * 10)
        environ = {"REQUEST_METHOD": "PATCH", "CONTENT_LENGTH": "100", "wsgi.input": body, "gunicorn.socket": ours}
        with override_settings(UPLOAD_PART_SECONDS=0.5):
            assert len(b"".join(bodies.pieces(WSGIRequest(environ)))) <= 10
        with pytest.raises(ssl.SSLError):
            ours.sendall(b"refused")


def tls_pair() -> tuple[socket.socket, socket.socket]:
    """A line with TLS on it: the server's end, and the client's."""
    authority = trustme.CA()
    serving, asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(ACME.host).configure_cert(serving)
    authority.configure_trust(asking)
    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(
            lambda: asking.wrap_socket(socket.create_connection(listening.getsockname()), server_hostname=ACME.host)
        )
        line, _ = listening.accept()
        return serving.wrap_socket(line, server_side=True), waiting.result(30)
