"""The console served by gunicorn over a database of its own, with its workers, its mail, and something to look at."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import message_from_string, policy
from http.client import HTTPConnection
from tempfile import TemporaryDirectory
from typing import TypeVar

from django.conf import settings

from apps.tenants.roles import Role
from config.embedded.place import ROOT, default_place
from tests.apps import databases
from tests.apps.accounts.mail_server import MailServer, mail_server
from tests.cast import ACME, PLATFORM, Person

_FILL = """
import datetime, django
django.setup()
from django.utils import timezone
from apps.accounts import people, tokens, invitations
from apps.accounts.models import Role, User
from apps.audit.acting import Actor, acting_as, narrating
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
from apps.recordings import life
from apps.recordings.models import Certificate, Recording, State, Why
from tests.apps.console.posture.looked_at import looked_at
from tests.apps.console.recorded import a_recording, a_spec_of
from tests.cast import ALICE, SAM
with behind(walls_of(ALICE)):
    alice, bob = User.objects.get(name="Alice"), User.objects.get(name="Bob")
    may = frozenset({"users.read", "audit.read", "tenant.read"})
    day = datetime.timedelta(days=1)
    with acting_as(Actor.user(alice)), narrating("Sets the account up"):
        tokens.make(alice, "CI of the shop", ["users.read"], timezone.now() + 9 * day, grantable=may)
        tokens.make(bob, "Nightly report", sorted(may), timezone.now() + 200 * day, grantable=may,
                    networks=["203.0.113.0/24"])
        tokens.revoke(tokens.make(alice, "Old laptop", ["users.read"], timezone.now() + 90 * day, grantable=may).token)
        invitations.invite(alice, "dora@acme.example", Role.ENGINEER)
    with acting_as(Actor.user(alice)), narrating("Gives Bob the role compliance officer, and takes it back"):
        people.change_role(bob, Role.COMPLIANCE_OFFICER)
        people.change_role(bob, Role.ENGINEER)
    now = timezone.now()
    with acting_as(Actor.user(bob)), narrating("Uploads what the shop recorded"):
        a_spec_of(a_recording("Redeem a voucher.json.gz", State.SPECIFIED, by="Bob"), "Redeems a voucher")
        a_recording("Track an order.json.gz", State.GENERATING, by="Bob", step="writing", size=1_204_113)
        a_recording("Report a damage.json", State.FAILED, by="Bob", reason="generation.worker_lost", size=9_800_221)
        a_recording("Keep an address.json", State.FAILED, by="Bob", reason="recording-refused",
                    discard_after=now - day, size=310_993)
        a_recording("Write a review.json", State.SPECIFIED, by="Alice", held=now, held_by_name="Cora",
                    held_why="Matter 7 of the legal department")
        looked_at(alice, User.objects.get(name="Ada"))
        gone = a_recording("Leave a note.json", State.SPECIFIED, by="Alice")
        life.condemn(gone.pk, Why.SPECIFIED)
        gone.name = None
        gone.save(update_fields=["name"])
        Certificate.objects.create(recording=gone, digest=gone.digest, size=gone.size, reason=Why.SPECIFIED)
        Recording.objects.filter(pk=gone.pk).update(state=State.DISCARDED, discarded=now)
"""

T = TypeVar("T")


@dataclass
class Served:
    """Where it listens, what it has sent, and its workers, which are started when somebody needs one."""

    port: int
    environment: dict[str, str]
    mails: MailServer
    stack: ExitStack
    started: set[str] = field(default_factory=set)

    @property
    def acme(self) -> str:
        return f"http://{ACME.host}:{self.port}"

    @property
    def platform(self) -> str:
        return f"http://{PLATFORM.host}:{self.port}"

    def at(self, person: Person) -> str:
        return f"http://{person.tenant.host}:{self.port}"

    def worker(self, role: Role, queue: str) -> None:
        """A Celery worker of one queue; a second call changes nothing."""
        if queue not in self.started:
            self.started.add(queue)
            own = databases.environment(default_place(), role, self.environment["SPECWARD_TEST_DATABASE"])
            command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-Q", queue, "--pool", "solo"]
            kept = {name: self.environment[name] for name in _SHARED}
            self.stack.enter_context(_running([*command, "--without-gossip", "--without-mingle"], {**own, **kept}))

    def run(self, code: str, role: Role = Role.APP) -> None:
        """Runs Python on its database, as a role, with Django set up."""
        own = databases.environment(default_place(), role, self.environment["SPECWARD_TEST_DATABASE"])
        kept = {name: self.environment[name] for name in _SHARED}
        whole = f"import django\ndjango.setup()\n{code}"
        subprocess.run([sys.executable, "-c", whole], env={**own, **kept}, cwd=ROOT, check=True)

    def link_to(self, address: str, path: str = "/join/") -> str:
        """The link in the newest mail to an address that leads to such a page, once it has come."""

        def found() -> str | None:
            for text in reversed(self.mails.kept):
                mail = message_from_string(text, policy=policy.default)
                link = re.search(r"http://\S+", mail.get_content())
                if mail["To"] == address and link is not None and path in link[0]:
                    return link[0]
            return None

        return waited(found)


_SHARED = (
    "REDIS_URL", "SPECWARD_KEY_PREFIX", "SPECWARD_SMTP_HOST", "SPECWARD_SMTP_PORT", "SPECWARD_SMTP_STARTTLS",
    "SPECWARD_HTTPS", "SPECWARD_PUBLIC_PORT", "SPECWARD_OBJECT_FOLDER", "PYTHONPATH",
)  # fmt: skip


def waited(find: Callable[[], T | None], seconds: float = 90) -> T:
    """What is found at last."""
    paused, deadline = threading.Event(), time.monotonic() + seconds
    while (found := find()) is None:
        assert time.monotonic() < deadline, f"Not within {seconds} s."
        paused.wait(0.1)
    return found


@contextmanager
def served(name: str, **settings_of_its_own: str) -> Iterator[Served]:
    """Serves at a free port of the loopback."""
    place = default_place()
    databases.copy(place, name)
    with ExitStack() as stack:
        objects = stack.enter_context(TemporaryDirectory(prefix="specward-objects-"))
        mails = stack.enter_context(mail_server())
        port = _free_port()
        environment = {
            **databases.environment(place, Role.APP, name),
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": settings.REDIS_URL,
            "SPECWARD_KEY_PREFIX": f"{name}:",
            "SPECWARD_SMTP_HOST": "127.0.0.1",
            "SPECWARD_SMTP_PORT": str(mails.port),
            "SPECWARD_SMTP_STARTTLS": "0",
            "SPECWARD_HTTPS": "0",
            "SPECWARD_PUBLIC_PORT": str(port),
            "SPECWARD_TEST_DATABASE": name,
            "SPECWARD_OBJECT_FOLDER": objects,
            **settings_of_its_own,
        }
        filling = subprocess.Popen([sys.executable, "-c", _FILL], env=environment, cwd=ROOT)
        command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "--threads", "4", "config.wsgi"]
        stack.enter_context(_running(command, environment))
        assert filling.wait(60) == 0
        waited(lambda: _answers(port) or None)
        yield Served(port, environment, mails, stack)


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    asking = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        asking.request("GET", "/sign-in/", headers={"Host": ACME.host})
        return asking.getresponse().status == 200
    except OSError:
        return False
    finally:
        asking.close()
