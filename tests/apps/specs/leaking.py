"""A recording full of canaries goes through a whole service, and everything that the service keeps is looked through:
``python -m tests.apps.specs.leaking STATE``, with TMPDIR a folder that nobody else uses.

Mallory of Globex, whose plan keeps recordings for 30 days, uploads it in parts, one of which breaks off; it is refused
where it is broken, and again as a duplicate; the database is backed up; the spec is made; she looks at pages, at one
that is not there, and asks for a new password. Then the recording is discarded, and the backup is put back. Not a test
itself: see ``whole_service``. It prints what it found, as JSON.
"""

from __future__ import annotations

import datetime
import hashlib
import http.client
import json
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg

from apps.tenants.roles import DATABASE
from config.embedded import postgres, valkey
from demo.people import MALLORY
from demo.visitor import Answer
from tests.apps.specs.canaries import CANARIES, NAME, PERSON, forms, planted
from tests.apps.specs.whole_service import PAUSED, Service

PARTS: Final = 3
_SCOPES: Final = ("recordings.read", "recordings.upload", "recordings.discard", "specs.read")


class Mallory:
    """She, with a program and a browser."""

    def __init__(self, service: Service, token: str) -> None:
        self.visitor, self.token = service.visitor(MALLORY), token
        self.answers: list[str] = []

    def ask(self, method: str, path: str, body: bytes | dict[str, Any] | None = None, **headers: str) -> Any:
        """By her token. The answer's JSON, with its status."""
        connection = http.client.HTTPSConnection(self.visitor.host, self.visitor.port, timeout=60)
        connection.sock = self.visitor.connect()
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        kind = "application/json" if isinstance(body, dict) else "application/octet-stream"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        known = {"Authorization": f"Bearer {self.token}", **({"Content-Type": kind} if sent is not None else {})}
        try:
            connection.request(method, f"/api/v1{path}", sent, {**known, **named})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        self.answers.append(text)
        return answer.status, json.loads(text) if text else {}

    def break_off(self, upload: str, part: bytes) -> None:
        """Begins a part, and is gone half-way."""
        with self.visitor.connect() as line:
            head = (
                f"PATCH /api/v1/recordings/uploads/{upload} HTTP/1.1\r\nHost: {self.visitor.host}\r\n"
                f"Authorization: Bearer {self.token}\r\nContent-Type: application/octet-stream\r\n"
                f"Upload-Offset: 0\r\nContent-Length: {len(part)}\r\n\r\n"
            )
            line.sendall(head.encode() + part[: len(part) // 2])

    def look(self, path: str) -> Answer:
        answer = self.visitor.ask(path)
        self.answers.append(answer.text)
        return answer


def upload(mallory: Mallory, content: bytes, *, is_broken_off: bool = False) -> tuple[int, Any]:
    """In parts. What the last answer says."""
    announced = {"name": f"../{NAME}.json", "size": len(content), "end_user": PERSON,
                 "sha256": hashlib.sha256(content).hexdigest()}  # fmt: skip
    status, said = mallory.ask("POST", "/recordings/uploads", announced)
    if status != 201:
        return status, said
    at, length = 0, len(content) // PARTS + 1
    if is_broken_off:
        mallory.break_off(said["id"], content[:length])
    while at < len(content):
        part = content[at : at + length]
        status, now = mallory.ask("PATCH", f"/recordings/uploads/{said['id']}", part, Upload_Offset=str(at))
        if status != 200:
            return status, now
        at += len(part)
    return status, now


def everything(service: Service, mallory: Mallory) -> Iterator[tuple[str, bytes]]:
    """All files of the service, every row, every key of the broker, every answer."""
    root, temporary = service.folder.root, Path(tempfile.gettempdir())
    for folder in {root, temporary}:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.is_symlink():
                try:
                    yield str(file.relative_to(folder)), file.read_bytes()
                except (FileNotFoundError, OSError):
                    continue  # a temporary file of the database that went meanwhile, or a socket
    place = service.folder.place
    with psycopg.connect(postgres.url(place, postgres.ADMIN, DATABASE), autocommit=True) as asking:
        asking.execute("CHECKPOINT")
        tables = asking.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            with asking.cursor().copy(f"COPY {table} TO STDOUT") as rows:
                yield f"rows of {table}", b"\n".join(bytes(row) for row in rows)
    with valkey.client(place) as broker:
        for key in broker.scan_iter():
            yield f"broker {key!r}", key + (broker.dump(key) or b"")
    for number, answer in enumerate(mallory.answers):
        yield f"answer {number}", answer.encode()


def found(service: Service, mallory: Mallory) -> dict[str, Any]:
    """Where a canary is, and how many places were looked at."""
    looked, hits = 0, []
    for place, content in everything(service, mallory):
        looked += 1
        hits += [f"{canary} in {place}" for canary in CANARIES if any(form in content for form in forms(canary))]
    return {"looked": looked, "hits": hits}


def run(service: Service) -> dict[str, Any]:
    """The whole story."""
    from django.utils import timezone

    from apps.accounts import tokens
    from apps.accounts.models import User
    from apps.recordings import life
    from apps.recordings.discarding import purge
    from apps.recordings.models import Recording, State
    from apps.specs.generation import generate
    from apps.specs.tasks import generate_spec
    from apps.tenants.walls import behind
    from apps.vault import configured

    report: dict[str, Any] = {}
    with behind(MALLORY.walls):
        her = User.objects.get(email=MALLORY.email)
        soon = timezone.now() + datetime.timedelta(days=1)
        token = tokens.make(her, "Uploads", list(_SCOPES), soon, grantable=frozenset(_SCOPES)).secret
        mallory = Mallory(service, token)
        content = planted()
        status, said = upload(mallory, content[:-40], is_broken_off=True)
        report["cut short"] = [status, said.get("code")]
        status, said = upload(mallory, content, is_broken_off=True)
        report["uploaded"] = status
        recording = uuid.UUID(said["recording"]["id"])
        report["again"] = [upload(mallory, content)[0], upload(mallory, b"PK\x03\x04" + content)[0]]
        backup = service.folder.root.parent / "backup"
        service.stop_database()
        shutil.copytree(service.folder.place.postgres, backup)
        service.start_database()
        service.start_worker()
        deadline = timezone.now() + datetime.timedelta(seconds=120)
        while Recording.objects.get(id=recording).state != State.SPECIFIED and timezone.now() < deadline:
            for id in life.forgotten():
                generate_spec.delay(str(id))
            PAUSED.wait(0.1)
        report["made"] = mallory.ask("GET", f"/recordings/{recording}")[1]["state"]
        mallory.visitor.sign_in(MALLORY.email, service.passwords[MALLORY.name])
        pages = ("/console/", "/console/recordings/recording/", "/console/specs/spec/", "/console/nothing/",
                 "/console/audit/", "/api/v1/recordings/nothing")  # fmt: skip
        report["pages"] = [mallory.look(page).status for page in pages]
        ask_for_a_new_password(mallory)
        # The name that she gave it is shown to her, until the discard: those answers are what they should be.
        report["shown by its name"] = sum(NAME in text for text in mallory.answers)
        mallory.answers = [text for text in mallory.answers if NAME not in text]
        report["before"] = found(service, mallory)

        (stored,) = (file for file in service.folder.root.rglob(str(recording)) if file.is_file())
        kept = stored.read_bytes()
        status, _ = mallory.ask("POST", f"/recordings/{recording}/discard")
        report["discarded"] = [status, Recording.objects.get(id=recording).state, stored.exists()]
        for page in pages:
            mallory.look(page)
        report["after"] = found(service, mallory)

        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_bytes(kept)  # somebody puts an old copy of the store back
        purge()
        report["the store put back"] = stored.exists()

        service.stop_database()
        shutil.rmtree(service.folder.place.postgres)
        shutil.move(backup, service.folder.place.postgres)
        service.start_database()
        report["the database put back"] = [
            Recording.objects.get(id=recording).state,
            list(configured.object_store().names("recordings/")),
            str(generate(recording)),
            Recording.objects.get(id=recording).reason,
        ]
        report["at the end"] = found(service, mallory)
    return report


def ask_for_a_new_password(mallory: Mallory) -> None:
    """She asks for a new password, so that there is a mail."""
    page = mallory.visitor.ask("/forgot/").text
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    mallory.visitor.ask("/forgot/", {"csrfmiddlewaretoken": token, "email": MALLORY.email})


def main() -> None:
    service = Service(Path(sys.argv[1]), SPECWARD_LOG_LEVEL="DEBUG")
    service.join()
    service.start_web()
    try:
        report = run(service)
    finally:
        service.end()
    print(json.dumps(report))


if __name__ == "__main__":
    main()
