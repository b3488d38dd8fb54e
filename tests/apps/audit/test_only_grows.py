"""Nobody changes, removes or forges an entry: not the app role by any statement, nor the pruner, nor the owner."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit.acting import Acting
from apps.audit.errors import LogOnlyGrows, TriggerWritesThis
from apps.audit.models import DigestKey, Entry
from apps.audit.recording import record
from apps.audit.vocabulary import Action, ActorKind, Source
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from tests.apps.audit.conftest import ALICE_ID, as_role, newest, superuser, user

ENTRY = "(action, object_type, changes) VALUES (3, 'audit.ship', '{}')"

REFUSED_TO_APP = {
    "update": "UPDATE audit_entry SET narrative = 'x'",
    "update of no row": "UPDATE audit_entry SET narrative = 'x' WHERE false",
    "update of one column": "UPDATE audit_entry SET timestamp = now()",
    "delete": "DELETE FROM audit_entry",
    "truncate": "TRUNCATE audit_entry",
    "truncate that cascades": "TRUNCATE accounts_user CASCADE",
    "truncate of what is captured": "TRUNCATE audit_ship CASCADE",
    "lock": "SELECT * FROM audit_entry FOR UPDATE",
    "share lock": "SELECT * FROM audit_entry FOR KEY SHARE",
    "exclusive table lock": "LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE",
    "upsert": f"INSERT INTO audit_entry {ENTRY} ON CONFLICT (id) DO UPDATE SET action = 0",
    "merge": "MERGE INTO audit_entry e USING (VALUES (1)) v ON true WHEN MATCHED THEN DELETE",
    "merge that updates": "MERGE INTO audit_entry USING (VALUES (1)) v ON true WHEN MATCHED THEN UPDATE SET action = 0",
    "copy": "COPY audit_entry (action) FROM STDIN",
    "disable a trigger": "ALTER TABLE audit_entry DISABLE TRIGGER audit_refuse",
    "disable all triggers": "ALTER TABLE audit_ship DISABLE TRIGGER ALL",
    "drop a trigger": "DROP TRIGGER audit_capture ON audit_ship",
    "drop the table": "DROP TABLE audit_entry",
    "rename the table": "ALTER TABLE audit_entry RENAME TO gone",
    "a rule": "CREATE RULE lost AS ON INSERT TO audit_entry DO INSTEAD NOTHING",
    "act as a replica": "SET session_replication_role = replica",
    "become the owner": "SET ROLE specward_owner",
    "become the pruner": "SET ROLE specward_pruner",
    "replace a function": "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "call a digest": "SELECT audit_digest('audit_ship.api_key', '\"1234\"')",
    "read the key of digests": "SELECT * FROM audit_digestkey",
    "change the key of digests": "UPDATE audit_digestkey SET key = '\\x00'",
    "take ids ahead": "SELECT setval('audit_entry_id_seq', 1)",
    "an id": f"INSERT INTO audit_entry {ENTRY.replace('(action', '(id, action').replace('(3,', '(1, 3,')}",
    "a create": "INSERT INTO audit_entry (action, object_type) VALUES (0, 'accounts.user')",
    "a deletion": "INSERT INTO audit_entry (action, source) VALUES (2, 'database')",
    "an action of none": "INSERT INTO audit_entry (action) VALUES (NULL)",
    "a temporary table in its place": "CREATE TEMP TABLE audit_entry (id int)",
}


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        if statement.startswith("COPY"):
            with cursor.copy(statement) as copying:
                copying.write("3\n")
        else:
            cursor.execute(statement)


@pytest.mark.parametrize("statement", REFUSED_TO_APP.values(), ids=REFUSED_TO_APP)
def test_the_app_role_is_refused(statement: str, alice: Acting) -> None:
    user("Bob")
    before = list(Entry.objects.order_by("id").values())
    with pytest.raises((DatabaseError, psycopg.DatabaseError)), transaction.atomic():
        run(statement)
    assert list(Entry.objects.order_by("id").values()) == before


def test_what_a_statement_says_of_who_and_when_is_overwritten(alice: Acting) -> None:
    mallory = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (id, action, timestamp, actor_id, actor_name, actor_email, actor_kind, source, "
            "request_id, transaction_id, database_role, remote_addr, actor_token) OVERRIDING SYSTEM VALUE VALUES "
            "(9000000, 3, '2001-01-01', %s, 'Mallory', 'm@x', 'staff', 'database', %s, 7, 'root', '10.0.0.1', %s)",
            [mallory, mallory, mallory],
        )
    [entry] = newest()
    assert entry.id < 9_000_000 and entry.timestamp.year > 2001 and entry.transaction_id != 7
    assert (entry.actor_id, entry.actor_name, entry.actor_email) == (ALICE_ID, "Alice", "alice@acme.example")
    assert (entry.actor_kind, entry.source, entry.database_role) == (
        ActorKind.USER,
        Source.APPLICATION,
        "specward_app",
    )
    assert entry.request_id == alice.request_id and entry.remote_addr == "192.0.2.7" and entry.actor_token is None


@pytest.mark.usefixtures("alice")
def test_python_refuses_it_before_the_database_does() -> None:
    record(Action.ACCESS)
    [entry] = newest()
    entry.narrative = "another"
    for changing in (
        entry.save,
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.all()._raw_delete("default"),
        lambda: Entry.objects.update(narrative=""),
        lambda: Entry.objects.bulk_update([entry], ["narrative"]),
        lambda: Entry.objects.update_or_create(id=entry.id, defaults={"narrative": ""}),
        lambda: Entry.objects.bulk_create(
            [entry], update_conflicts=True, update_fields=["action"], unique_fields=["id"]
        ),
        lambda: Entry.objects.bulk_create([Entry(action=3)], ignore_conflicts=True),
        Entry.objects.select_for_update,
    ):
        with pytest.raises(LogOnlyGrows):
            changing()
    with pytest.raises(TriggerWritesThis):
        record(Action.DELETE)
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.save_base(force_update=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        list(DigestKey.objects.all())


@pytest.mark.usefixtures("alice")
def test_people_go_and_their_entries_stay() -> None:
    bob = user("Bob")
    key = bob.pk
    bob.delete()
    assert [(e.action, e.object_repr) for e in Entry.objects.get_for_object(type(bob)(pk=key)).order_by("id")] == [
        (Action.CREATE, "Bob"),
        (Action.DELETE, "Bob"),
    ]


@pytest.fixture
def acme_committed(transactional_db: None) -> Tenant:
    """Acme, with one entry that other connections see."""
    from apps.tenants.walls import within
    from tests.apps.conftest import tenant
    from tests.cast import ACME

    found = tenant(ACME)
    with within(found):
        record(Action.CHECK)
    return found


def test_the_pruner_changes_nothing_and_removes_nothing_that_nobody_announced(acme_committed: Tenant) -> None:
    """What it removes otherwise, and when: tests/apps/audit/test_pruning.py."""
    with as_role(Role.PRUNER, acme_committed) as pruner:
        for statement in (
            "DELETE FROM audit_entry",
            "UPDATE audit_entry SET action = 0",
            "TRUNCATE audit_entry",
            f"INSERT INTO audit_entry {ENTRY}",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                pruner.execute(statement)


def test_the_pruner_of_one_tenant_meets_no_entry_of_another(acme_committed: Tenant) -> None:
    from tests.apps.conftest import tenant
    from tests.cast import GLOBEX

    globex = tenant(GLOBEX)
    with as_role(Role.PRUNER, globex) as pruner:
        found = pruner.execute(f"SELECT count(*) FROM {acme_committed.schema_name}.audit_entry").fetchone()
        assert found == (0,)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action = 0", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
@pytest.mark.parametrize("as_replica", [False, True], ids=["", "as a replica"])
def test_not_even_the_owner_or_a_superuser_changes_it_by_a_plain_statement(
    acme_committed: Tenant, statement: str, as_replica: bool
) -> None:
    """They can take the triggers away; the check sees that."""
    with as_role(Role.MIGRATOR, acme_committed) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute(statement)
    with superuser() as root:
        root.execute(f"SET search_path = {acme_committed.schema_name}")
        if as_replica:
            root.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is refused"):
            root.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is refused"):
            root.execute("DELETE FROM audit_digestkey")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is refused"):
            root.execute("TRUNCATE audit_ship CASCADE")


def test_what_came_past_the_application_says_so(acme_committed: Tenant) -> None:
    from apps.tenants.walls import within

    with as_role(Role.APP, acme_committed) as raw:
        raw.execute("INSERT INTO audit_sailor (name) VALUES ('Nobody')")
    with as_role(Role.MIGRATOR, acme_committed) as owner:
        owner.execute("DELETE FROM audit_sailor")
    with within(acme_committed):
        came, went = newest(2)
        assert (came.actor_kind, came.actor_name, came.is_narrated) == (ActorKind.DATABASE, "specward_app", False)
        assert (went.actor_kind, went.actor_name, went.is_narrated) == (ActorKind.DATABASE, "specward_migrator", False)
        assert str(went) == "delete audit.sailor Nobody (no application narrative)"
