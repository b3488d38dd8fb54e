"""Checkpoints, keys, proofs and pruned stretches that were tampered with, at random, and how the verifier names it.

As often as tests/tlog/test_tampering.py.
"""

from __future__ import annotations

import base64
import random

import pytest

from specward.tlog import Fault, TlogProof, inclusion_proof, verify
from specward.tlog.proofs import hashes_of
from tests.tlog.logs import ACME_KEY, MALLORYS_KEY, Log, acmes_log
from tests.tlog.tampering import ENTRIES, GOOD, KEY, OLD, change, check, named, often

pytestmark = pytest.mark.timeout(3600)


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


def test_a_proof_of_a_fork_that_the_log_signed_too_is_named() -> None:
    def tampering(dice: random.Random, log: Log) -> None:
        fork = log.copy()
        fork.hashes[dice.randrange(1, ENTRIES)] = dice.randbytes(32)
        fork.sign()
        path = inclusion_proof(0, ENTRIES, hashes_of(fork.hashes))
        proof = TlogProof(0, tuple(path), fork.notes[-1])
        assert proof.verify(log.hashes[0], [KEY]).size == ENTRIES  # good by itself
        log.given = [proof]
        assert named(check(log)) == {(Fault.PROOF, 0, 0)}

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
