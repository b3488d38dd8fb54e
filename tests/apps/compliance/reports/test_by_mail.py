"""Addresses say yes themselves, and no more with one click: by the link of a mail, without an account."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.accounts import posting
from apps.accounts.models import Mail, User
from apps.audit.models import Entry
from apps.audit.vocabulary import ActorKind
from apps.compliance.reports import recipients, scheduling, working
from apps.compliance.reports.errors import RecipientRefused
from apps.compliance.reports.models import Mailing, Recipient, Report, Schedule, UnsubscribeLink
from apps.tenants.models import Tenant
from tests.apps.compliance.reports.smtp import Server

pytestmark = pytest.mark.django_db(transaction=True)
DORA = "dora@partner.example"


def link_in(text: str, path: str) -> str:
    found = re.search(rf"/reports/{path}/[\w-]{{43}}/", text)
    assert found is not None, text
    return found[0]


@pytest.fixture
def asked(schedule: Schedule) -> str:
    """Dora is asked; the path of the link that she was sent."""
    recipients.add(schedule, DORA)
    posting.send(Mail.objects.get(to=DORA).id)
    return link_in(str(mail.outbox[-1].body), "confirm")


@pytest.fixture
def unsubscribing(reported: Callable[[], Report], server: Server) -> str:
    """Alice got a report; the path of its link to get no more."""
    reported()
    return link_in(server.kept[0].message["List-Unsubscribe"], "unsubscribe")


def sent_to(schedule: Schedule) -> list[str]:
    return [one.email for one in recipients.wanted(schedule)]


def test_dora_gets_nothing_before_she_says_yes(asked: str, schedule: Schedule, at_acme: Client) -> None:
    assert sent_to(schedule) == ["alice@acme.example"]
    page = at_acme.get(asked)
    assert page.status_code == 200 and DORA in page.content.decode() and "For the board" in page.content.decode()
    assert sent_to(schedule) == ["alice@acme.example"], "what opens links on their way says yes to nothing"
    assert at_acme.post(asked).status_code == 200
    assert sent_to(schedule) == ["alice@acme.example", DORA]
    assert at_acme.post(asked).status_code == 404 and at_acme.get(asked).status_code == 404, "a link is good once"
    entry = Entry.objects.filter(object_type="compliance.recipient").order_by("-id")[0]
    assert (entry.narrative, entry.actor_kind) == ("Wants the reports, by the link of a mail", ActorKind.ANONYMOUS)


def test_only_the_digest_of_a_link_is_kept(asked: str) -> None:
    secret = asked.split("/")[3]
    kept = Recipient.objects.get(email=DORA)
    assert kept.digest is not None and kept.digest != secret and len(kept.digest) == 64
    assert not any(secret in str(entry.changes) for entry in Entry.objects.all())


def test_a_newer_link_takes_the_place_of_the_older_and_an_old_one_expires(
    asked: str, schedule: Schedule, at_acme: Client
) -> None:
    recipients.ask_again(Recipient.objects.get(email=DORA))
    posting.send(Mail.objects.filter(to=DORA, state=Mail.State.WAITING)[0].id)
    newer = link_in(str(mail.outbox[-1].body), "confirm")
    assert at_acme.get(asked).status_code == 404 and at_acme.get(newer).status_code == 200
    Recipient.objects.update(expires=timezone.now())
    assert at_acme.post(newer).status_code == 404 and DORA not in sent_to(schedule)


def test_a_link_of_acme_is_nothing_at_globex(asked: str, at_globex: Client, globex: Tenant) -> None:
    assert at_globex.get(asked).status_code == 404 and at_globex.post(asked).status_code == 404


def test_a_mailbox_unsubscribes_with_one_request_and_nothing_else(
    unsubscribing: str, schedule: Schedule, reported: Callable[[], Report], server: Server
) -> None:
    # RFC 8058: a POST of this body, from a server that has neither cookie nor page of ours.
    mailbox = Client(SERVER_NAME="acme.localhost", enforce_csrf_checks=True)
    answer = mailbox.post(unsubscribing, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200 and not answer.cookies
    assert sent_to(schedule) == []
    entry = Entry.objects.filter(object_type="compliance.recipient").order_by("-id")[0]
    assert (entry.narrative, entry.object_repr) == (
        "Wants no more reports, by the link of a mail",
        "alice@acme.example",
    )
    assert mailbox.post(unsubscribing).status_code == 200, "again is no error"
    reported()
    assert len(server.kept) == 1


def test_opening_the_link_unsubscribes_nobody(unsubscribing: str, schedule: Schedule, at_acme: Client) -> None:
    page = at_acme.get(unsubscribing)
    assert page.status_code == 200 and "No more of them" in page.content.decode()
    assert sent_to(schedule) == ["alice@acme.example"]
    assert "gets no more" in at_acme.post(unsubscribing).content.decode()
    assert "gets no more" in at_acme.get(unsubscribing).content.decode()


def test_an_older_mail_s_link_stays_good(
    unsubscribing: str, reported: Callable[[], Report], server: Server, at_acme: Client, schedule: Schedule
) -> None:
    reported()
    assert UnsubscribeLink.objects.count() == 2
    assert at_acme.post(unsubscribing).status_code == 200 and sent_to(schedule) == []


@pytest.mark.parametrize("path", ["confirm", "unsubscribe"])
@pytest.mark.parametrize("secret", ["x", "a" * 43, "a" * 44, "..%2f..", "a" * 5000])
def test_what_was_never_a_link_is_nothing(in_acme: Tenant, at_acme: Client, path: str, secret: str) -> None:
    for ask in (at_acme.get, at_acme.post):
        assert ask(f"/reports/{path}/{secret}/").status_code == 404


def test_what_waits_is_not_mailed_to_who_has_unsubscribed(
    reported: Callable[[], Report], server: Server, unsubscribing: str, at_acme: Client, schedule: Schedule, alice: Any
) -> None:
    server.fault = lambda at, _: "421 not now" if at == "greeting" else None
    reported()
    server.fault = lambda at, _: None
    at_acme.post(unsubscribing)
    Mailing.objects.update(next_try=timezone.now())
    for report in working.waiting():
        working.work(report)
    assert len(server.kept) == 1 and Mailing.objects.filter(state=Mailing.State.OBSOLETE).count() == 1


def test_alice_comes_back_by_herself_and_by_nobody_else(
    unsubscribing: str, at_acme: Client, schedule: Schedule, alice: User, cora: User
) -> None:
    at_acme.post(unsubscribing)
    (gone,) = Recipient.objects.exclude(unsubscribed=None)
    with pytest.raises(RecipientRefused):
        recipients.resubscribe(gone, cora)
    with pytest.raises(RecipientRefused, match="has unsubscribed"):
        recipients.add(schedule, alice.email)
    recipients.resubscribe(gone, alice)
    assert sent_to(schedule) == ["alice@acme.example"]


def test_roles_decide_as_they_are_now(schedule: Schedule, alice: User, cora: User) -> None:
    scheduling.change(schedule, roles=["owner", "compliance_officer"])
    assert sent_to(schedule) == ["alice@acme.example", "cora@acme.example"]
    User.objects.filter(id=cora.id).update(is_active=False)
    assert sent_to(schedule) == ["alice@acme.example"]


@pytest.mark.parametrize(
    "address",
    ["", "dora", "dora@", "a@b\nBcc: x@y.example", "a@b.example\r\nX: y", "a b@c.example", "dora@pärtner.example"],
)
def test_a_bad_address_is_refused(schedule: Schedule, address: str) -> None:
    with pytest.raises(RecipientRefused, match="no e-mail address"):
        recipients.add(schedule, address)


def test_there_are_so_many_addresses_and_each_once(schedule: Schedule) -> None:
    recipients.add(schedule, DORA)
    with pytest.raises(RecipientRefused, match="already"):
        recipients.add(schedule, DORA.upper())
    for number in range(recipients.MOST - 1):
        recipients.add(schedule, f"a{number}@partner.example")
    with pytest.raises(RecipientRefused, match="there are 50"):
        recipients.add(schedule, "one-more@partner.example")
