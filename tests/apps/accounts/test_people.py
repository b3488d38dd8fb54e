"""Who comes and goes: the last owner stays, seats are counted, links are good once."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from auditlog import get_logentry_model
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import invitations, password_reset, people, posting
from apps.accounts.errors import AddressRefused, LastOwner, NoSeat, WindowRefused
from apps.accounts.models import Invitation, PasswordReset, Role, User
from apps.accounts.passwords import change_password
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.cast import ALICE, BOB

pytestmark = pytest.mark.urls("tests.apps.accounts.views")


@pytest.fixture
def in_acme_as_alice(acme: Tenant, alice: User) -> Iterator[User]:
    with within(acme):
        yield alice


# ---- the last owner ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ending",
    [people.deactivate, people.remove, lambda user: people.change_role(user, Role.ENGINEER)],
    ids=["deactivate", "remove", "demote"],
)
def test_the_last_owner_stays(in_acme_as_alice: User, bob: User, ending: Callable[[User], None]) -> None:
    with pytest.raises(LastOwner, match="Make somebody else an owner first"):
        ending(in_acme_as_alice)
    people.change_role(bob, Role.OWNER)
    if ending is people.remove and get_logentry_model().__module__ == "auditlog.models":
        return  # django-auditlog's own model wants to be told of a removal; ours does not
    ending(in_acme_as_alice)
    with pytest.raises(LastOwner):
        ending(bob)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_user SET role = 'engineer' WHERE role = 'owner'",
        "UPDATE accounts_user SET is_active = false",
        "DELETE FROM accounts_user",
    ],
)
def test_no_statement_from_anywhere_takes_the_last_owner(in_acme_as_alice: User, statement: str) -> None:
    with pytest.raises(IntegrityError, match="active owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_owners_may_swap_in_one_statement(in_acme_as_alice: User, bob: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_user SET role = CASE name WHEN 'Alice' THEN 'engineer' ELSE 'owner' END "
            "WHERE name IN ('Alice', 'Bob')"
        )
    bob.refresh_from_db()
    assert bob.role == Role.OWNER


# ---- addresses, windows, seats -------------------------------------------------------------------------------------


def test_an_address_is_the_same_in_any_letters(in_acme_as_alice: User) -> None:
    with pytest.raises(AddressRefused, match="already"):
        people.add("BOB@acme.example", "Bob", Role.ENGINEER)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(email=BOB.email).update(email="Bob@acme.example")
    with pytest.raises(AddressRefused):
        people.add("not an address", "X", Role.ENGINEER)


def test_an_auditor_has_a_window_and_nobody_else(in_acme_as_alice: User, bob: User) -> None:
    now = timezone.now()
    with pytest.raises(WindowRefused):
        people.change_role(bob, Role.AUDITOR)
    with pytest.raises(WindowRefused):
        people.change_role(bob, Role.AUDITOR, (now, now))
    with pytest.raises(WindowRefused):
        people.change_role(bob, Role.ENGINEER, (now, now + datetime.timedelta(days=1)))
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(id=bob.id).update(role=Role.AUDITOR)
    people.change_role(bob, Role.AUDITOR, (now + datetime.timedelta(days=1), now + datetime.timedelta(days=2)))
    days = [bob.may_enter(now + datetime.timedelta(days=day)) for day in (0, 1, 2)]
    assert days == [False, True, False]


def test_globex_runs_out_of_seats_with_open_invitations_counted(globex: Tenant, mallory: User) -> None:
    with within(globex):
        asked = [
            invitations.invite(mallory, f"m{n}@globex.example", Role.ENGINEER) for n in range(globex.plan.seats - 1)
        ]
        for trying in (
            lambda: invitations.invite(mallory, "late@globex.example", Role.ENGINEER),
            lambda: people.add("late@globex.example", "Late", Role.ENGINEER),
        ):
            with pytest.raises(NoSeat, match="10 seats"):
                trying()
        invitations.withdraw(asked[0])
        assert people.add("late@globex.example", "Late", Role.ENGINEER).is_active


# ---- links ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def posted(
    acme: Tenant, django_capture_on_commit_callbacks: Callable[..., object]
) -> Callable[[Callable[[], object]], list[str]]:
    """Does something that sends mail, and returns what was sent."""

    def doing(it: Callable[[], object]) -> list[str]:
        before = len(mail.outbox)
        with django_capture_on_commit_callbacks():  # type: ignore[attr-defined]
            it()
        with within(acme):
            for waiting in posting.waiting():
                posting.send(waiting)
        return [str(message.body) for message in mail.outbox[before:]]

    return doing


def secret_in(text: str) -> str:
    found = re.search(r"http://acme\.localhost/(?:join|reset)/([\w-]{43})/", text)
    assert found is not None, text
    return found[1]


def test_dora_joins_by_her_link_once(in_acme_as_alice: User, at_acme: Client, acme: Tenant, posted) -> None:
    (text,) = posted(lambda: invitations.invite(in_acme_as_alice, "dora@acme.example", Role.ENGINEER))
    secret = secret_in(text)
    assert acme.id.hex not in text and str(acme.id) not in text
    assert not Invitation.objects.filter(digest__contains=secret).exists()
    for password, refusal in (("short", "too short"), ("dora@acme.example", "too similar"), ("password1234", "common")):
        with pytest.raises(ValidationError, match=refusal):
            at_acme.post(f"/join/{secret}/", {"name": "Dora", "password": password})
    assert at_acme.post(f"/join/{secret}/", {"name": "Dora", "password": "a long enough one"}).status_code == 200
    assert User.objects.get(email="dora@acme.example").role == Role.ENGINEER
    again = at_acme.post(f"/join/{secret}/", {"name": "Eve", "password": "a long enough one"})
    never = at_acme.post(f"/join/{'A' * 43}/", {"name": "Eve", "password": "a long enough one"})
    assert (again.status_code, again.content) == (never.status_code, never.content) == (404, never.content)


def test_a_link_of_acme_opens_nothing_at_globex(
    in_acme_as_alice: User, at_globex: Client, globex: Tenant, posted
) -> None:
    (text,) = posted(lambda: invitations.invite(in_acme_as_alice, "dora@acme.example", Role.ENGINEER))
    response = at_globex.post(f"/join/{secret_in(text)}/", {"name": "Dora", "password": "a long enough one"})
    assert response.status_code == 404


def test_an_invitation_ends_with_its_time_and_its_withdrawal(in_acme_as_alice: User, at_acme: Client, posted) -> None:
    (text,) = posted(lambda: invitations.invite(in_acme_as_alice, "dora@acme.example", Role.ENGINEER))
    path, form = f"/join/{secret_in(text)}/", {"name": "Dora", "password": "a long enough one"}
    Invitation.objects.update(expires=timezone.now())
    assert at_acme.post(path, form).status_code == 404
    Invitation.objects.update(expires=timezone.now() + datetime.timedelta(days=1))
    invitations.withdraw(Invitation.objects.get())
    assert at_acme.post(path, form).status_code == 404


def test_bob_forgets_his_password(at_acme: Client, as_bob: Client, acme: Tenant, bob: User, posted) -> None:
    (text,) = posted(lambda: at_acme.post("/forgot", {"email": " BOB@acme.example"}))
    secret = secret_in(text)
    assert at_acme.post(f"/reset/{secret}/", {"password": "quite another one"}).status_code == 200
    assert as_bob.get("/whoami").json()["name"] is None
    assert at_acme.post(f"/reset/{secret}/", {"password": "and one more of it"}).status_code == 404
    with within(acme):
        bob.refresh_from_db()
    assert bob.check_password("quite another one")


def test_who_asks_for_a_reset_learns_nothing(at_acme: Client, acme: Tenant, posted) -> None:
    answers: dict[str, Any] = {}

    def asking(email: str) -> Callable[[], object]:
        return lambda: answers.setdefault(email, at_acme.post("/forgot", {"email": email}))

    assert len(posted(asking(ALICE.email))) == 1
    assert posted(asking("nobody@acme.example")) == []
    one, other = answers.values()
    for answer in (one, other):
        del answer.headers["X-Request-ID"]
    assert (one.status_code, one.content, dict(one.headers)) == (other.status_code, other.content, dict(other.headers))


def test_a_mailbox_is_not_filled_and_an_old_link_is_refused(at_acme: Client, acme: Tenant, posted) -> None:
    sent = [posted(lambda: at_acme.post("/forgot", {"email": BOB.email})) for _ in range(5)]
    assert [len(one) for one in sent] == [1, 1, 1, 0, 0]
    with within(acme):
        PasswordReset.objects.update(expires=timezone.now())
    response = at_acme.post(f"/reset/{secret_in(sent[0][0])}/", {"password": "quite another one"})
    assert response.status_code == 404


def test_a_link_names_the_host_of_the_tenant_and_no_port_of_the_asker(acme: Tenant, bob: User, posted) -> None:
    client = Client(HTTP_HOST="acme.localhost:6666")
    (text,) = posted(lambda: client.post("/forgot", {"email": BOB.email}))
    assert "6666" not in text
    assert secret_in(text)


def test_a_changed_password_spends_the_links_under_way(in_acme_as_alice: User, at_acme: Client, posted) -> None:
    posted(lambda: at_acme.post("/forgot", {"email": ALICE.email}))
    assert PasswordReset.objects.count() == 1
    change_password(in_acme_as_alice, "quite another one")
    assert PasswordReset.objects.count() == 0


def test_spending_a_link_asks_for_one_row_by_its_digest(at_acme: Client, acme: Tenant) -> None:
    with CaptureQueriesContext(connection) as asked:
        at_acme.post("/reset/short/", {"password": "quite another one"})
    assert not any("accounts_" in query["sql"] for query in asked)
    assert datetime.timedelta(hours=1) >= password_reset.GOOD_FOR
