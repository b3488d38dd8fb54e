"""Transparency log: RFC 9162 Merkle trees, C2SP notes, checkpoints, tiles and proofs, and the offline verifier.

It needs the standard library and ``cryptography`` (the extra ``specward[verify]``), and nothing else of Specward.
"""

from __future__ import annotations

from specward.tlog.bundle import Manifest
from specward.tlog.bundling import BundleWriter
from specward.tlog.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint
from specward.tlog.hashing import EMPTY_ROOT, leaf_hash, node_hash
from specward.tlog.leaves import canonical, entry_hash, leaf_data, new_salt, timestamp
from specward.tlog.notes import Note, Signature, SigningKey, VerifierKey
from specward.tlog.proof_files import TlogProof
from specward.tlog.proofs import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from specward.tlog.ranges import CompactRange, tree_head
from specward.tlog.refusals import BundleRefused, LeafRefused, NoteRefused, ProofRefused, TileRefused
from specward.tlog.report import Absence, Fault, Finding, Report
from specward.tlog.tiles import Tile, TiledTree
from specward.tlog.verifying import verify

__all__ = [
    "EMPTY_ROOT",
    "Absence",
    "BundleRefused",
    "BundleWriter",
    "Checkpoint",
    "CompactRange",
    "Fault",
    "Finding",
    "LeafRefused",
    "Manifest",
    "Note",
    "NoteRefused",
    "ProofRefused",
    "Report",
    "Signature",
    "SigningKey",
    "Tile",
    "TileRefused",
    "TiledTree",
    "TlogProof",
    "VerifierKey",
    "canonical",
    "consistency_proof",
    "entry_hash",
    "inclusion_proof",
    "leaf_data",
    "leaf_hash",
    "new_salt",
    "node_hash",
    "open_checkpoint",
    "sign_checkpoint",
    "timestamp",
    "tree_head",
    "verify",
    "verify_consistency",
    "verify_inclusion",
]
