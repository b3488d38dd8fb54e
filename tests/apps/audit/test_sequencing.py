"""Entries get their places: gap-free, in the order in which transactions ended, each once."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from django.db import transaction

from apps.audit.errors import EntriesNotSettled, LogKeyMissing, TreeDoesNotContinue
from apps.audit.log_keys import ask_for_another, reigns
from apps.audit.merge_delay import delay
from apps.audit.models import Checkpoint, Entry, Head, Leaf, LogKey, LogSeed, Node
from apps.audit.placing import has_work
from apps.audit.recording import record
from apps.audit.sequencing import Sequencer, sequence
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.roles import Role
from apps.tenants.walls import PLATFORM_ID, Walls, behind, schema_of, within
from apps.vault import tenant_keys
from apps.vault.errors import KeyDisabled
from apps.vault.sealing import seal
from specward.tlog import NoteRefused, open_checkpoint
from tests.apps.audit.as_sequencer import ensure_key, place, rotate, sign
from tests.apps.audit.conftest import as_role, superuser
from tests.apps.audit.logs import assert_whole, at_work, keys, names_in_order, ship
from tests.apps.audit.tampering import Owner, change
from tests.apps.conftest import tenant
from tests.cast import ACME, GLOBEX

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Iterator[Tenant]:
    """Acme, whose log is placed and signed up to now."""
    found = tenant(ACME)
    with within(found):
        sequence()
        sequence()
        yield found


def test_everything_that_was_committed_gets_a_place_and_a_signature(acme: Tenant) -> None:
    record(Action.CHECK)
    size = Entry.objects.count()
    done = sequence()
    assert (done.placed.entries, done.placed.size) == (1, size)
    assert done.signed is not None
    assert (done.signed.size, done.signed.entries) == (size, 1)
    assert assert_whole() == size


def test_where_nothing_is_new_nothing_is_placed_signed_or_written(acme: Tenant) -> None:
    before = Head.objects.values().get()
    assert has_work()[0] is False
    done = sequence()
    assert (done.placed.entries, done.signed) == (0, None)
    assert Head.objects.values().get() == before


def test_who_took_an_id_early_and_commits_late_comes_late_and_what_was_rolled_back_leaves_no_gap(acme: Tenant) -> None:
    with at_work(acme, 3) as (early, undone, late):
        early.execute("BEGIN")
        ship(early, "Early Bird")
        undone.execute("BEGIN")
        ship(undone, "Never Was")
        ship(late, "Late Comer")
        undone.execute("ROLLBACK")
        sequence()
        assert names_in_order()[-1:] == ["Late Comer"]
        early.execute("COMMIT")
        sequence()
    assert names_in_order()[-2:] == ["Late Comer", "Early Bird"]
    ids = dict(Entry.objects.filter(object_type="audit.ship").values_list("object_repr", "id"))
    assert ids["Early Bird"] < ids["Late Comer"]
    assert "Never Was" not in names_in_order()
    assert_whole()


def test_the_entries_of_one_transaction_stand_together_in_their_order(acme: Tenant) -> None:
    with at_work(acme, 2) as (one, two):
        for writer in (one, two):
            writer.execute("BEGIN")
        for number in range(3):
            ship(one, f"One {number}")
            ship(two, f"Two {number}")
        two.execute("COMMIT")
        one.execute("COMMIT")
    sequence()
    assert names_in_order()[-6:] == [
        *(f"One {number}" for number in range(3)),
        *(f"Two {number}" for number in range(3)),
    ]
    assert_whole()


def test_a_transaction_that_stays_open_holds_nobody_up(acme: Tenant) -> None:
    with at_work(acme, 2) as (slow, quick):
        slow.execute("BEGIN")
        ship(slow, "Slow")
        for number in range(20):
            ship(quick, f"Quick {number}")
            assert sequence().placed.entries == 1
        ship(slow, "Slow still")
        slow.execute("COMMIT")
    assert sequence().placed.entries == 2
    assert names_in_order()[-22:] == [*(f"Quick {number}" for number in range(20)), "Slow", "Slow still"]
    assert_whole()


def test_what_waited_is_counted_from_when_it_was_there_to_be_placed(acme: Tenant) -> None:
    with at_work(acme) as (slow,):
        slow.execute("BEGIN")
        ship(slow, "Slow")
        Leaf.objects.count()
        waits, looked = has_work()
        assert not waits
        slow.execute("COMMIT")
    entry = Entry.objects.get(object_repr="Slow")
    done = sequence(looked).signed
    assert done is not None
    assert entry.timestamp < looked < done.signed
    assert done.waited <= (done.signed - looked) / datetime.timedelta(milliseconds=1) + 1


@pytest.mark.parametrize("together", [20_000, 1], ids=["at once", "in parts"])
def test_who_waited_for_another_stands_behind_it_whoever_began_first(acme: Tenant, together: int) -> None:
    """The first to take a number changes the row last: by numbers alone the row's history would run backwards."""
    with at_work(acme, 2) as (first, second):
        ship(first, "Contested")
        first.execute("BEGIN")
        ship(first, "First's own")  # takes its number now
        second.execute("UPDATE audit_ship SET bearing = 1 WHERE name = 'Contested'")
        first.execute("UPDATE audit_ship SET bearing = 2 WHERE name = 'Contested'")
        first.execute("COMMIT")
    place(together=together)
    sequence()
    updates = Entry.objects.filter(object_repr="Contested", action=Action.UPDATE)
    places = dict(Leaf.objects.filter(entry_id__in=updates.values("id")).values_list("entry_id", "index"))
    in_order = sorted(updates, key=lambda entry: places[entry.id])
    assert [entry.changes["bearing"] for entry in in_order] == [[0, 1], [1, 2]]
    assert in_order[0].transaction_id > in_order[1].transaction_id
    assert_whole()


def test_a_backlog_is_placed_in_parts_each_of_whole_transactions(acme: Tenant) -> None:
    with at_work(acme) as (writer,):
        for number in range(7):
            writer.execute("BEGIN")
            for part in range(3):
                ship(writer, f"{number}.{part}")
            writer.execute("COMMIT")
    assert place(together=4).entries == 21
    assert names_in_order()[-21:] == [f"{number}.{part}" for number in range(7) for part in range(3)]
    sequence()
    assert_whole()


def test_within_a_transaction_nothing_can_be_placed(acme: Tenant) -> None:
    with transaction.atomic(), pytest.raises(EntriesNotSettled, match="Let it end first"):
        place()


def test_of_two_sequencers_one_leaves_the_log_to_the_other(acme: Tenant) -> None:
    record(Action.CHECK)
    with as_role(Role.SEQUENCER, acme) as other:
        other.execute("BEGIN")
        other.execute("SELECT FROM audit_head FOR UPDATE")
        assert place().busy
        other.execute("ROLLBACK")
    assert sequence().placed.entries == 1
    assert_whole()


def test_a_log_that_was_moved_to_another_cluster_goes_on_where_transactions_count_lower(acme: Tenant) -> None:
    record(Action.CHECK)
    with superuser() as admin:
        # As it is after a restore into a new cluster: numbers of before are far above those of now.
        admin.execute("SET session_replication_role = replica")
        admin.execute(f"ALTER TABLE {acme.schema_name}.audit_head DISABLE TRIGGER USER")
        admin.execute(f"UPDATE {acme.schema_name}.audit_head SET system = 'another', settled = '900000000:900000000:'")
        admin.execute(f"ALTER TABLE {acme.schema_name}.audit_head ENABLE ALWAYS TRIGGER audit_head_moves")
    assert has_work()[0] and delay().since == Entry.objects.order_by("-id")[0].timestamp
    assert sequence().placed.entries == 1
    record(Action.CHECK)
    assert sequence().placed.entries == 1
    assert_whole()


def test_a_tree_over_many_tiles_is_read_by_its_tiles(acme: Tenant) -> None:
    with at_work(acme) as (writer,):
        writer.execute(
            "INSERT INTO audit_ship (name, bearing, api_key, story) "
            "SELECT 'Armada ' || n, 0, '', '' FROM generate_series(1, 1500) n"
        )
    sequence()
    assert Node.objects.filter(level=1).count() == assert_whole() // 256 > 4


# ---- keys -----------------------------------------------------------------------------------------------------------


def test_a_new_key_takes_over_by_an_entry_and_both_sign_what_covers_it(acme: Tenant) -> None:
    (old,) = keys()
    new = rotate().key
    sequence()
    takes_over = Checkpoint.objects.first()
    assert takes_over is not None
    assert open_checkpoint(takes_over.note.encode(), [old]) == open_checkpoint(takes_over.note.encode(), [new])
    record(Action.CHECK)
    sequence()
    later = Checkpoint.objects.first()
    assert later is not None
    assert open_checkpoint(later.note.encode(), [new]).size == later.size
    with pytest.raises(NoteRefused):
        open_checkpoint(later.note.encode(), [old])
    since = reigns()[1].since
    assert since is not None
    assert Checkpoint.objects.filter(size__gt=since).order_by("size")[0] == takes_over
    assert_whole()


def test_who_asks_for_key_after_key_gets_one_an_hour(acme: Tenant) -> None:
    ask_for_another()
    sequence()
    assert LogKey.objects.count() == 2
    for _ in range(3):
        ask_for_another()
        sequence()
    assert LogKey.objects.count() == 2
    with superuser() as admin:
        admin.execute(f"ALTER TABLE {acme.schema_name}.audit_logkey DISABLE TRIGGER USER")
        admin.execute(f"UPDATE {acme.schema_name}.audit_logkey SET made = made - interval '1 hour'")
    sequence()
    assert LogKey.objects.count() == 3
    sequence()
    assert_whole()


def test_two_new_keys_at_once_both_sign_with_the_old_one(acme: Tenant) -> None:
    rotate()
    rotate()
    sequence()
    newest = Checkpoint.objects.first()
    assert newest is not None
    for key in keys():
        open_checkpoint(newest.note.encode(), [key])
    assert_whole()


def test_the_log_of_a_tenant_that_took_its_key_back_goes_on(acme: Tenant) -> None:
    tenant_keys.disable()
    try:
        with pytest.raises(KeyDisabled):
            seal(b"anything", tenant=acme.id, kind="test", object_id="1")
        assert sequence().signed is not None
    finally:
        tenant_keys.enable()
    sequence()
    assert_whole()


def test_a_keys_seed_stands_with_the_platform_sealed_and_opens_for_nobody_else(acme: Tenant) -> None:
    key = LogKey.objects.get()
    assert not LogSeed.objects.exists()
    with behind(Walls(schema_of(PLATFORM_ID), PLATFORM_ID)):
        assert LogSeed.objects.get(id=key.id).tenant_id == acme.id
    with as_role(Role.MIGRATOR, acme) as owner:
        kept = owner.execute(
            f"SELECT seed FROM {schema_of(PLATFORM_ID)}.audit_logseed WHERE id = %s", [key.id]
        ).fetchone()
    assert kept is None, "The owner of the database, behind Acme's walls, reads no row of the platform's."


def test_without_its_seed_a_log_is_placed_and_not_signed_and_its_owner_is_told_what_to_do(acme: Tenant) -> None:
    record(Action.CHECK)
    with superuser() as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(f"ALTER TABLE {schema_of(PLATFORM_ID)}.audit_logseed DISABLE TRIGGER USER")
        admin.execute(f"DELETE FROM {schema_of(PLATFORM_ID)}.audit_logseed")
    with pytest.raises(LogKeyMissing, match="from a backup of the platform"):
        sequence()
    head = Head.objects.get()
    assert head.size == Entry.objects.count()
    assert head.waiting_since is not None
    assert has_work()[0]


def test_two_who_make_the_first_key_make_one(acme: Tenant) -> None:
    ensure_key()
    assert LogKey.objects.count() == 1


# ---- the signer does not vouch for what somebody wrote into the tree ------------------------------------------------

WRITTEN_PAST_IT = {
    "a leaf that was signed": "UPDATE {0}.audit_leaf SET hash = sha256('x') WHERE index = 3",
    "the head": "UPDATE {0}.audit_head SET frontier = sha256('x') || substring(frontier FROM 33)",
    "a leaf that is gone": "DELETE FROM {0}.audit_leaf WHERE index = 3",
    "the last checkpoint": "UPDATE {0}.audit_checkpoint SET note = replace(note, E'\\n', E'\\n ')",
}


@pytest.mark.parametrize("what", WRITTEN_PAST_IT)
def test_what_does_not_continue_what_was_signed_is_not_signed(acme: Tenant, what: str) -> None:
    record(Action.CHECK)
    place()
    with superuser() as admin:
        admin.execute("SET session_replication_role = replica")
        for table in ("leaf", "head", "checkpoint"):
            admin.execute(f"ALTER TABLE {acme.schema_name}.audit_{table} DISABLE TRIGGER USER")
        admin.execute(WRITTEN_PAST_IT[what].format(acme.schema_name))
    before = Checkpoint.objects.count()
    with pytest.raises(TreeDoesNotContinue, match="specward verify"):
        sign()
    assert Checkpoint.objects.count() == before


def test_a_tree_that_was_made_again_to_fit_a_changed_entry_is_not_signed(acme: Tenant) -> None:
    """Rows, tiles and head agree with each other: only what was signed before tells."""
    owner = Owner.of(acme, 1)
    try:
        owner.stop_triggers()
        change(owner, 3, "narrative")
        owner.hash_again()
    finally:
        owner.start_triggers()
        owner.connection.close()
    record(Action.CHECK)
    place()
    with pytest.raises(TreeDoesNotContinue, match="are not those that were signed"):
        sign()


# ---- the process ----------------------------------------------------------------------------------------------------


def test_a_round_visits_every_log_and_one_that_stands_still_holds_no_other_up(
    acme: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    sequencer = Sequencer()
    with behind(Walls()):
        while sequencer.round():  # the first keys of the logs are entries too
            pass
    record(Action.CHECK)
    with superuser() as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute(f"ALTER TABLE {acme.schema_name}.audit_leaf DISABLE TRIGGER USER")
        admin.execute(f"UPDATE {acme.schema_name}.audit_leaf SET hash = sha256('x') WHERE index = 3")
    other = Walls(schema_of(PLATFORM_ID), PLATFORM_ID)
    with behind(other):
        record(Action.CHECK)
        before = Leaf.objects.count()
    with behind(Walls()):
        sequencer.round()
    with behind(other):
        assert Leaf.objects.count() == before + 1
        assert Checkpoint.objects.first().size == before + 1  # type: ignore[union-attr]
    assert "tree-does-not-continue" in caplog.text


def test_a_suspended_tenants_log_goes_on_and_one_that_has_left_is_not_asked_for(
    acme: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    with as_role(Role.MIGRATOR, acme) as owner:
        owner.execute("UPDATE public.tenants_tenant SET state = 'suspended' WHERE id = %s", [acme.id])
        owner.execute("UPDATE public.tenants_tenant SET state = 'left' WHERE id = %s", [GLOBEX.id])
    record(Action.CHECK)
    sequencer = Sequencer()
    with behind(Walls()):
        sequencer.round()
    assert {tenant.id for tenant in sequencer.tenants} == {acme.id, PLATFORM_ID}
    assert_whole()
    assert caplog.text == ""


def test_a_clock_that_was_set_back_gives_no_place_before_an_earlier_one(acme: Tenant) -> None:
    with superuser() as admin:
        admin.execute(f"ALTER TABLE {acme.schema_name}.audit_head DISABLE TRIGGER USER")
        admin.execute(f"UPDATE {acme.schema_name}.audit_head SET logged = now() + interval '1 hour'")
        admin.execute(f"ALTER TABLE {acme.schema_name}.audit_head ENABLE ALWAYS TRIGGER audit_head_moves")
    before = Head.objects.values_list("logged", flat=True).get()
    record(Action.CHECK)
    sequence()
    newest = Leaf.objects.order_by("-index")[0]
    assert newest.logged == before
    assert_whole()
