"""Sam suspends, resumes and closes a customer: asked for by a row, done by a worker that is a migrator."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from psycopg import sql
from pytest_django import DjangoDbBlocker

from apps.accounts.models import Invitation, User
from apps.audit.models import Entry
from apps.audit.vocabulary import Action, ActorKind
from apps.tenants import changing_queue
from apps.tenants.changing_queue import Asker, ChangeFailed
from apps.tenants.errors import ChangeRefused
from apps.tenants.models import Domain, DropCertificate, Plan, Provisioning, StateChange, Tenant
from apps.tenants.provisioning import Wanted, provision
from apps.tenants.provisioning_queue import LOST_AFTER, staff_credentials
from apps.tenants.roles import Role
from apps.tenants.routing import forget_routes
from apps.tenants.walls import Walls, behind, schema_of, within
from config.embedded.place import default_place
from tests.apps.tenants.connecting import OF_ACME, as_admin, through, wrapper
from tests.cast import ACME, GLOBEX, PLATFORM

SAM = Asker("Sam", "sam@specward.example", uuid.uuid4())
DAY = datetime.timedelta(days=1)
HOST = "initech.localhost"
State, Kind = StateChange.State, StateChange.Kind


@contextmanager
def migrating(database: str) -> Iterator[None]:
    """As the worker of the queue."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPECWARD_ROLE", Role.MIGRATOR.value)
        migrator = wrapper(database)
        migrator.settings_dict.update(USER=Role.MIGRATOR.user, PASSWORD=default_place().password(Role.MIGRATOR.user))
        with through(migrator), behind(Walls()):
            yield


@pytest.fixture
def initech(populated: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Tenant]:
    """A customer of this test's own. The connection is the app role's, committing."""
    wanted = Wanted("Initech", HOST, Plan.Code.TEAM, uuid.uuid4())
    with django_db_blocker.unblock():
        with migrating(populated):
            provision(wanted)
            Provisioning.objects.create(
                tenant_id=wanted.id,
                name="Initech",
                host=HOST,
                plan_id="team",
                owner_email="ines@initech.example",
                owner_name="Ines",
            )
        with through(wrapper(populated)):
            forget_routes()
            yield of(wanted.id)
    with as_admin(populated) as admin:
        for table in ("domain", "provisioning", "statechange", "dropcertificate"):
            admin.execute(f"DELETE FROM tenants_{table} WHERE tenant_id = '{wanted.id}'".encode())
        admin.execute("DELETE FROM tenants_tenant WHERE id = %s", [wanted.id])
        admin.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema_of(wanted.id))))
    forget_routes()


def of(id: uuid.UUID) -> Tenant:
    with behind(staff_credentials()):
        return Tenant.objects.get(id=id)


def ask(how: Callable[..., StateChange], tenant: Tenant, why: str = "An unpaid bill", **given: object) -> StateChange:
    """As Sam's request does: in a transaction, with the platform's credentials."""
    with behind(staff_credentials()), transaction.atomic():
        return how(of(tenant.id), why, SAM, **given)


def do(database: str, change: StateChange) -> bool:
    with migrating(database):
        return changing_queue.carry_out(change.id)


def row(change: StateChange) -> StateChange:
    with behind(staff_credentials()):
        return StateChange.objects.get(id=change.id)


def drop_of(tenant: Tenant) -> StateChange:
    with behind(staff_credentials()):
        return StateChange.objects.filter(tenant_id=tenant.id, kind=Kind.DROP).latest("asked")


def at(path: str = "/api/v1/me", host: str = HOST) -> tuple[int, bytes]:
    forget_routes()
    answer = Client(SERVER_NAME=host, raise_request_exception=False).get(path)
    return answer.status_code, answer.content


def told(walls: Walls) -> list[tuple[str, str, str, str]]:
    with behind(walls):
        found = Entry.objects.filter(action=Action.STATE_CHANGE).order_by("id")
        return [(e.actor_kind, e.actor_name, e.narrative, e.additional_data["stage"]) for e in found]


def pass_time(database: str, tenant: Tenant) -> None:
    """The grace of a closing is over."""
    with as_admin(database) as admin:
        admin.execute("UPDATE tenants_tenant SET closes = now() WHERE id = %s", [tenant.id])
        admin.execute("UPDATE tenants_statechange SET due = now() WHERE kind = 'drop' AND tenant_id = %s", [tenant.id])


# ---- suspending and resuming ---------------------------------------------------------------------------------------


def test_a_suspended_tenant_is_turned_away_and_comes_back(populated: str, initech: Tenant) -> None:
    assert at()[0] == 401
    change = ask(changing_queue.ask_to_suspend, initech)
    assert (row(change).state, of(initech.id).state) == (State.WAITING, Tenant.State.ACTIVE)
    assert do(populated, change) and not do(populated, change)
    done = row(change)
    assert (done.state, done.step, done.error, done.before) == (State.DONE, "state", "", "active")
    assert done.started and done.ended and of(initech.id).state == Tenant.State.SUSPENDED
    for path in ("/", "/api/v1/me", "/api/v1/users", "/api/v1/nowhere", "/favicon.ico"):
        status, body = at(path)
        assert status == 403 and b"This account is suspended" in body, path
    do(populated, ask(changing_queue.ask_to_resume, initech, "It is paid"))
    assert of(initech.id).state == Tenant.State.ACTIVE and at()[0] == 401


def test_both_logs_say_who_asked_and_why(populated: str, initech: Tenant) -> None:
    of_platform = Walls(schema_of(PLATFORM.id), PLATFORM.id)
    before = len(told(of_platform))
    do(populated, ask(changing_queue.ask_to_suspend, initech))
    assert told(Walls(initech.schema_name, initech.id)) == [("staff", "Sam", "Suspend: An unpaid bill", "done")]
    asked, done = told(of_platform)[before:]
    assert asked[2:] == ("Asked to suspend: An unpaid bill", "asked")
    assert done == (ActorKind.STAFF, "Sam", "Suspend: An unpaid bill", "done")
    assert told(OF_ACME) == []


def test_what_does_not_go_with_the_state_is_refused_with_the_way_out(populated: str, initech: Tenant) -> None:
    with pytest.raises(ChangeRefused, match="Initech is active; to resume is for one that is suspended"):
        ask(changing_queue.ask_to_resume, initech)
    with pytest.raises(ChangeRefused, match="Say why"):
        ask(changing_queue.ask_to_suspend, initech, "  ")
    with pytest.raises(ChangeRefused, match="platform's own tenant"):
        ask(changing_queue.ask_to_suspend, of(PLATFORM.id))
    with pytest.raises(ChangeRefused, match="1 to 365 days"):
        ask(changing_queue.ask_to_close, initech, grace=DAY / 2)
    ask(changing_queue.ask_to_suspend, initech)
    with pytest.raises(ChangeRefused, match="being done with Initech already"):
        ask(changing_queue.ask_to_close, initech)


def test_a_change_that_was_overtaken_says_so_in_its_row(populated: str, initech: Tenant) -> None:
    change = ask(changing_queue.ask_to_suspend, initech)
    with as_admin(populated) as admin:
        admin.execute("UPDATE tenants_tenant SET state = 'left' WHERE id = %s", [initech.id])
    with pytest.raises(ChangeFailed, match="is left"):
        do(populated, change)
    assert row(change).state == State.FAILED and "ChangeRefused: Initech is left" in row(change).error


def test_only_the_platform_may_ask_and_the_app_role_does_nothing(populated: str, initech: Tenant) -> None:
    with within(initech), pytest.raises(DatabaseError, match="row-level security"):
        changing_queue.ask_to_suspend(initech, "I want to", SAM)
    change = ask(changing_queue.ask_to_suspend, initech)
    with behind(OF_ACME):
        assert not StateChange.objects.exists()
    with pytest.raises(DatabaseError, match="permission denied"):
        changing_queue.carry_out(change.id)


# ---- closing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suspended", [False, True], ids=["active", "suspended"])
def test_a_closing_is_called_off_until_its_time_is_up(populated: str, initech: Tenant, suspended: bool) -> None:
    if suspended:
        do(populated, ask(changing_queue.ask_to_suspend, initech))
    before = of(initech.id).state
    do(populated, ask(changing_queue.ask_to_close, initech, "They leave", grace=10 * DAY))
    closing = of(initech.id)
    assert closing.state == Tenant.State.CLOSING and closing.closes is not None
    assert 9 * DAY < closing.closes - timezone.now() <= 10 * DAY
    status, body = at()
    assert status == 403 and b'"code":"closing"' in body and b"This account is being closed" in at("/")[1]
    waiting = drop_of(initech)
    assert not do(populated, waiting)  # it is not due
    with migrating(populated):
        assert waiting.id not in changing_queue.due()
    do(populated, ask(changing_queue.ask_to_call_off, initech, "They stay"))
    again = of(initech.id)
    assert (again.state, again.closes, drop_of(initech).state) == (before, None, State.CALLED_OFF)
    pass_time(populated, initech)
    assert not do(populated, waiting) and of(initech.id).state == before
    with within(initech):
        assert User.objects.count() == 0  # its tables are there


def test_what_is_dropped_leaves_its_certificate_and_nothing_else(populated: str, initech: Tenant) -> None:
    with within(initech):
        User.objects.create(email="ines@initech.example", name="Ines", role="owner")
        User.objects.create(email="ivan@initech.example", name="Ivan", role="engineer")
        Invitation.objects.create(email="i@initech.example", role="engineer", expires=timezone.now())
    do(populated, ask(changing_queue.ask_to_close, initech, "They leave"))
    pass_time(populated, initech)
    dropping = drop_of(initech)
    with migrating(populated):
        assert changing_queue.due() == [dropping.id]
    assert do(populated, dropping) and not do(populated, dropping)
    with as_admin(populated) as admin:
        assert admin.execute("SELECT to_regnamespace(%s)", [initech.schema_name]).fetchone() == (None,)
    with behind(staff_credentials()):
        left = DropCertificate.objects.get(tenant_id=initech.id)
        assert not Domain.objects.filter(tenant_id=initech.id).exists()
        assert not Provisioning.objects.filter(tenant_id=initech.id).exists()
    assert (left.tenant_name, left.schema, left.hosts, left.why) == (
        "Initech", initech.schema_name, [HOST], "They leave",
    )  # fmt: skip
    assert (left.rows["accounts_user"], left.rows["accounts_invitation"], left.asked_by_name) == (2, 1, "Sam")
    assert left.rows["audit_entry"] >= 4 and left.bytes > 100_000
    assert (of(initech.id).state, row(dropping).state, row(dropping).step) == (Tenant.State.LEFT, State.DONE, "drop")
    assert at() == at(host="nobody.localhost") and at("/") == (404, b"There is nothing here.\n")
    assert told(Walls(schema_of(PLATFORM.id), PLATFORM.id))[-1] == ("staff", "Sam", "Drop: They leave", "done")
    with behind(OF_ACME):
        assert User.objects.count() == 2  # whoever is not asked about stays
    with behind(staff_credentials()), pytest.raises(DatabaseError, match="permission denied"):
        DropCertificate.objects.update(why="Nothing happened")
    with migrating(populated):
        assert provision(Wanted("Initrode", HOST, Plan.Code.TEAM, uuid.uuid4())).state == Tenant.State.ACTIVE
    assert at()[0] == 401
    with as_admin(populated) as admin:
        admin.execute("DELETE FROM tenants_domain WHERE domain = %s", [HOST])


def test_a_drop_that_fails_changes_nothing_and_is_tried_again(
    populated: str, initech: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(populated, ask(changing_queue.ask_to_close, initech, "They leave"))
    pass_time(populated, initech)
    with monkeypatch.context() as broken:
        # After the schema was dropped, in the same transaction.
        broken.setattr("apps.tenants.changing.Provisioning.objects.filter", lambda **_: 1 / 0)
        with pytest.raises(ChangeFailed):
            do(populated, drop_of(initech))
    failed = drop_of(initech)
    assert failed.state == State.FAILED and "ZeroDivisionError" in failed.error
    assert of(initech.id).state == Tenant.State.CLOSING
    with behind(staff_credentials()):
        assert not DropCertificate.objects.filter(tenant_id=initech.id).exists()
    with within(initech):
        assert Entry.objects.exists()
    with migrating(populated):
        assert failed.id not in changing_queue.due()
        StateChange.objects.filter(id=failed.id).update(ended=timezone.now() - LOST_AFTER - DAY)
        assert failed.id in changing_queue.due()
    assert do(populated, failed) and of(initech.id).state == Tenant.State.LEFT


def test_what_was_lost_with_its_worker_is_taken_up_again(populated: str, initech: Tenant) -> None:
    change = ask(changing_queue.ask_to_suspend, initech)
    with migrating(populated):
        assert changing_queue._claim(change.id) is not None  # and then the worker dies
        assert change.id not in changing_queue.due()
        StateChange.objects.filter(id=change.id).update(started=timezone.now() - LOST_AFTER - DAY)
        assert change.id in changing_queue.due()
    assert do(populated, change) and row(change).state == State.DONE


def test_what_is_being_dropped_cannot_be_called_off(populated: str, initech: Tenant) -> None:
    do(populated, ask(changing_queue.ask_to_close, initech, "They leave"))
    calling = ask(changing_queue.ask_to_call_off, initech, "They stay")
    pass_time(populated, initech)
    with migrating(populated):
        assert changing_queue._claim(drop_of(initech).id) is not None
    with pytest.raises(ChangeFailed, match="being dropped now"):
        do(populated, calling)
    assert of(initech.id).state == Tenant.State.CLOSING


def test_others_are_left_alone(populated: str, initech: Tenant) -> None:
    do(populated, ask(changing_queue.ask_to_suspend, initech))
    assert at(host=ACME.host)[0] == at(host=GLOBEX.host)[0] == 401
    assert connection.alias == "default"
