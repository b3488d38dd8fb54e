"""What an owner of the database can do to the entries of a log, at random, and how the verifier names it.

Each kind is done 25 times, and 1,000 times with ``SPECWARD_SOAK=1``; a failure names the seed that repeats it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from specward.tlog import Fault, verify
from specward.tlog.leaves import timestamp
from tests.tlog.logs import Log, Stored
from tests.tlog.tampering import ENTRIES, GOOD, KEY, OLD, change, check, named, often

pytestmark = pytest.mark.timeout(3600)


def forged(dice: random.Random, like: Stored, index: int) -> Stored:
    """An entry that never was, with the times of another."""
    fake = Stored(index, dice.randbytes(16), {**like.entry})
    fake.entry["action"] = "forged"
    return fake


def renumber(log: Log) -> None:
    for index, row in enumerate(log.rows):
        row.index = index


def sign_again(log: Log) -> None:
    """What only somebody with the log's key can do: checkpoints of the log as it is now, at the sizes that were."""
    sizes = [int(note.split(b"\n")[1]) for note in log.notes]
    hashes, log.notes = log.hashes, []
    for size in sizes:
        log.hashes = hashes[: min(size, len(hashes))]
        log.sign()
    log.hashes = hashes


def test_a_log_that_nobody_touched_is_fine() -> None:
    report = verify(GOOD.bundle(proofs=(0, 7, 44), steps=True), KEY, OLD)
    assert report.ok and report.pinned and report.compared == ENTRIES and report.entries == report.size == ENTRIES


def test_a_changed_entry_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(ENTRIES)
        change(log.rows[at], dice)
        assert named(check(log)) == {(Fault.CHANGED, at, at)}

    often(tampering)


def test_several_changed_entries_are_each_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        several = dice.sample(range(ENTRIES), dice.randint(2, 12))
        for at in several:
            change(log.rows[at], dice)
        assert named(check(log)) == {(Fault.CHANGED, at, at) for at in several}

    often(tampering)


def test_a_deleted_entry_is_named_also_when_the_rest_was_numbered_again() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(ENTRIES)
        del log.rows[at]
        again = dice.random() < 0.5
        if again:
            renumber(log)
        found = named(check(log))
        expected = {(Fault.DROPPED, at, at)}
        if again and at < ENTRIES - 1:
            expected.add((Fault.RENUMBERED, at + 1, ENTRIES - 1))
        assert found == expected

    often(tampering)


def test_an_inserted_entry_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(ENTRIES)
        log.rows.insert(at, forged(dice, log.rows[at], at))
        if dice.random() < 0.5:
            renumber(log)
        found = named(check(log))
        assert (Fault.ADDED, at, at) in found
        assert {fault for fault, _, _ in found} <= {Fault.ADDED, Fault.RENUMBERED}

    often(tampering)


def test_an_entry_that_was_copied_is_named_as_added() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(ENTRIES - 1)
        log.rows.insert(at + 1, log.rows[at])
        assert named(check(log)) == {(Fault.ADDED, at, at)}

    often(tampering)


def test_a_log_that_was_signed_with_one_entry_twice_is_held_to_both() -> None:
    log = GOOD.copy()
    for at in (7, 20, 33):
        log.rows[at] = Stored(at, log.rows[5].salt, log.rows[5].entry)
    log.rehash()
    sign_again(log)
    assert {fault for fault, _, _ in named(check(log))} == {Fault.BACK_DATED}
    for at in (5, 7, 20, 33):
        missing = log.copy()
        del missing.rows[at]
        assert (Fault.DROPPED, at, at) in named(check(missing))
    del log.rows[33], log.rows[7]
    assert sum(fault is Fault.DROPPED for fault, _, _ in named(check(log))) == 2


def test_a_moved_entry_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at, to = dice.sample(range(ENTRIES), 2)
        log.rows.insert(to, log.rows.pop(at))
        if dice.random() < 0.5:
            renumber(log)
        found = named(check(log))
        moved = {first for fault, first, _ in found if fault is Fault.REORDERED}
        assert moved == {at} if abs(at - to) > 1 else moved <= {at, to} and moved
        assert {fault for fault, _, _ in found} <= {Fault.REORDERED, Fault.RENUMBERED}

    often(tampering)


def test_two_entries_that_changed_places_are_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        one, other = sorted(dice.sample(range(ENTRIES), 2))
        log.rows[one], log.rows[other] = log.rows[other], log.rows[one]
        moved = {first for fault, first, _ in named(check(log)) if fault is Fault.REORDERED}
        assert moved == {one, other} if other - one > 2 else moved and moved <= set(range(one, other + 1))

    often(tampering)


def test_an_entry_that_was_dated_back_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(1, ENTRIES)
        before = datetime.fromisoformat(log.rows[at - 1].entry["logged"])
        earlier = timestamp(before - timedelta(seconds=dice.randint(1, 10**6)))
        log.rows[at].entry.update(time=earlier, logged=earlier)
        assert named(check(log)) == {(Fault.CHANGED, at, at), (Fault.BACK_DATED, at, at)}

    often(tampering)


def test_a_log_that_was_signed_with_a_time_that_goes_down_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(1, ENTRIES)
        before = datetime.fromisoformat(log.rows[at - 1].entry["logged"])
        earlier = timestamp(before - timedelta(seconds=dice.randint(1, 10**6)))
        log.rows[at].entry.update(time=earlier, logged=earlier)
        log.rehash()
        sign_again(log)
        assert named(check(log)) == {(Fault.BACK_DATED, at, at)}

    often(tampering)


def test_an_entry_that_was_logged_before_it_happened_is_named() -> None:
    log = Log()
    log.write(3)
    log.write(1, time=timestamp(datetime(2027, 1, 1, tzinfo=UTC)))
    log.sign()
    assert named(check(log)) == {(Fault.BACK_DATED, 3, 3)}


def test_swapped_salts_are_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        one, other = dice.sample(range(ENTRIES), 2)
        log.rows[one].salt, log.rows[other].salt = log.rows[other].salt, log.rows[one].salt
        assert named(check(log)) == {(Fault.SALT, one, one), (Fault.SALT, other, other)}

    often(tampering)


def test_the_salt_of_another_entry_is_named_and_a_made_up_one_is_a_change() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        one, other = dice.sample(range(ENTRIES), 2)
        log.rows[one].salt = log.rows[other].salt
        assert named(check(log)) == {(Fault.SALT, one, one)}
        log.rows[one].salt = dice.randbytes(16)
        assert named(check(log)) == {(Fault.CHANGED, one, one)}

    often(tampering)


def test_a_tail_that_was_cut_off_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        keep = dice.randrange(ENTRIES)
        del log.rows[keep:]
        assert named(check(log)) == {(Fault.DROPPED, keep, ENTRIES - 1)}
        del log.hashes[keep:]
        found = named(check(log))
        assert (Fault.TRUNCATED, keep, ENTRIES - 1) in found
        assert {fault for fault, _, _ in found} == {Fault.TRUNCATED}

    often(tampering)


def test_a_hash_that_was_changed_is_named_and_its_entry_is_not_blamed() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(ENTRIES)
        log.hashes[at] = dice.randbytes(32)
        assert named(check(log)) == {(Fault.HASH, at, at)}

    often(tampering)


def test_a_number_that_was_changed_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(ENTRIES)
        log.rows[at].index = dice.choice([number for number in range(2 * ENTRIES) if number != at])
        assert named(check(log)) == {(Fault.RENUMBERED, at, at)}

    often(tampering)


# With the hashes made again, the checkpoint shows that something is wrong and between which; the older bundle what.

REWRITINGS: dict[str, Callable[[random.Random, Log], tuple[Fault, int]]] = {}


def rewriting(
    do: Callable[[random.Random, Log], tuple[Fault, int]],
) -> Callable[[random.Random, Log], tuple[Fault, int]]:
    REWRITINGS[do.__name__] = do
    return do


@rewriting
def changing(dice: random.Random, log: Log) -> tuple[Fault, int]:
    at = dice.randrange(ENTRIES)
    change(log.rows[at], dice)
    return Fault.CHANGED, at


@rewriting
def dropping(dice: random.Random, log: Log) -> tuple[Fault, int]:
    at = dice.randrange(ENTRIES - 1)  # without the last one the log is cut, which is another finding
    del log.rows[at]
    return Fault.DROPPED, at


@rewriting
def adding(dice: random.Random, log: Log) -> tuple[Fault, int]:
    at = dice.randrange(ENTRIES)
    log.rows.insert(at, forged(dice, log.rows[at], at))
    return Fault.ADDED, at


@rewriting
def moving(dice: random.Random, log: Log) -> tuple[Fault, int]:
    at = dice.randrange(ENTRIES)
    to = dice.choice([each for each in range(ENTRIES) if abs(each - at) > 1])
    log.rows.insert(to, log.rows.pop(at))
    return Fault.REORDERED, at


@rewriting
def salting(dice: random.Random, log: Log) -> tuple[Fault, int]:
    at = dice.randrange(ENTRIES)
    log.rows[at].salt = dice.randbytes(16)
    return Fault.CHANGED, at


@pytest.mark.parametrize("how", REWRITINGS)
def test_a_log_whose_hashes_were_made_again_is_inconsistent_and_an_older_bundle_says_where(how: str) -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        fault, at = REWRITINGS[how](dice, log)
        log.rehash()
        alone = check(log)
        stretches = [(one.first, one.last) for one in alone.findings if one.fault is Fault.INCONSISTENT]
        cut = [one for one in alone.findings if one.fault is Fault.TRUNCATED]
        assert stretches or (fault is Fault.DROPPED and cut)
        if stretches and how != "moving":
            first, last = stretches[0]
            assert first is not None and last is not None and first <= at <= last
        compared = named(verify(log.bundle(), KEY, OLD))
        assert (fault, at, at) in compared

    often(tampering)


@pytest.mark.parametrize("how", REWRITINGS)
def test_a_log_that_was_signed_again_with_its_own_key_is_a_fork_and_the_older_bundle_says_of_what(how: str) -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        fault, at = REWRITINGS[how](dice, log)
        log.rehash()
        log.write(dice.randint(1, 5))  # and it went on
        log.notes = []
        log.sign()
        found = named(verify(log.bundle(), KEY, OLD))
        assert (fault, at, at) in found and Fault.FORKED in {one for one, _, _ in found}
        if how != "moving":
            assert min(first for one, first, _ in found if one is Fault.FORKED and first is not None) == at

    often(tampering)


def test_a_log_that_was_rolled_back_to_a_backup_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        kept = dice.choice((1, 2))
        log.rows, log.hashes, log.notes = log.rows[: 15 * kept], log.hashes[: 15 * kept], log.notes[:kept]
        assert check(log).ok
        assert named(verify(log.bundle(), KEY, OLD)) == {(Fault.ROLLED_BACK, 15 * kept, ENTRIES - 1)}

    often(tampering)


def test_a_log_that_was_cut_and_signed_again_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        keep = dice.choice([each for each in range(1, ENTRIES) if each % 15])
        log.rows, log.hashes = log.rows[:keep], log.hashes[:keep]
        log.notes = log.notes[: keep // 15]
        log.sign()
        assert check(log).ok
        assert named(verify(log.bundle(), KEY, OLD)) == {(Fault.TRUNCATED, keep, ENTRIES - 1)}

    often(tampering)


def test_a_log_that_went_on_twice_from_a_backup_is_a_fork_from_there() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        kept = dice.choice((1, 2))
        log.rows, log.hashes, log.notes = log.rows[: 15 * kept], log.hashes[: 15 * kept], log.notes[:kept]
        log.dice = dice
        log.write(dice.randint(1, 60))
        log.sign()
        assert check(log).ok
        found = named(verify(log.bundle(), KEY, OLD))
        assert Fault.FORKED in {fault for fault, _, _ in found}
        assert min(first for fault, first, _ in found if fault is Fault.FORKED and first is not None) == 15 * kept

    often(tampering)
