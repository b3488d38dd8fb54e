"""What an owner of the database can do to a log, at random, and how the verifier names it.

Each kind is done 25 times, and 1,000 times with ``SPECWARD_SOAK=1``; a failure names the seed that repeats it.
"""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from specward.tlog import Fault, Report, verify
from specward.tlog.leaves import timestamp
from tests.tlog.logs import ACME_KEY, MALLORYS_KEY, Log, Stored, acmes_log

TIMES = 1_000 if os.environ.get("SPECWARD_SOAK") == "1" else 25
KEY = ACME_KEY.verifier
pytestmark = pytest.mark.timeout(3600)

ENTRIES = 45
GOOD = acmes_log(ENTRIES, every=15)
OLD = GOOD.bundle()


def often(run: Callable[[random.Random, Log], None]) -> None:
    for seed in range(TIMES):
        try:
            run(random.Random(seed), GOOD.copy())
        except AssertionError as failed:
            raise AssertionError(f"seed {seed}: {failed}") from failed


def named(report: Report) -> set[tuple[Fault, int | None, int | None]]:
    return {(finding.fault, finding.first, finding.last) for finding in report.findings}


def check(log: Log) -> Report:
    return verify(log.bundle(), KEY)


def change(row: Stored, dice: random.Random) -> None:
    """Another actor, action, object, value, or one member more."""
    entry = row.entry
    dice.choice(
        (
            lambda: entry["actor"].update(name="Mallory"),
            lambda: entry.update(action="delete"),
            lambda: entry["object"].update(pk=str(10**6 + dice.randrange(10**6))),
            lambda: entry["changes"].update(title=[None, dice.randbytes(4).hex()]),
            lambda: entry.update(note=dice.randbytes(4).hex()),
            lambda: entry.pop("changes"),
        )
    )()


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
    at = dice.randrange(ENTRIES)
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


# Checkpoints, keys, proofs.


def test_a_checkpoint_that_another_key_signed_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(3)
        size = 15 * (at + 1)
        whole = log.hashes
        log.hashes = whole[:size]
        log.sign(MALLORYS_KEY)
        log.notes[at] = log.notes.pop()
        log.hashes = whole
        found = [(one.fault, one.checkpoint) for one in check(log).findings if one.fault is not Fault.UNSIGNED]
        assert found == [(Fault.WRONG_KEY, size)]

    often(tampering)


def test_a_checkpoint_of_another_tree_is_named_whoever_signed_it() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at, whole = dice.randrange(3), log.hashes
        size = 15 * (at + 1)
        log.hashes = [dice.randbytes(32), *whole[1:size]]
        log.sign(dice.choice((ACME_KEY, MALLORYS_KEY)))
        log.notes[at] = log.notes.pop()
        log.hashes = whole
        found = {(one.fault, one.checkpoint) for one in check(log).findings}
        assert (Fault.INCONSISTENT, size) in found
        assert {checkpoint for fault, checkpoint in found if fault is Fault.INCONSISTENT} == {size}

    often(tampering)


def test_a_signature_with_a_bit_turned_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(3)
        head, _, encoded = log.notes[at].rstrip(b"\n").rpartition(b" ")
        raw = bytearray(base64.b64decode(encoded))
        raw[dice.randrange(4, len(raw))] ^= 1 << dice.randrange(8)
        log.notes[at] = head + b" " + base64.b64encode(raw) + b"\n"
        found = [(one.fault, one.checkpoint) for one in check(log).findings if one.fault is not Fault.UNSIGNED]
        assert found == [(Fault.BAD_SIGNATURE, 15 * (at + 1))]

    often(tampering)


def test_a_log_of_mallorys_under_acmes_name_is_not_acmes() -> None:
    log = acmes_log(10)
    log.keys, log.notes = [MALLORYS_KEY], []
    log.sign()
    assert check(log).findings and Fault.WRONG_KEY in {one.fault for one in check(log).findings}
    unpinned = verify(log.bundle())
    assert unpinned.ok and not unpinned.pinned  # it agrees with itself; that it says is all


def test_entries_after_the_last_checkpoint_and_a_log_without_one_are_named() -> None:
    log = GOOD.copy()
    log.write(4)
    assert named(check(log)) == {(Fault.UNSIGNED, ENTRIES, ENTRIES + 3)}
    log.notes = []
    assert named(check(log)) == {(Fault.UNSIGNED, 0, ENTRIES + 3)}


def test_a_manifest_that_counts_otherwise_is_named() -> None:
    assert named(verify(GOOD.bundle(size=44), KEY)) == {(Fault.MISCOUNTED, None, None)}


def test_a_proof_that_was_tampered_with_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        at = dice.randrange(ENTRIES)
        proof = log.bundle(proofs=(at,))
        assert verify(proof, KEY).ok
        whole = log.hashes
        log.hashes = [*whole]
        log.hashes[(at + 1) % ENTRIES] = dice.randbytes(32)
        spoiled = log.bundle(proofs=(at,), hashes=whole)
        assert named(verify(spoiled, KEY)) == {(Fault.PROOF, at, at)}
        log.hashes[0] = dice.randbytes(32)
        spoiled = log.bundle(steps=True, hashes=whole)
        assert {one.fault for one in verify(spoiled, KEY).findings} == {Fault.PROOF}

    often(tampering)


# Pruning and keys that take over.


def pruned_log() -> Log:
    log = GOOD.copy()
    log.prune(4, 11)
    log.write(5)
    log.sign()
    return log


def test_a_pruned_log_verifies_also_against_a_bundle_from_before_and_says_what_is_absent() -> None:
    report = verify(pruned_log().bundle(), KEY, OLD)
    assert report.ok
    assert [(each.first, each.last, each.by) for each in report.absences] == [(4, 11, ENTRIES)]


def test_what_was_tampered_with_is_named_by_its_own_index_beside_a_pruned_stretch() -> None:
    good = pruned_log()

    def tampering(dice: random.Random, _: Log) -> None:
        log = good.copy()
        row = dice.choice([row for row in log.rows if row.index != ENTRIES])
        if dice.random() < 0.5:
            change(row, dice)
            assert named(check(log)) == {(Fault.CHANGED, row.index, row.index)}
        else:
            log.rows.remove(row)
            assert named(check(log)) == {(Fault.DROPPED, row.index, row.index)}

    often(tampering)


def test_an_entry_that_was_hidden_as_pruned_is_named() -> None:
    good = pruned_log()

    def tampering(dice: random.Random, _: Log) -> None:
        log = good.copy()
        first, last = dice.choice(((dice.randint(0, 3), 11), (4, dice.randint(12, ENTRIES - 1))))
        log.absences = [(first, last, ENTRIES)]
        log.rows = [row for row in log.rows if not first <= row.index <= last]
        assert named(check(log)) == {(Fault.UNEXPLAINED, first, last)}

    often(tampering)


def test_an_export_that_leaves_entries_out_says_so_and_proves_the_rest() -> None:
    log = GOOD.copy()
    log.absences = [(0, 9, None), (30, 44, None)]
    log.rows = log.rows[10:30]
    report = check(log)
    assert report.ok and report.entries == 20 and [each.by for each in report.absences] == [None, None]


def rotated_log() -> Log:
    log = GOOD.copy()
    log.rotate(MALLORYS_KEY)  # as Acme's next key
    log.write(5)
    log.sign()
    return log


def test_a_key_that_took_over_is_good_with_the_old_key_and_with_the_new() -> None:
    log = rotated_log()
    for pinned in log.keys:
        assert verify(log.bundle(), pinned.verifier).ok
    assert verify(log.bundle(), KEY, OLD).ok


def test_a_key_that_takes_over_without_a_checkpoint_of_both_is_named() -> None:
    log = rotated_log()
    del log.notes[3]
    assert {one.fault for one in verify(log.bundle(), KEY).findings} == {Fault.WRONG_KEY}
    assert verify(log.bundle(), MALLORYS_KEY.verifier).ok  # who trusts the new key needs no handing over


def test_an_old_key_that_signs_on_after_it_was_replaced_is_named() -> None:
    log = rotated_log()
    log.write(5)
    log.sign(ACME_KEY)
    assert (Fault.WRONG_KEY, len(log.hashes)) in {
        (one.fault, one.checkpoint) for one in verify(log.bundle(), KEY).findings
    }


def test_a_key_that_no_entry_names_is_named() -> None:
    log = GOOD.copy()
    log.keys = [ACME_KEY, MALLORYS_KEY]
    assert Fault.WRONG_KEY in {one.fault for one in check(log).findings}


def test_an_older_bundle_of_another_log_or_with_faults_is_named() -> None:
    other = Log(origin="specward.example/log/globex", keys=[MALLORYS_KEY])
    other.write(3)
    other.sign()
    assert Fault.OTHER_LOG in {one.fault for one in verify(GOOD.bundle(), KEY, other.bundle()).findings}
    faulty = GOOD.copy()
    change(faulty.rows[3], random.Random(1))
    assert [one.fault for one in verify(GOOD.bundle(), KEY, faulty.bundle()).findings] == [Fault.OLDER]
