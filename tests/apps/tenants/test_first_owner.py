"""Ines is invited as her tenant is made, and owns it by her link."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoDbBlocker

from apps.accounts import posting
from apps.accounts.errors import AddressRefused
from apps.accounts.first_owner import invite_first_owner
from apps.accounts.models import Invitation, Mail, Role, User
from apps.accounts.tasks import send_mail
from apps.tenants.models import Plan, Tenant
from apps.tenants.provisioning import FirstOwner, Wanted, provision
from apps.tenants.routing import forget_routes
from apps.tenants.walls import within
from tests.apps.tenants.connecting import through, wrapper
from tests.apps.tenants.test_changing import migrating

pytestmark = pytest.mark.urls("tests.apps.accounts.views")
INES = FirstOwner("Ines@Initech.example", "Ines")


@pytest.fixture
def initech(populated: str, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    monkeypatch.setattr(send_mail, "delay", lambda *_: None)
    wanted = Wanted("Initech", f"{uuid.uuid4().hex}.localhost", Plan.Code.TEAM, uuid.uuid4(), INES)
    with django_db_blocker.unblock():
        with migrating(populated):
            made = provision(wanted)
            provision(wanted)  # each step may be done again
        with through(wrapper(populated)), within(made):
            forget_routes()
            yield made


def test_the_first_owner_is_invited_once_and_joins_by_her_link(initech: Tenant) -> None:
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.invited_by) == ("ines@initech.example", Role.OWNER, None)
    (waiting,) = posting.waiting()
    mail.outbox.clear()
    assert posting.send(waiting) and Mail.objects.get().state == Mail.State.SENT
    (message,) = mail.outbox
    host = initech.domains.get().domain
    assert message.to == ["ines@initech.example"] and message.subject == "Your account at Specward"
    found = re.search(rf"http://{re.escape(host)}(/join/[\w-]{{43}}/)", str(message.body))
    assert found is not None and "You are its owner" in message.body
    answer = Client(SERVER_NAME=host).post(found[1], {"name": "Ines", "password": "correct horse ines staple"})
    assert answer.content == b"Joined"
    assert User.objects.get().role == Role.OWNER
    invite_first_owner(Tenant, INES)
    assert Invitation.objects.count() == 1


def test_nobody_is_invited_where_there_is_an_owner_or_none_was_named(acme: Tenant) -> None:
    with within(acme):
        invite_first_owner(Tenant, INES)
        assert not Invitation.objects.exists()
        invite_first_owner(Tenant, None)
        assert not Invitation.objects.exists()


def test_an_address_that_is_none_is_told_to_whoever_asked(populated: str, django_db_blocker: DjangoDbBlocker) -> None:
    bad = Wanted("Bad", f"{uuid.uuid4().hex}.localhost", Plan.Code.TEAM, uuid.uuid4(), FirstOwner("ines", "Ines"))
    with django_db_blocker.unblock(), migrating(populated), pytest.raises(AddressRefused, match="no e-mail address"):
        provision(bad)
