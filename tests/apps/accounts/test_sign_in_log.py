"""What the log knows of signing in and out: who it was, and nothing that proves it."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import Session, User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action, ActorKind
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.accounts.test_signing_in import enter
from tests.cast import ALICE, PLATFORM, SAM

pytestmark = pytest.mark.urls("tests.apps.accounts.views")


def entries(tenant: Tenant, **wanted: object) -> list[Entry]:
    with within(tenant):
        return list(Entry.objects.filter(**wanted).order_by("id"))


def test_a_sign_in_is_hers_in_the_log(at_acme: Client, acme: Tenant, alice: User) -> None:
    before = len(entries(acme))
    assert enter(at_acme, ALICE.email, ALICE.password) == "Welcome"
    told = entries(acme)[before:]
    assert {(e.actor_kind, e.actor_name, e.actor_id) for e in told} == {(ActorKind.USER, "Alice", alice.pk)}
    assert [(e.action, e.object_type, e.object_repr) for e in told] == [
        (Action.CREATE, "accounts.session", ""),
        (Action.SIGN_IN, "accounts.user", "Alice"),
    ]
    assert told[0].request_id == told[1].request_id is not None


def test_staff_signs_in_as_staff(at_platform: Client, platform: Tenant, sam: User) -> None:
    enter(at_platform, SAM.email, SAM.password)
    (entry,) = entries(platform, action=Action.SIGN_IN)
    assert (entry.actor_kind, entry.actor_name) == (ActorKind.STAFF, "Sam") and PLATFORM.id == platform.id


def test_a_failed_sign_in_is_a_strangers_and_says_whose_account_it_was_about(
    at_acme: Client, acme: Tenant, alice: User
) -> None:
    enter(at_acme, ALICE.email, "not her password")
    enter(at_acme, "correct horse alice staple", "typed into the wrong field")
    known, unknown = entries(acme, action=Action.SIGN_IN_FAILED)
    assert (known.actor_kind, known.object_repr, known.remote_addr) == (ActorKind.ANONYMOUS, "Alice", "127.0.0.1")
    assert (unknown.actor_kind, unknown.object_type, unknown.object_repr) == (ActorKind.ANONYMOUS, "", "")
    with within(acme):
        assert "horse" not in str(list(Entry.objects.values()))


def test_a_failed_sign_in_that_is_rolled_back_stays_in_the_log(at_acme: Client, acme: Tenant, alice: User) -> None:
    form = {"email": ALICE.email, "password": "not her password"}
    assert at_acme.post("/api/enter", form).status_code == 401
    (entry,) = entries(acme, action__in=[Action.SIGN_IN_FAILED, Action.REFUSAL])
    assert (entry.action, entry.object_repr) == (Action.SIGN_IN_FAILED, "Alice")


def test_a_sign_out_is_hers(at_acme: Client, acme: Tenant, alice: User) -> None:
    enter(at_acme, ALICE.email, ALICE.password)
    at_acme.post("/leave")
    (entry,) = entries(acme, action=Action.SIGN_OUT)
    assert (entry.actor_name, entry.object_repr) == ("Alice", "Alice")
    before = len(entries(acme))
    at_acme.post("/leave")
    assert entries(acme)[before:] == []


def test_what_a_session_holds_is_a_digest(at_acme: Client, acme: Tenant, alice: User) -> None:
    enter(at_acme, ALICE.email, ALICE.password)
    (entry,) = entries(acme, action=Action.CREATE, object_type="accounts.session")
    assert entry.changes is not None
    assert set(entry.changes["data"][1]) == set(entry.changes["digest"][1]) == {"digest"}
    with within(acme):
        held = Session.objects.get()
        assert held.data["_auth_user_hash"] not in str(list(Entry.objects.values()))
