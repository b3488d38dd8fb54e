"""Mail is sent by a worker, once, from a row; what a link holds is in the mail and nowhere else."""

from __future__ import annotations

import base64
import json
import logging
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from django.conf import settings as configured
from django.db import connection, connections
from django.utils import timezone

from apps.accounts import invitations, links, posting
from apps.accounts.models import Invitation, Mail, Role, User
from apps.accounts.posting import AGAIN_AFTER, CLAIMED_FOR
from apps.accounts.tasks import send_mail, send_what_waits
from apps.tenants.models import Tenant
from apps.tenants.roles import Role as DatabaseRole
from apps.tenants.walled_task import SCHEMA, TENANT
from apps.tenants.walls import connection as walled
from apps.tenants.walls import within
from config.embedded.place import ROOT, default_place
from tests.apps import databases
from tests.apps.accounts.mail_server import MailServer, mail_server

SMTP = "django.core.mail.backends.smtp.EmailBackend"
DORA = "dora@acme.example"


def use(settings, port: int) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", port
    settings.EMAIL_USE_TLS = False


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    with mail_server() as serving:
        use(settings, serving.port)
        yield serving


@pytest.fixture
def away(settings) -> None:
    """A mail server that is not there."""
    with mail_server() as serving:
        port = serving.port
    use(settings, port)


@pytest.fixture
def invited(in_acme: Tenant, alice: User) -> Mail:
    """Alice has invited Dora; nothing is sent yet."""
    invitations.invite(alice, DORA, Role.ENGINEER)
    return Mail.objects.get()


def again(mail: Mail) -> Mail:
    mail.refresh_from_db()
    return mail


def secret_in(text: str) -> str:
    found = re.search(r"/join/([\w-]{43})/", text.replace("=\n", ""))
    assert found is not None, text
    return found[1]


def test_a_link_is_made_when_its_mail_is_sent(invited: Mail, server: MailServer) -> None:
    assert (invited.state, invited.to, invited.tries) == (Mail.State.WAITING, DORA, 0)
    assert Invitation.objects.get().digest is None
    assert posting.send(invited.id)
    (text,) = server.kept
    assert f"To: {DORA}" in text and "Subject: Alice invites you to Specward" in text
    assert Invitation.objects.get().digest == links.digest(secret_in(text))
    sent = again(invited)
    assert (sent.state, sent.tries, sent.error) == (Mail.State.SENT, 1, "") and sent.sent is not None
    assert not posting.send(invited.id) and len(server.kept) == 1
    newest = posting.newest("invitation", str(Invitation.objects.get().id))
    assert newest is not None and newest.state == Mail.State.SENT


def test_a_server_that_is_away_is_tried_again_later_and_at_last_no_more(
    invited: Mail, away: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        for number, pause in enumerate(AGAIN_AFTER, start=1):
            before = timezone.now()
            assert not posting.send(invited.id)
            failed = again(invited)
            assert (failed.state, failed.tries, failed.error) == (Mail.State.WAITING, number, "ConnectionRefusedError")
            assert before + pause <= failed.next_try <= timezone.now() + pause
            assert posting.waiting() == [] and not posting.send(invited.id) and again(invited).tries == number
            Mail.objects.update(next_try=timezone.now())
            assert posting.waiting() == [invited.id]
        posting.send(invited.id)
    given_up = again(invited)
    assert (given_up.state, given_up.tries) == (Mail.State.FAILED, 1 + len(AGAIN_AFTER))
    assert posting.waiting() == []
    assert "ConnectionRefusedError, try 6" in caplog.text and DORA not in caplog.text and "/join/" not in caplog.text


def test_the_link_of_a_second_try_is_the_one_that_is_good(invited: Mail, server: MailServer) -> None:
    posting.send(invited.id)
    # As if the process had died before it noted that the server took the mail.
    Mail.objects.update(state=Mail.State.WAITING, next_try=timezone.now())
    assert posting.send(invited.id)
    first, second = (secret_in(text) for text in server.kept)
    assert first != second and Invitation.objects.get().digest == links.digest(second)


def test_what_is_not_needed_any_more_is_not_sent(invited: Mail, server: MailServer) -> None:
    invitations.withdraw(Invitation.objects.get())
    assert not posting.send(invited.id)
    assert again(invited).state == Mail.State.OBSOLETE and server.kept == []


def test_a_mail_that_is_being_sent_is_left_alone_until_its_process_must_be_gone(
    invited: Mail, server: MailServer
) -> None:
    assert posting._claim(invited.id) is not None
    assert not posting.send(invited.id) and posting.waiting() == []
    assert again(invited).next_try > timezone.now() + CLAIMED_FOR / 2
    Mail.objects.update(next_try=timezone.now())
    assert posting.send(invited.id) and again(invited).tries == 2


def test_what_is_rolled_back_sends_nothing(
    in_acme: Tenant, alice: User, django_capture_on_commit_callbacks: Callable
) -> None:
    from django.db import transaction

    with django_capture_on_commit_callbacks() as kept:
        invitations.invite(alice, DORA, Role.ENGINEER)
        with transaction.atomic():
            invitations.invite(alice, "emil@acme.example", Role.ENGINEER)
            transaction.set_rollback(True)
    assert len(kept) == 1 and [mail.to for mail in Mail.objects.all()] == [DORA]


@pytest.mark.django_db(transaction=True)
def test_eight_workers_send_one_mail(acme: Tenant, alice: User, server: MailServer, monkeypatch) -> None:
    monkeypatch.setattr(send_mail, "delay", lambda *_: None)
    with within(acme):
        invitations.invite(alice, DORA, Role.ENGINEER)
        (one,) = posting.waiting()
    together = threading.Barrier(8)

    def work(_: int) -> bool:
        try:
            together.wait(30)
            with within(acme):
                return posting.send(one)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == [False] * 7 + [True]
    assert len(server.kept) == 1


@pytest.mark.django_db(transaction=True)
def test_what_waits_is_put_into_the_queue_of_its_own_tenant(
    acme: Tenant, globex: Tenant, alice: User, mallory: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[tuple[str, str]] = []
    monkeypatch.setattr(send_mail, "delay", lambda mail: handed.append((walled().walls.schema, mail)))
    for tenant, inviter in ((acme, alice), (globex, mallory)):
        with within(tenant):
            invitations.invite(inviter, f"new@{tenant.name.lower()}.example", Role.ENGINEER)
    assert len(handed) == 2
    by_the_way, handed[:] = list(handed), []
    send_what_waits()
    assert sorted(handed) == sorted(by_the_way)
    with within(acme):
        Mail.objects.update(state=Mail.State.SENT)
    handed.clear()
    send_what_waits()
    assert [schema for schema, _ in handed] == [globex.schema_name]


@contextmanager
def worker(queue: str, port: int, log: Path) -> Iterator[None]:
    """A worker of this queue, as the app role, on this test's database, with a mail server at that port."""
    environment = {
        **databases.environment(default_place(), DatabaseRole.APP, connection.settings_dict["NAME"]),
        "REDIS_URL": configured.REDIS_URL,
        "SPECWARD_SMTP_HOST": "127.0.0.1",
        "SPECWARD_SMTP_PORT": str(port),
        "SPECWARD_SMTP_STARTTLS": "0",
        "SPECWARD_HTTPS": "0",
    }
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-Q", queue, "--pool", "solo"]
    with log.open("w") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.timeout(240)
@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_what_alice_asked_for_and_the_broker_never_knew_the_link(
    acme: Tenant, alice: User, monkeypatch: pytest.MonkeyPatch, until: Callable[..., None], tmp_path: Path
) -> None:
    queue = f"mail-{uuid.uuid4().hex}"
    monkeypatch.setattr(send_mail, "delay", lambda *given: send_mail.apply_async(given, queue=queue))
    with within(acme):
        invitations.invite(alice, DORA, Role.ENGINEER)
        (one,) = Mail.objects.all()
    broker = redis.Redis.from_url(configured.REDIS_URL)
    key = f"{configured.KEY_PREFIX}{queue}"
    (queued,) = broker.lrange(key, 0, -1)
    said = json.loads(queued)
    arguments, named, _ = json.loads(base64.b64decode(said["body"]))
    assert (arguments, named) == ([str(one.id)], {})
    assert set(said["headers"]) & {SCHEMA, TENANT} == {SCHEMA, TENANT} and DORA not in str(said)

    def state() -> str:
        with within(acme):
            return again(one).state

    with mail_server() as serving, worker(queue, serving.port, tmp_path / "worker.log"):
        until(lambda: state() == Mail.State.SENT, seconds=120)
        (text,) = serving.kept
    secret = secret_in(text)
    assert secret.encode() not in queued and secret not in (tmp_path / "worker.log").read_text()
    with within(acme):
        assert Invitation.objects.get().digest == links.digest(secret)
    assert broker.lrange(key, 0, -1) == []
