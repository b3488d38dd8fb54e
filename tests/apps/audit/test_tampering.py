"""An owner of the database rewrites the log, past triggers and walls: ``specward verify`` names it.

Everything is done in the tables and read through an export. Each kind is done ten times, and 1,000 times with
``SPECWARD_SOAK=1``; a failure names the seed that repeats it.
"""

from __future__ import annotations

import datetime
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from apps.audit.acting import narrating
from apps.audit.models import Entry, Leaf
from apps.audit.placed import is_stray
from apps.audit.proving import verify_now
from apps.audit.recording import record
from apps.audit.sequencing import sequence
from apps.audit.vocabulary import Action
from apps.tenants.models import Tenant
from apps.tenants.walls import within
from specward.tlog import Report, SigningKey, VerifierKey
from tests.apps.audit.fleet import Ship
from tests.apps.audit.tampering import COLUMNS, Owner, bundle, change, forge, look, named, the_keys
from tests.apps.conftest import tenant
from tests.cast import ACME

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

TIMES = 1_000 if os.environ.get("SPECWARD_SOAK") == "1" else 10
ENTRIES = 48


@dataclass
class Known:
    """A log, what its customer kept of it, and what an owner of the database keeps: backups of then and of now."""

    tenant: Tenant
    key: VerifierKey
    secret: list[SigningKey]
    old: bytes
    old_size: int
    size: int

    def often(self, tampering: Callable[[Owner], None]) -> None:
        owner = Owner.of(self.tenant, 0)
        owner.stop_triggers()
        try:
            for seed in range(TIMES):
                owner.dice = random.Random(seed)
                try:
                    tampering(owner)
                except AssertionError as failed:
                    raise AssertionError(f"With the seed {seed}: {failed}") from failed
                owner.restore("now_kept")
        finally:
            owner.connection.close()
        assert look(self.key, self.old).ok, "What was put back is the log again."


def live_on(entries: int, every: int) -> None:
    for at in range(entries):
        if at % 3:
            with narrating("Builds a ship"):
                Ship.objects.create(name=f"Ship {at}")
        else:
            record(Action.CHECK, details={"n": at})
        if at % every == every - 1:
            sequence()
    while sequence().placed.entries:
        pass


@pytest.fixture
def log() -> Iterator[Known]:
    acme = tenant(ACME)
    with within(acme):
        live_on(ENTRIES // 2, 7)
        key, _ = the_keys()
        old, old_size = bundle(), Leaf.objects.count()
        owner = Owner.of(acme, 0)
        live_on(2, 5)
        owner.keep("then_kept")
        live_on(ENTRIES // 2, 5)
        owner.keep("now_kept")
        owner.connection.close()
        key, secret = the_keys()
        yield Known(acme, key, secret, old, old_size, Leaf.objects.count())


def has(report: Report, *faults: str, first: int | None = None) -> bool:
    """Whether one of these faults is found; with ``first``: at that entry."""
    return any(
        fault in faults and (first is None or (begin is not None and begin <= first <= (end or begin)))
        for fault, begin, end in named(report)
    )


def test_a_log_that_nobody_touched_is_fine(log: Known) -> None:
    report = look(log.key, log.old)
    assert report.ok, named(report)
    assert (report.size, report.compared) == (log.size, log.old_size)


def test_an_entry_that_was_changed_in_any_column_is_named(log: Known) -> None:
    columns = sorted(COLUMNS)

    def tampering(owner: Owner) -> None:
        (at,) = owner.some()
        change(owner, at, owner.dice.choice(columns))
        found = named(look(log.key))
        assert ("changed", at, at) in found, found

    log.often(tampering)


def test_an_entry_that_was_deleted_is_named(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        (at,) = owner.some()
        owner.do("DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_leaf WHERE index = %s)", at)
        if owner.dice.random() < 0.5:
            owner.do("UPDATE audit_leaf SET salt = NULL WHERE index = %s", at)
        found = named(look(log.key))
        assert found == {("dropped", at, at)}, found

    log.often(tampering)


def test_an_entry_whose_salt_is_gone_is_named(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        (at,) = owner.some()
        owner.do("UPDATE audit_leaf SET salt = NULL WHERE index = %s", at)
        assert named(look(log.key)) == {("dropped", at, at)}

    log.often(tampering)


def test_an_entry_that_was_deleted_with_its_place_is_named(log: Known) -> None:
    """The hashes close up behind it: one bundle shows between which checkpoints, an older one which entry."""

    def tampering(owner: Owner) -> None:
        (at,) = owner.some(below=log.old_size)
        owner.do("DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_leaf WHERE index = %s)", at)
        owner.do("DELETE FROM audit_leaf WHERE index = %s", at)
        owner.close_gap(at, -1)
        report = look(log.key, log.old)
        assert has(report, "checkpoint-inconsistent", "truncated"), named(report)
        # Of the last entry that the older bundle has, nobody can tell: another one stands in its place.
        faults = ("dropped", "changed") if at == log.old_size - 1 else ("dropped",)
        assert has(report, *faults, first=at), named(report)

    log.often(tampering)


def test_an_entry_that_was_put_in_is_named(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        (like,) = owner.some()
        when = Leaf.objects.get(index=like).logged - datetime.timedelta(microseconds=1)
        forged = forge(owner, when)
        report = look(log.key)
        assert has(report, "added"), named(report)
        assert is_stray(forged)
        assert [one.holds for one in verify_now(Entry.objects.get(id=forged))] == [False]

    log.often(tampering)


def test_an_entry_that_was_put_in_with_a_place_is_named(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        (at,) = owner.some(below=log.old_size)
        logged = Leaf.objects.get(index=at).logged
        forged = forge(owner, logged)
        owner.close_gap(at, 1)
        owner.do(
            "INSERT INTO audit_leaf (index, entry_id, form, hash, salt, logged) VALUES (%s, %s, 1, %s, %s, %s)",
            at, forged, owner.dice.randbytes(32), owner.dice.randbytes(16), logged,
        )  # fmt: skip
        owner.hash_again()
        report = look(log.key, log.old)
        assert has(report, "checkpoint-inconsistent"), named(report)
        assert has(report, "added", first=at), named(report)

    log.often(tampering)


def test_entries_that_changed_their_places_are_named(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        one, two = owner.some(2)
        owner.do(
            "UPDATE audit_leaf a SET (entry_id, salt, logged) = (SELECT -b.entry_id, b.salt, b.logged "
            "FROM audit_leaf b WHERE b.index = CASE a.index WHEN %s THEN %s::bigint ELSE %s END) "
            "WHERE a.index IN (%s, %s)",
            one, two, one, one, two,
        )  # fmt: skip
        owner.do("UPDATE audit_leaf SET entry_id = -entry_id WHERE entry_id < 0")
        report = look(log.key)
        assert has(report, "reordered", first=one) or has(report, "reordered", first=two), named(report)

    log.often(tampering)


def test_an_entry_that_was_dated_back_is_named(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        (at,) = owner.some(least=1)
        ((entry,),) = owner.ask("SELECT entry_id FROM audit_leaf WHERE index = %s", at)
        back = f"{owner.dice.randint(1, 10**6)} seconds"
        owner.do("UPDATE audit_entry SET timestamp = timestamp - %s::interval WHERE id = %s", back, entry)
        is_whole = owner.dice.random() < 0.5
        if is_whole:
            owner.do("UPDATE audit_leaf SET logged = logged - %s::interval WHERE index = %s", back, at)
        found = named(look(log.key))
        assert ("changed", at, at) in found, found
        if is_whole:
            assert any(fault == "back-dated" for fault, _, _ in found) or at == 0, found

    log.often(tampering)


def test_salts_that_were_swapped_are_named(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        one, two = owner.some(2)
        owner.do(
            "UPDATE audit_leaf a SET salt = (SELECT b.salt FROM audit_leaf b "
            "WHERE b.index = CASE a.index WHEN %s THEN %s::bigint ELSE %s END) WHERE a.index IN (%s, %s)",
            one, two, one, one, two,
        )  # fmt: skip
        report = look(log.key)
        assert {("salt-swapped", one, one), ("salt-swapped", two, two)} <= named(report), named(report)

    log.often(tampering)


def test_a_changed_entry_whose_hashes_were_made_again_is_named(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        (at,) = owner.some(below=log.old_size)
        change(owner, at, "narrative")
        owner.hash_again()
        report = look(log.key, log.old)
        assert has(report, "checkpoint-inconsistent"), named(report)
        assert has(report, "changed", first=at), named(report)

    log.often(tampering)


def cut(owner: Owner, first: int) -> None:
    """Takes away the tail of a log, with its checkpoints, and signs nothing."""
    owner.do("DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_leaf WHERE index >= %s)", first)
    owner.do("DELETE FROM audit_leaf WHERE index >= %s", first)
    owner.do("DELETE FROM audit_checkpoint WHERE size > %s", first)
    owner.hash_again()


def test_a_tail_that_was_cut_off_is_named(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        # Where the last checkpoint stays, it counts more than there is.
        (at,) = owner.some(least=log.old_size)
        owner.do("DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_leaf WHERE index >= %s)", at)
        owner.do("DELETE FROM audit_leaf WHERE index >= %s", at)
        assert has(look(log.key), "truncated"), named(look(log.key))
        owner.restore("now_kept")
        # Where all of it is gone, who kept an older bundle sees it.
        sizes = [size for (size,) in owner.ask("SELECT size FROM audit_checkpoint WHERE size < %s", log.old_size)]
        cut(owner, owner.dice.choice(sizes))
        report = look(log.key, log.old)
        assert has(report, "rolled-back"), named(report)

    log.often(tampering)


def test_a_log_that_was_rolled_back_to_a_backup_and_went_on_is_named(log: Known) -> None:
    """The customer's bundle is of today: yesterday's database is restored, and life goes on in it."""
    today = bundle()

    def tampering(owner: Owner) -> None:
        owner.restore("then_kept")
        report = look(log.key, today)
        assert has(report, "rolled-back"), named(report)
        for _ in range(owner.dice.randint(log.size - log.old_size, log.size)):
            forge(owner)
        ((first,),) = owner.ask("SELECT max(index) + 1 FROM audit_leaf")
        owner.do(
            "INSERT INTO audit_leaf (index, entry_id, form, hash, salt, logged) "
            "SELECT %s + row_number() OVER (ORDER BY id) - 1, id, 1, '', uuid_send(gen_random_uuid()), "
            "clock_timestamp() FROM audit_entry e "
            "WHERE NOT EXISTS (SELECT FROM audit_leaf WHERE entry_id = e.id)",
            first,
        )
        owner.hash_again()
        ((size,),) = owner.ask("SELECT size FROM audit_head")
        owner.do(
            "INSERT INTO audit_checkpoint (size, root, note, signed, entries, waited) "
            "VALUES (%s, '', '', clock_timestamp(), 1, 0)", size,
        )  # fmt: skip
        owner.sign_again(log.secret)  # by the service itself, which knows of no other past
        assert look(log.key).ok
        report = look(log.key, today)
        assert has(report, "forked"), named(report)

    log.often(tampering)


def test_a_log_that_was_written_again_with_its_own_key_is_named_by_an_older_bundle_alone(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        (at,) = owner.some(below=log.old_size)
        change(owner, at, owner.dice.choice(["narrative", "object_pk", "changes", "actor_name"]))
        owner.hash_again()
        owner.sign_again(log.secret)
        assert look(log.key).ok, "With the key nothing is left to be seen in one bundle."
        report = look(log.key, log.old)
        assert has(report, "forked"), named(report)
        assert has(report, "changed", first=at), named(report)

    log.often(tampering)


def test_a_bundle_signed_by_another_key_is_refused(log: Known) -> None:
    def tampering(owner: Owner) -> None:
        (at,) = owner.some()
        change(owner, at, "narrative")
        owner.hash_again()
        stolen_name = SigningKey.generate(log.key.name)
        owner.sign_again([stolen_name])
        report = look(log.key)
        assert has(report, "signed-by-another-key", "not-signed"), named(report)

    log.often(tampering)
