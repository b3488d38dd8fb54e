"""People who are signed in and may not be, auditors without an end, accounts that nobody owns: each is seen."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.utils import timezone

from apps.accounts.invitations import invite, withdraw
from apps.accounts.models import Invitation, Role, Session, User
from apps.audit.acting import Actor, acting_as
from apps.audit.models import Entry
from apps.audit.recording import record
from apps.audit.vocabulary import Action, ActorKind
from apps.compliance.checking import Outcome
from apps.compliance.checks.staff import StaffStaysOutside
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.compliance.breaking import assert_fails, assert_only_fails, last
from tests.apps.compliance.past_triggers import Kept, owner, past_triggers
from tests.cast import SAM

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store", "asked")]
AN_HOUR = datetime.timedelta(hours=1)
USERS = "accounts_user"


@pytest.fixture
def users(in_acme: Tenant) -> Callable[[], object]:
    """Puts the people back as they were."""
    return Kept(in_acme, USERS, "true").put_back


def signed_in(user: User, began: datetime.timedelta, seen: datetime.timedelta) -> Session:
    """A browser that began so long ago and was seen so long ago."""
    now = timezone.now()
    return Session.objects.create(digest=f"{user.id.hex:0>64}", user=user, created=now - began, last_seen=now - seen)


def test_a_session_of_somebody_who_was_deactivated_is_seen(
    in_acme: Tenant, bob: User, users: Callable[[], object]
) -> None:
    signed_in(bob, AN_HOUR, datetime.timedelta())
    assert_only_fails(
        "people.sessions",
        lambda: past_triggers(in_acme, USERS, f"UPDATE {USERS} SET is_active = false WHERE id = %s", bob.id),
        users,
    )


def test_an_auditor_who_is_signed_in_after_their_window_is_seen(
    in_acme: Tenant, ada: User, users: Callable[[], object]
) -> None:
    signed_in(ada, datetime.timedelta(minutes=30), datetime.timedelta(minutes=5))
    ended = f"UPDATE {USERS} SET window_until = now() - interval '20 minutes' WHERE id = %s"
    assert_fails("people.sessions", lambda: past_triggers(in_acme, USERS, ended, ada.id), users)


def test_a_session_that_outlived_its_time_is_seen(in_acme: Tenant, bob: User) -> None:
    session = signed_in(bob, AN_HOUR, datetime.timedelta())

    def begin(ago: datetime.timedelta) -> None:
        Session.objects.filter(id=session.id).update(created=timezone.now() - ago)

    assert_fails("people.sessions", lambda: begin(200 * AN_HOUR), lambda: begin(AN_HOUR))


def test_a_session_that_ended_with_the_window_is_none(in_acme: Tenant, ada: User) -> None:
    signed_in(ada, 3 * AN_HOUR, 2 * AN_HOUR)
    User.objects.filter(id=ada.id).update(window_from=timezone.now() - 10 * AN_HOUR)
    assert_fails(
        "people.sessions",
        lambda: User.objects.filter(id=ada.id).update(window_until=timezone.now() - 3 * AN_HOUR),
        lambda: User.objects.filter(id=ada.id).update(window_until=timezone.now() - AN_HOUR),
    )


def test_an_auditor_without_an_end_is_seen(in_acme: Tenant, ada: User, users: Callable[[], object]) -> None:
    with owner(in_acme) as root:
        root.execute(f"ALTER TABLE {USERS} DROP CONSTRAINT auditor_has_a_window")
    endless = f"UPDATE {USERS} SET window_until = NULL WHERE id = %s"
    assert_only_fails("people.auditors", lambda: past_triggers(in_acme, USERS, endless, ada.id), users)


def test_an_auditor_for_years_is_seen(in_acme: Tenant, ada: User, users: Callable[[], object]) -> None:
    assert_fails(
        "people.auditors",
        lambda: User.objects.filter(id=ada.id).update(window_until=timezone.now() + datetime.timedelta(days=800)),
        users,
    )


def test_an_account_that_nobody_owns_is_seen(in_acme: Tenant, users: Callable[[], object]) -> None:
    assert_only_fails(
        "people.owners",
        lambda: past_triggers(in_acme, USERS, f"UPDATE {USERS} SET role = 'engineer' WHERE role = 'owner'"),
        users,
    )
    assert last("people.owners").evidence == {"owners": 1, "second_owner_advisable": True}


def test_an_invitation_for_ever_is_seen(in_acme: Tenant, alice: User) -> None:
    found = invite(alice, "eve@new.acme.example", Role.ENGINEER)
    longer = found.created + datetime.timedelta(days=30)
    assert_only_fails(
        "people.invitations",
        lambda: Invitation.objects.filter(id=found.id).update(expires=longer),
        lambda: Invitation.objects.filter(id=found.id).update(expires=found.expires),
    )


@pytest.mark.parametrize("when", ["expired", "withdrawn"])
def test_an_invitation_that_was_accepted_after_it_was_over_is_seen(when: str, in_acme: Tenant, alice: User) -> None:
    found = invite(alice, "eve@new.acme.example", Role.ENGINEER)
    if when == "withdrawn":
        withdraw(found)
    else:
        Invitation.objects.filter(id=found.id).update(expires=timezone.now() - AN_HOUR)
    assert_fails(
        "people.invitations",
        lambda: Invitation.objects.filter(id=found.id).update(accepted=timezone.now()),
        lambda: Invitation.objects.filter(id=found.id).update(accepted=None),
    )


# ---- staff ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [Action.SIGN_IN, Action.ACCESS, Action.EXPORT])
def test_what_staff_does_in_an_account_is_seen(action: Action, in_acme: Tenant) -> None:
    def come_in() -> None:
        with acting_as(Actor(ActorKind.STAFF, SAM.name, SAM.email)):
            record(action)

    def never_was() -> None:
        past_triggers(in_acme, "audit_entry", "DELETE FROM audit_entry WHERE actor_kind = 'staff'")

    fails = assert_only_fails if action == Action.SIGN_IN else assert_fails
    fails("staff.access", come_in, never_was)


def test_that_staff_suspends_an_account_is_no_access(in_acme: Tenant) -> None:
    with acting_as(Actor(ActorKind.STAFF, SAM.name, SAM.email)):
        record(Action.STATE_CHANGE)
    assert StaffStaysOutside().look().outcome is Outcome.PASS
    assert Entry.objects.filter(actor_kind=ActorKind.STAFF).exists()


def test_the_platform_is_where_staff_is(platform: Tenant) -> None:
    with within(platform):
        assert StaffStaysOutside().look().outcome is Outcome.NOT_APPLICABLE
