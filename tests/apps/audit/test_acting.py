"""Who is acting reaches the database with every transaction, whatever happens inside of it."""

from __future__ import annotations

import uuid

import pytest
from celery import Celery
from django.db import connection, transaction

from apps.audit.acting import Acting, Actor, acting_as, current, narrating, valid_address
from apps.audit.columns import Audited, is_named_like_a_secret
from apps.audit.models import Entry
from apps.audit.vocabulary import ActorKind
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from tests.apps.audit.conftest import newest, user
from tests.apps.audit.fleet import Sailor, Ship


def actors() -> list[str]:
    return [entry.actor_name for entry in Entry.objects.filter(object_type="audit.sailor").order_by("id")]


def test_an_actor_inside_of_another_gives_way_to_it_again(alice: Acting) -> None:
    Sailor.objects.create(name="1")
    with acting_as(Actor.system("nightly")):
        Sailor.objects.create(name="2")
        assert newest()[0].request_id == alice.request_id
    Sailor.objects.create(name="3")
    assert actors() == ["Alice", "nightly", "Alice"]


def test_the_actor_survives_a_savepoint_that_is_rolled_back(in_acme: Tenant) -> None:
    with transaction.atomic():
        try:
            with transaction.atomic(), acting_as(Actor.system("inner")):
                Sailor.objects.create(name="1")
                raise RuntimeError
        except RuntimeError:
            pass
        with acting_as(Actor.system("outer")):
            Sailor.objects.create(name="2")
            try:
                with transaction.atomic():
                    Sailor.objects.create(name="3")
                    raise RuntimeError
            except RuntimeError:
                pass
            Sailor.objects.create(name="4")
    assert actors() == ["outer", "outer"]


@pytest.mark.django_db(transaction=True)
def test_the_actor_does_not_outlive_its_transaction(in_acme: Tenant) -> None:
    with acting_as(Actor.system("first")):
        Sailor.objects.create(name="1")
    Sailor.objects.create(name="2")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.actor', true)")
        assert cursor.fetchone() == ("",)
    assert actors() == ["first", "specward_app"]


def test_the_actor_goes_with_it_from_tenant_to_tenant(acme: Tenant, globex: Tenant) -> None:
    with acting_as(Actor.system("rotate")):
        for each in (acme, globex):
            with within(each):
                Sailor.objects.create(name="1")
                assert actors() == ["rotate"]


@pytest.mark.parametrize(
    "name", ["O'Brien", "100% \\ ; DROP TABLE audit_entry --", 'a"b', "\U0001f600 é", "a\0b", "\ud800"]
)
def test_any_name_is_data(in_acme: Tenant, name: str) -> None:
    with acting_as(Acting(Actor(ActorKind.USER, name, id=uuid.uuid4()), narrative=name)):
        Sailor.objects.create(name="1")
        Sailor.objects.filter(name="1").update(name="2")
    kept = name.replace("\0", "").encode("utf-8", "replace").decode()
    assert [(e.actor_name, e.narrative) for e in newest(2)] == [(kept, kept)] * 2


def test_what_the_application_is_doing_stands_in_the_entry(alice: Acting) -> None:
    with narrating("Alice invites Bob"):
        Sailor.objects.create(name="1")
    assert newest()[0].narrative == "Alice invites Bob"
    assert current() == alice


@pytest.mark.parametrize(
    ("given", "kept"),
    [("192.0.2.7", "192.0.2.7"), ("2001:DB8::1", "2001:db8::1"), ("fe80::1%eth0", "fe80::1")]
    + [(bad, None) for bad in ("", None, "unix:", "1.2.3", "1.2.3.4, 5.6.7.8", "localhost", "<script>")],
)
def test_only_an_address_is_kept_as_one(given: str | None, kept: str | None) -> None:
    assert valid_address(given) == kept


def test_a_task_acts_as_system_by_its_name(in_acme: Tenant) -> None:
    app = Celery("tests", broker="memory://", set_as_current=False)

    @app.task(name="ships.count")
    def count(fail: bool) -> None:
        Sailor.objects.create(name=str(fail))
        if fail:
            raise RuntimeError("lost")

    count.apply(args=[False])
    count.apply(args=[True])
    assert {(e.actor_kind, e.actor_name) for e in newest(2)} == {(ActorKind.SYSTEM, "ships.count")}
    assert current() is None


def test_secrets_stand_as_digests(in_acme: Tenant, globex: Tenant) -> None:
    Ship.objects.create(name="Argo", api_key="1234", sealed_log=b"5678", story="once " * 2000)
    Ship.objects.update(api_key="4321")
    Ship.objects.update(api_key="1234")
    bob = user("Bob")
    bob.set_password("correct horse")
    bob.save()
    made, there, back, _, changed = newest(5)
    shown = [entry.changes or {} for entry in (made, there, back, changed)]
    for secret in ("1234", "4321", "5678", "35363738", "once", "argon2", "pbkdf2"):
        assert secret not in str(shown)
    at_first, changed_there, changed_back, of_bob = shown
    digest = at_first["api_key"][1]["digest"]
    assert len(digest) == 64 and changed_there["api_key"][0] == changed_back["api_key"][1] == {"digest": digest}
    assert at_first["sealed_log"][0] is None and set(at_first["sealed_log"][1]) == {"digest"}
    assert set(of_bob) == {"password"}
    with within(globex):
        Ship.objects.create(name="Argo", api_key="1234")
        assert (newest()[0].changes or {})["api_key"][1]["digest"] != digest


def test_a_column_that_churns_is_no_entry_by_itself(in_acme: Tenant) -> None:
    bob = user("Bob")
    before = Entry.objects.count()
    type(bob).objects.update(last_login="2026-01-01T00:00:00Z")
    assert Entry.objects.count() == before
    type(bob).objects.update(last_login="2026-01-02T00:00:00Z", name="Robert")
    assert newest()[0].changes == {"name": ["Bob", "Robert"]}


@pytest.mark.parametrize(
    "name", ["password", "token_hash", "api_key", "apiKey", "data_key", "otp", "pin", "session", "x_secret_y"]
)
def test_named_like_a_secret(name: str) -> None:
    assert is_named_like_a_secret(name)


@pytest.mark.parametrize(
    "name", ["name", "keyboard", "spinning", "machine", "email", "role", "hashtag", "sessions_count"]
)
def test_not_named_like_a_secret(name: str) -> None:
    assert not is_named_like_a_secret(name)


def test_a_declaration_gives_its_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        Audited(churning={"last_login": ""})
    with pytest.raises(ValueError, match="not both"):
        Audited(secret={"a": "b"}, shown={"a": "b"})
