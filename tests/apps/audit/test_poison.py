"""Somebody with the app role's SQL, or an owner of the database, wants a log to stand still or its verifier blind."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from psycopg.types.json import Jsonb

from apps.audit import log_keys, placed
from apps.audit.errors import LogKeyMissing
from apps.audit.log_keys import ask_for_another, reigns
from apps.audit.models import Checkpoint, Entry, Head, Leaf
from apps.audit.placed import signed_size
from apps.audit.recording import record
from apps.audit.sequencing import Sequencer, sequence
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from apps.tenants.walls import PLATFORM_ID, Walls, behind, schema_of, within
from specward.tlog import SigningKey, verify
from tests.apps.audit.conftest import as_role
from tests.apps.audit.logs import assert_whole
from tests.apps.audit.tampering import Owner, bundle, change, look, named
from tests.apps.conftest import tenant
from tests.cast import ACME, GLOBEX

pytestmark = pytest.mark.django_db(transaction=True)
CHECK = int(Action.CHECK)


@pytest.fixture
def acme() -> Iterator[Tenant]:
    """Acme, whose log is placed and signed up to now."""
    found = tenant(ACME)
    with within(found):
        sequence()
        sequence()
        yield found


@pytest.fixture
def mallory(acme: Tenant) -> Iterator[psycopg.Connection]:
    """Mallory, who got hold of the app role's password, and no more than that."""
    with as_role(Role.APP, acme) as raw:
        yield raw


@pytest.fixture
def owner(acme: Tenant) -> Iterator[Owner]:
    """Somebody who owns the database."""
    found = Owner.of(acme, 0)
    yield found
    found.connection.close()


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


# ---- entries that cannot be written as they are ---------------------------------------------------------------------

HOSTILE = {
    "deep": nested(5_000),
    "as deep as it may be": nested(64),
    "a number beyond a double": '{"n": 1e400}',
    "a number with 100,000 digits": '{"n": 1e100000}',
    "thirty digits": '{"n": 1000000000000000000000000000000}',
    "a small number": '{"n": 1e-400}',
    "a number that is not the shortest": '{"n": 1.000}',
    "no object": "[1, 2]",
    "a text": '"x"',
    "nothing": "null",
    "controls": '{"a": "\\u0001\\u001f\\u007f\\u2028\\ud83d\\ude00"}',
    "names that are others'": '{"prunes": [0, 1], "log_key": "x", "time": 1, "logged": 2}',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_no_entry_makes_a_log_stand_still(acme: Tenant, mallory: psycopg.Connection, what: str) -> None:
    for action in (CHECK, int(Action.EXPORT), int(Action.STATE_CHANGE)):
        mallory.execute(
            "INSERT INTO audit_entry (action, changes, additional_data) VALUES (%s, %s, %s)",
            [action, HOSTILE[what], HOSTILE[what]],
        )
    assert sequence().placed.entries == 3
    assert_whole()
    assert verify(bundle(), reigns()[0].key).findings == []


def test_no_entry_fills_the_memory(acme: Tenant, mallory: psycopg.Connection) -> None:
    for column in ("changes", "additional_data"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="256 KiB"):
            mallory.execute(
                f"INSERT INTO audit_entry (action, {column}) VALUES (%s, %s)", [CHECK, Jsonb({"a": "x" * 300_000})]
            )
    assert not has_news()


def has_news() -> bool:
    return bool(sequence().placed.entries)


def test_an_entry_that_only_says_that_a_key_took_over_is_refused(acme: Tenant, mallory: psycopg.Connection) -> None:
    """The verifier would expect that key's signature for ever."""
    for key in ("nonsense", str(SigningKey.generate(reigns()[0].key.name).verifier)):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            mallory.execute(
                "INSERT INTO audit_entry (action, additional_data) VALUES (%s, %s)",
                [int(Action.LOG_KEY), Jsonb({"log_key": key})],
            )
    sequence()
    assert verify(bundle(), reigns()[0].key).findings == []


# ---- the app role writes into the tree ------------------------------------------------------------------------------

LEAF = "INSERT INTO audit_leaf (index, entry_id, form, hash, salt, logged) SELECT {}, {}, 1, sha256('x'), NULL, now()"
INTO_THE_TREE = {
    "a leaf where the next one goes": LEAF.format("(SELECT size FROM audit_head)", "(SELECT max(id) FROM audit_entry)"),
    "a leaf far away, which hides an entry": LEAF.format("10^12", "(SELECT max(id) FROM audit_entry)"),
    "a leaf for an entry to come": LEAF.format("10^12", "(SELECT max(id) + 1 FROM audit_entry)"),
    "a leaf that is changed": "UPDATE audit_leaf SET salt = NULL",
    "a tile": "INSERT INTO audit_node (level, index, hash) VALUES (1, 0, sha256('x'))",
    "a head that has seen everything": "UPDATE audit_head SET settled = '999999999:999999999:'",
    "a head with another frontier": "UPDATE audit_head SET frontier = sha256('x')",
    "a head that is locked": "SELECT FROM audit_head FOR UPDATE",
    "a head of a table that is locked": "DO $$ BEGIN LOCK TABLE audit_head IN SHARE MODE; END $$",
    "a checkpoint": "INSERT INTO audit_checkpoint (size, root, note, signed, entries, waited) "
    "SELECT size, 'x', 'x', now(), 1, 0 FROM audit_head",
    "a key": "INSERT INTO audit_logkey (id, vkey, entry_id, made) SELECT gen_random_uuid(), 'x', 1, now()",
    "a hash of an own choice": "UPDATE audit_leaf SET hash = sha256('x')",
}


@pytest.mark.parametrize("what", INTO_THE_TREE)
def test_the_app_role_writes_nothing_into_the_tree(acme: Tenant, mallory: psycopg.Connection, what: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        mallory.execute(INTO_THE_TREE[what])
    record(Action.CHECK)
    assert sequence().placed.entries == 1
    assert_whole()


def test_the_app_role_puts_no_seed_in(acme: Tenant, mallory: psycopg.Connection) -> None:
    schema = schema_of(PLATFORM_ID)
    mallory.execute(f"SET app.current_tenant_id = '{PLATFORM_ID}'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        mallory.execute(
            f"INSERT INTO {schema}.audit_logseed (id, tenant_id, seed) VALUES (gen_random_uuid(), %s, 'x')", [acme.id]
        )


def test_the_sequencer_role_says_nothing_but_which_key_signs_and_takes_nothing_away(acme: Tenant) -> None:
    with as_role(Role.SEQUENCER, acme) as raw:
        for statement in (
            f"INSERT INTO audit_entry (action) VALUES ({CHECK})",
            """INSERT INTO audit_entry (action, additional_data) VALUES (12, '{"prunes": [0, 1]}')""",
            "UPDATE audit_entry SET narrative = 'x'",
            "DELETE FROM audit_entry",
            "UPDATE audit_leaf SET salt = NULL",
            "DELETE FROM audit_leaf",
            "DELETE FROM audit_head",
            "UPDATE audit_checkpoint SET note = 'x'",
            "UPDATE audit_logkey SET vkey = 'x'",
            "SELECT FROM accounts_user",
            "SELECT FROM audit_export",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(statement)


def test_a_new_key_is_asked_for_by_the_app_and_made_by_the_sequencer(acme: Tenant) -> None:
    before = len(reigns())
    ask_for_another()
    ask_for_another()
    done = sequence()
    assert done.placed.entries == 4  # two that ask, the one that says so, and the key's own row
    assert len(reigns()) == before + 1
    assert sequence().placed.entries == 0
    assert_whole()
    assert verify(bundle(), reigns()[0].key).findings == []


def test_who_asks_for_keys_again_and_again_gets_one_an_hour_and_no_more_than_a_bundle_holds(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle with more than 100 keys is refused, and no key can be taken back."""
    for _ in range(3):
        ask_for_another()
        sequence()
    assert len(reigns()) == 2
    monkeypatch.setattr(log_keys, "APART", datetime.timedelta())
    sequence()
    assert len(reigns()) == 3
    monkeypatch.setattr(log_keys, "MOST", 3)
    ask_for_another()
    sequence()
    assert len(reigns()) == 3
    assert verify(bundle(), reigns()[0].key).findings == []


# ---- one log that cannot be gone on with ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {0}.audit_head SET settled = 'nonsense'",
        "UPDATE {0}.audit_head SET frontier = 'x'",
        "UPDATE {0}.audit_logkey SET vkey = 'nonsense'",
        "UPDATE {0}.audit_entry SET timestamp = 'infinity'",
        "UPDATE {0}.audit_entry SET timestamp = '20000-01-01'",
    ],
)
def test_whatever_is_wrong_with_one_log_the_others_go_on(acme: Tenant, owner: Owner, statement: str) -> None:
    with behind(Walls()):
        sequencer = Sequencer()
        while sequencer.round():
            pass
    record(Action.CHECK)
    owner.do("ALTER TABLE audit_logkey DISABLE TRIGGER USER")
    for table in ("head", "entry"):
        owner.do(f"ALTER TABLE audit_{table} DISABLE TRIGGER USER")
    owner.do(statement.format(acme.schema_name))
    other = Walls(schema_of(PLATFORM_ID), PLATFORM_ID)
    with behind(other):
        record(Action.CHECK)
        before = Leaf.objects.count()
    with behind(Walls()):
        sequencer.round()
    with behind(other):
        assert Leaf.objects.count() == before + 1


def test_a_log_that_was_moved_to_another_cluster_is_seen_to_have_work(acme: Tenant, owner: Owner) -> None:
    owner.do("ALTER TABLE audit_head DISABLE TRIGGER USER")
    owner.do("UPDATE audit_head SET system = 'another', settled = '900000000:900000000:'")
    owner.do("ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_moves")
    sequencer = Sequencer()
    with behind(Walls()):
        sequencer.round()
    record(Action.CHECK)
    with behind(Walls()):
        sequencer.round()
    assert assert_whole() == Entry.objects.count()
    assert Head.objects.get().system != "another"


# ---- an owner wants the signer's signature --------------------------------------------------------------------------


def test_a_log_that_was_written_anew_without_its_checkpoints_is_not_signed(
    acme: Tenant, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    """By one bundle nobody could tell: all hashes are right, and the key's signature would be."""
    sequencer = Sequencer()
    with behind(Walls()):
        while sequencer.round():
            pass
    with stopped(owner):
        change(owner, 3, "object_repr")
        owner.hash_again()
        owner.do("DELETE FROM audit_checkpoint")
    record(Action.CHECK)
    with behind(Walls()):
        sequencer.round()
    assert not Checkpoint.objects.exists()
    assert "tree-does-not-continue" in caplog.text


def test_a_log_that_was_rolled_back_is_not_signed_on(
    acme: Tenant, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    owner.keep("kept_then")
    sequencer = Sequencer()
    record(Action.CHECK)
    with behind(Walls()):
        while sequencer.round():
            pass
    with stopped(owner):
        owner.restore("kept_then")
    before = signed_size()
    record(Action.CHECK)
    with behind(Walls()):
        sequencer.round()
    assert signed_size() == before
    assert "tree-does-not-continue" in caplog.text


@contextmanager
def stopped(owner: Owner) -> Iterator[None]:
    """Without triggers: they are as they should be after it."""
    owner.stop_triggers()
    yield
    for table in ("entry", "leaf", "node", "head", "checkpoint"):
        for (name,) in owner.ask(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", f"audit_{table}"
        ):
            owner.do(f"ALTER TABLE audit_{table} ENABLE ALWAYS TRIGGER {name}")


def test_no_log_is_signed_by_the_key_of_another(acme: Tenant, owner: Owner) -> None:
    """Globex's log as Acme's tables say it is, by the key that Globex's customers trust."""
    globex = tenant(GLOBEX)
    with within(globex):
        sequence()
    owner.do("ALTER TABLE audit_logkey DISABLE TRIGGER USER")
    owner.do("DELETE FROM audit_logkey")
    owner.do("SELECT set_config('app.current_tenant_id', %s, false)", str(globex.id))
    owner.do(f"INSERT INTO audit_logkey SELECT * FROM {globex.schema_name}.audit_logkey WHERE entry_id IS NULL")
    with stopped(owner):
        owner.do("DELETE FROM audit_checkpoint")
    record(Action.CHECK)
    for seeds in ("nothing", f"UPDATE {schema_of(PLATFORM_ID)}.audit_logseed SET tenant_id = '{acme.id}'"):
        if seeds != "nothing":
            owner.do(f"ALTER TABLE {schema_of(PLATFORM_ID)}.audit_logseed DISABLE TRIGGER USER")
            owner.do(seeds)
        with pytest.raises(LogKeyMissing):
            sequence()
    assert not Checkpoint.objects.exists()


# ---- what an owner changes about a row and nobody sees --------------------------------------------------------------

LOOKS_THE_SAME = {
    "a text for a number": ("additional_data", '{"n": 1.00}', '{"n": "1.00"}'),
    "a text for a large number": ("additional_data", '{"n": 1e30}', '{"n": "1000000000000000000000000000000"}'),
    "a number for a text within": ("changes", '{"n": [{"a": "1.50"}, 2.50]}', '{"n": [{"a": 1.50}, "2.50"]}'),
    "a digest for a deep one": ("additional_data", nested(80), None),
    "an empty text for nothing": ("additional_data", '""', None),
    "a null for nothing": ("additional_data", "null", None),
    "an object for a digest": ("changes", nested(80), None),
}


@pytest.mark.parametrize("what", LOOKS_THE_SAME)
def test_another_document_is_another_content(
    acme: Tenant, owner: Owner, mallory: psycopg.Connection, what: str
) -> None:
    column, was, becomes = LOOKS_THE_SAME[what]
    mallory.execute(f"INSERT INTO audit_entry (action, {column}) VALUES (%s, %s)", [CHECK, was])
    sequence()
    (before,) = placed.read(Leaf.objects.count() - 1, Leaf.objects.count() - 1)
    assert isinstance(before, placed.Placed) and before.is_as_logged
    if "digest" in what:
        found = [value for value in before.entry.values() if isinstance(value, dict) and "bytes" in value]
        becomes = Jsonb(found[0]) if found else None  # type: ignore[assignment]
    owner.stop_triggers()
    assert owner.do(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", becomes, before.entry["id"]) == 1
    (after,) = placed.read(before.index, before.index)
    assert isinstance(after, placed.Placed)
    assert not after.is_as_logged


VALUES = {
    "content_type_id": "7",
    "remote_addr": "'192.0.2.0/24'",
    "timestamp": "timestamp - interval '4051 years'",
}


def test_every_column_of_an_entry_is_hashed(acme: Tenant, owner: Owner) -> None:
    """Two that nobody ever writes, and a time that prints like another, are no exception."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'audit_entry'::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attname <> 'id'"
        )
        columns = [name for (name,) in cursor.fetchall()]
    from tests.apps.audit import tampering

    assert set(columns) == set(tampering.COLUMNS) | {"content_type_id"}
    record(Action.CHECK, details={"n": 1})
    sequence()
    at = Leaf.objects.count() - 1
    owner.stop_triggers()
    owner.keep("kept")
    changes = {column: None for column in columns if column != "content_type_id"} | VALUES
    for column, value in [*changes.items(), *((c, None) for c in ("remote_addr", "timestamp"))]:
        if value is None:
            change(owner, at, column)
        else:
            owner.do("UPDATE audit_entry SET remote_addr = '192.0.2.0' WHERE id = (SELECT max(id) FROM audit_entry)")
            (one,) = placed.read(at, at)
            content = one.content  # type: ignore[union-attr]
            owner.do(f"UPDATE audit_entry SET {column} = {value} WHERE id = (SELECT max(id) FROM audit_entry)")
            (one,) = placed.read(at, at)
            assert one.content != content, column  # type: ignore[union-attr]
        (one,) = placed.read(at, at)
        assert isinstance(one, placed.Placed) and not one.is_as_logged, column
        owner.restore("kept")


@pytest.mark.parametrize("value", ["'infinity'", "'-infinity'", "'20000-01-01'", "timestamp - interval '4051 years'"])
@pytest.mark.parametrize("table", ["entry", "leaf"])
def test_a_time_that_is_none_is_named_and_stops_no_export(acme: Tenant, owner: Owner, value: str, table: str) -> None:
    owner.stop_triggers()
    column = "timestamp" if table == "entry" else "logged"
    owner.do(
        f"UPDATE audit_{table} SET {column} = {value.replace('timestamp', column)} "
        f"WHERE {'id = (SELECT entry_id FROM audit_leaf WHERE index = 3)' if table == 'entry' else 'index = 3'}"
    )
    assert ("changed", 3, 3) in named(look(reigns()[0].key))
