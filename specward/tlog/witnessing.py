"""Checkpoints, keys and proofs of a bundle against the roots that its hashes have."""

from __future__ import annotations

from collections.abc import Iterable

from specward.tlog.bundle import proof_index
from specward.tlog.checkpoints import Checkpoint
from specward.tlog.contents import Contents
from specward.tlog.hashing import HASH_BYTES
from specward.tlog.notes import Note, VerifierKey
from specward.tlog.proof_files import TlogProof
from specward.tlog.proofs import verify_consistency
from specward.tlog.ranges import CompactRange
from specward.tlog.refusals import NoteFault, NoteRefused, ProofRefused
from specward.tlog.report import Fault, Finding, Report


def roots_of(hashes: bytes, sizes: Iterable[int]) -> dict[int, bytes]:
    """The roots of the trees of the first so many leaves, in one pass. Sizes beyond the hashes have none."""
    whole = len(hashes) // HASH_BYTES
    growing = CompactRange()
    roots: dict[int, bytes] = {}
    for size in sorted({size for size in sizes if size <= whole} | {whole}):
        while growing.end < size:
            step = min(size, (growing.end // 65_536 + 1) * 65_536)
            begin, end = growing.end * HASH_BYTES, step * HASH_BYTES
            growing.extend([hashes[at : at + HASH_BYTES] for at in range(begin, end, HASH_BYTES)])
        roots[size] = growing.root()
    return roots


def judge_keys(contents: Contents, pinned: VerifierKey | None, report: Report) -> None:
    """Who signed: each checkpoint by the key of its time; and keys that took over, from the pinned one on, by both."""
    keys = contents.manifest.keys
    starts = _starts(contents, report)
    report.keys = tuple(map(str, keys))
    report.pinned = pinned is not None
    if pinned is not None and pinned not in keys:
        report.add(Finding(Fault.WRONG_KEY, f"The log's keys are others than the one that was given ({pinned.name})."))
        keys, starts = (pinned,), [0]
    handed: set[int] = set()
    for checkpoint, note in contents.checkpoints:
        at = max(number for number, start in enumerate(starts) if start < checkpoint.size or not number)
        try:
            signers = set(note.verified(keys))
        except NoteRefused as refused:
            fault = Fault.BAD_SIGNATURE if refused.fault is NoteFault.INVALID else Fault.WRONG_KEY
            message = f"Checkpoint {checkpoint.size}: {refused}"
            report.add(Finding(fault, message, checkpoint=checkpoint.size))
            continue
        if keys[at] not in signers:
            message = f"Checkpoint {checkpoint.size} is signed by a key that was not the log's at that size."
            report.add(Finding(Fault.WRONG_KEY, message, checkpoint=checkpoint.size))
            continue
        if checkpoint.origin == contents.manifest.origin:
            report.signed_size = max(report.signed_size, checkpoint.size)
        handed.update(number for number in range(1, at + 1) if keys[number - 1] in signers and keys[number] in signers)
    first = 0 if pinned is None or pinned not in keys else keys.index(pinned)
    for number in range(first + 1, len(starts)):
        if number not in handed:
            message = f"No checkpoint shows that key {number} took over to key {number + 1}: one that both signed."
            report.add(Finding(Fault.WRONG_KEY, message.replace("took over", "handed over"), starts[number]))


def _starts(contents: Contents, report: Report) -> list[int]:
    """The index of the entry that each key begins after; the first key begins with the log."""
    named = contents.lines.new_keys
    told = [str(key) for key in contents.manifest.keys[1:]]
    if [vkey for _, vkey in named] != told:
        report.add(Finding(Fault.WRONG_KEY, "The keys of the manifest are not those that the entries name."))
    starts = [index for index, _ in named][: len(told)]
    return [0, *starts]


def judge_checkpoints(contents: Contents, roots: dict[int, bytes], report: Report) -> bool:
    """What each checkpoint says, against the computed roots. Whether all of them agree."""
    right = 0
    agree = True
    for checkpoint, _ in contents.checkpoints:
        size = checkpoint.size
        if checkpoint.origin != contents.manifest.origin:
            message = f"Checkpoint {size} is of another log than the bundle."
            report.add(Finding(Fault.OTHER_LOG, message, checkpoint=size))
        if size > contents.size:
            message = f"Checkpoint {size} counts more entries than there are: from {contents.size} on they are missing."
            report.add(Finding(Fault.TRUNCATED, message, contents.size, size - 1, size))
            agree = False
        elif roots[size] != checkpoint.root:
            message = f"Checkpoint {size} has another root than the hashes: they differ {_where(right, size)}."
            report.add(Finding(Fault.INCONSISTENT, message, right, size - 1 if size else None, size))
            agree = False
        else:
            right = size
    return agree


def _where(right: int, size: int) -> str:
    between = f"somewhere in entries {right} to {size - 1}" if size > right else "in everything"
    return f"{between} (an older bundle, with --since, says where)"


def judge_coverage(contents: Contents, report: Report) -> None:
    """That a checkpoint covers everything, and that what the manifest says is so."""
    if report.signed_size < contents.size or not contents.checkpoints:
        message = f"No good checkpoint covers entries from {report.signed_size} on: nobody vouches for them."
        report.add(Finding(Fault.UNSIGNED, message, report.signed_size, max(contents.size - 1, 0)))
    if contents.manifest.size != contents.size:
        message = f"The manifest says {contents.manifest.size} entries; there are hashes of {contents.size}."
        report.add(Finding(Fault.MISCOUNTED, message))
    if any(key.name != contents.manifest.origin for key in contents.manifest.keys):
        report.add(Finding(Fault.OTHER_LOG, "A key in the manifest is of another log than the bundle."))


def judge_proofs(contents: Contents, roots: dict[int, bytes], report: Report) -> None:
    """The proofs that came along, each against computed roots and hashes."""
    signed = {checkpoint.size for checkpoint, _ in contents.checkpoints}
    for step in contents.steps:
        sizes = (step.first, step.second)
        try:
            if not signed.issuperset(sizes) or any(size not in roots for size in sizes):
                raise ProofRefused("There is no such checkpoint.")
            verify_consistency(step.first, step.second, step.path, roots[step.first], roots[step.second])
        except ProofRefused as refused:
            message = f"The consistency proof from {step.first} to {step.second}: {refused}"
            report.add(Finding(Fault.PROOF, message, checkpoint=step.second))
    for name in contents.archive.members:
        index = proof_index(name)
        if index is None:
            continue
        try:
            _judge_proof(contents, index, contents.archive.read(name), roots)
        except (ProofRefused, NoteRefused) as refused:
            report.add(Finding(Fault.PROOF, f"The proof of entry {index}: {refused}", index, index))


def _judge_proof(contents: Contents, index: int, data: bytes, roots: dict[int, bytes]) -> None:
    proof = TlogProof.parse(data)
    if proof.index != index or index >= contents.size:
        raise ProofRefused("It is of another entry than its name says.")
    leaf = contents.hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES]
    checkpoint = proof.verify(leaf, contents.manifest.keys, contents.manifest.origin)
    if roots.get(checkpoint.size) != checkpoint.root:
        raise ProofRefused("Its checkpoint is none of the bundle's log at that size.")


def sizes_in_proofs(contents: Contents) -> set[int]:
    """Tree sizes whose roots are needed for proofs; what cannot be read is judged later."""
    sizes: set[int] = set()
    for name in contents.archive.members:
        if proof_index(name) is not None:
            try:
                note = Note.parse(TlogProof.parse(contents.archive.read(name)).checkpoint)
                sizes.add(Checkpoint.parse(note.text).size)
            except (ProofRefused, NoteRefused):
                continue
    return sizes
