"""The console served by gunicorn over a database of its own, with something in it to look at."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from apps.tenants.roles import Role
from config.embedded.place import ROOT, default_place
from tests.apps import databases
from tests.cast import ACME

_FILL = """
import datetime, django
django.setup()
from django.utils import timezone
from apps.accounts import people, tokens, invitations
from apps.accounts.models import Role, User
from apps.audit.acting import Actor, acting_as, narrating
from apps.tenants.walls import behind
from tests.apps.signing_in import walls_of
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
"""


@contextmanager
def served(name: str, until: Callable[..., None]) -> Iterator[int]:
    """The port at which it listens, on the loopback."""
    place = default_place()
    databases.copy(place, name)
    environment = {
        **databases.environment(place, Role.APP, name),
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run([sys.executable, "-c", _FILL], env=environment, cwd=ROOT, check=True, capture_output=True)
    command = [sys.executable, "-m", "gunicorn", "-b", "127.0.0.1:0", "--threads", "4", "config.wsgi"]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        try:
            port = _port(server)
            until(lambda: _answers(port))
            yield port
        finally:
            server.terminate()


def _port(server: subprocess.Popen[str]) -> int:
    assert server.stderr is not None
    for line in server.stderr:
        if "Listening at" in line:
            return int(line.split("127.0.0.1:")[1].split()[0])
    raise AssertionError("The server said no port.")


def _answers(port: int) -> bool:
    asking = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        asking.request("GET", "/sign-in/", headers={"Host": ACME.host})
        return asking.getresponse().status == 200
    except OSError:
        return False
    finally:
        asking.close()
