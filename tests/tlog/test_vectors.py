"""Vectors that others made: probes of transparency-dev/merkle, Tessera's test log, notes of Go and C2SP."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from specward.tlog import (
    Checkpoint,
    Note,
    NoteRefused,
    ProofRefused,
    Tile,
    TlogProof,
    VerifierKey,
    leaf_hash,
    node_hash,
    open_checkpoint,
    tree_head,
    verify_consistency,
    verify_inclusion,
)
from specward.tlog.proofs import consistency_proof, hashes_of, inclusion_proof
from specward.tlog.refusals import NoteFault
from specward.tlog.tiles import decode_entries, decode_tile, entry_tile, tiles_of
from tests.shared_data import shared

VECTORS = shared("merkle-vectors")
PROBES = VECTORS / "transparency-dev-merkle" / "testdata"
TESTLOG = VECTORS / "tessera-testlog" / "testdata" / "log"
TESTLOG_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason="the folder of shared data is not here")


def derived(name: str) -> Any:
    return json.loads((VECTORS / "derived" / name).read_text("utf-8"))


def probes(kind: str) -> list[Path]:
    return sorted((PROBES / kind).glob("**/*.json"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def path_of(probe: dict[str, Any]) -> list[bytes]:
    return [raw(each) for each in probe["proof"] or []]


def test_all_probes_are_here() -> None:
    assert (len(probes("inclusion")), len(probes("consistency"))) == (98, 98)


@pytest.mark.parametrize("path", probes("inclusion"), ids=named)
def test_an_inclusion_probe_ends_as_it_says(path: Path) -> None:
    probe = json.loads(path.read_text())
    arguments = (probe["leafIdx"], probe["treeSize"], raw(probe["leafHash"]), path_of(probe), raw(probe["root"]))
    if probe["wantErr"]:
        with pytest.raises(ProofRefused):
            verify_inclusion(*arguments)
    else:
        verify_inclusion(*arguments)


@pytest.mark.parametrize("path", probes("consistency"), ids=named)
def test_a_consistency_probe_ends_as_it_says(path: Path) -> None:
    probe = json.loads(path.read_text())
    arguments = (probe["size1"], probe["size2"], path_of(probe), raw(probe["root1"]), raw(probe["root2"]))
    if probe["wantErr"]:
        with pytest.raises(ProofRefused):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


def test_the_reference_tree_has_its_hashes() -> None:
    tree = derived("rfc6962-reference-tree.json")
    leaves = [leaf_hash(bytes.fromhex(each)) for each in tree["leaf_inputs_hex"]]
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below), 2)])
    assert [[each.hex() for each in level] for level in levels] == tree["node_hashes_by_level"]
    assert [tree_head(leaves[:size]).hex() for size in range(9)] == tree["root_by_size"]
    assert leaf_hash(b"L123456").hex() == tree["hasher"]["leaf L123456 (ascii)"]
    assert node_hash(b"N123", b"N456").hex() == tree["hasher"]["node ascii(N123),ascii(N456)"]


@pytest.mark.parametrize("size", range(16))
def test_a_checkpoint_of_the_test_log_is_signed_and_is_its_tiles(size: int) -> None:
    checkpoint = open_checkpoint((TESTLOG / f"checkpoint.{size}").read_bytes(), [VerifierKey.parse(TESTLOG_KEY)])
    assert checkpoint.size == size
    leaves: list[bytes] = []
    if size:
        entries = decode_entries((TESTLOG / Tile(None, 0, size).path).read_bytes(), size)
        leaves = decode_tile((TESTLOG / Tile(0, 0, size).path).read_bytes(), size)
        assert leaves == [leaf_hash(entry) for entry in entries]
    assert checkpoint.root == tree_head(leaves)


def test_the_test_log_only_grew() -> None:
    leaves = decode_tile((TESTLOG / Tile(0, 0, 15).path).read_bytes(), 15)
    hash_of = hashes_of(leaves)
    roots = {
        size: open_checkpoint((TESTLOG / f"checkpoint.{size}").read_bytes(), [VerifierKey.parse(TESTLOG_KEY)]).root
        for size in range(16)
    }
    for first in range(1, 16):
        for second in range(first, 16):
            verify_consistency(first, second, consistency_proof(first, second, hash_of), roots[first], roots[second])
        for index in range(first):
            verify_inclusion(index, first, leaves[index], inclusion_proof(index, first, hash_of), roots[first])


NOTES = derived("signed-note.json") if VECTORS.is_dir() else {"cases": [], "malformed": [], "bad_vkeys": []}


@pytest.mark.parametrize("case", NOTES["cases"], ids=lambda case: case["name"])
def test_a_note_is_taken_as_its_case_says(case: dict[str, Any]) -> None:
    keys = [VerifierKey.parse(vkey) for vkey in case["vkeys"]]
    faults = {"unverified": NoteFault.UNVERIFIED, "ambiguous": NoteFault.AMBIGUOUS, "invalid": NoteFault.INVALID}
    if case["want"] == "ok":
        note = Note.parse(case["note"].encode())
        signed = [key.name for key in note.verified(keys)]
        assert signed == case.get("verified", [keys[0].name])
        kept = [each.name for each in note.signatures if each.name not in signed]
        assert kept == case.get("unverified", [])
        assert str(note) == case["note"]
        return
    with pytest.raises(NoteRefused) as refused:
        Note.parse(case["note"].encode()).verified(keys)
    assert refused.value.fault is faults.get(case["want"].split()[0], NoteFault.MALFORMED)


@pytest.mark.parametrize("note", NOTES["malformed"])
def test_a_malformed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteRefused) as refused:
        Note.parse(note.encode())
    assert refused.value.fault is NoteFault.MALFORMED


def test_a_note_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(NoteRefused):
        Note.parse(b"\xff" + NOTES["cases"][0]["note"].encode())


@pytest.mark.parametrize("vkey", NOTES["bad_vkeys"])
def test_a_bad_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteRefused):
        VerifierKey.parse(vkey)


def test_every_part_of_a_key_and_every_key_with_one_byte_more_is_refused() -> None:
    good = NOTES["cases"][0]["vkeys"][0]
    parts = {good[start:end] for start in range(len(good)) for end in range(start, len(good) + 1)} - {good}
    bumped = {good[:at] + chr(ord(good[at]) + 1) + good[at + 1 :] for at in range(len(good))}
    for vkey in parts | bumped:
        with pytest.raises(NoteRefused):
            VerifierKey.parse(vkey)


def test_checkpoints_are_parsed_as_their_cases_say_and_roots_must_be_hashes() -> None:
    for case in derived("checkpoint-parse.json")["cases"]:
        lines = case["m"].split("\n")
        if case["ok"]:  # the vectors take a root of any length
            root = base64.b64encode(bytes(32)).decode()
            assert str(Checkpoint.parse("\n".join([*lines[:2], root, *lines[3:]]))).split("\n")[0] == lines[0]
        with pytest.raises(NoteRefused):
            Checkpoint.parse(case["m"])


def test_tile_paths_are_those_of_the_specification() -> None:
    vectors = derived("tile-paths.json")
    for level, index, width, path in vectors["tile"]:
        assert Tile(level, index, width or 256).path == path
        assert Tile.parse(path) == Tile(level, index, width or 256)
    for index, width, path in vectors["entries"]:
        assert Tile(None, index, width or 256).path == path
        assert Tile.parse(path) == Tile(None, index, width or 256)
    for index, size, path in vectors["entries_for_index"]:
        assert entry_tile(index, size).path == path
    assert Tile(0, 1234067).path == f"tile/0/{vectors['c2sp_index_1234067']}"
    tiles = list(tiles_of(70_000))
    wide = vectors["c2sp_size_70000"]
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == wide["full_l0"]
    assert {(tile.level, tile.width) for tile in tiles if tile.width < 256} == {
        (0, wide["partial_l0"]),
        (1, wide["partial_l1"]),
        (2, wide["partial_l2"]),
    }
    assert sum(tile.level == 1 and tile.width == 256 for tile in tiles) == wide["full_l1"]


def test_proofs_are_written_and_refused_as_their_cases_say() -> None:
    vectors = derived("tlog-proof-parse.json")
    for case in vectors["marshal"]:
        proof = TlogProof(case["index"], tuple(map(raw, case["hashes"])), case["checkpoint"].encode())
        assert bytes(proof) == case["want"].encode()
        assert TlogProof.parse(bytes(proof)) == proof
    for text in vectors["bad"]:
        with pytest.raises(ProofRefused):
            TlogProof.parse(text.encode())


def test_a_cosignature_is_kept_and_says_nothing() -> None:
    signature = derived("cosignature.json")["timestamp_from_sig"]["sig_b64"]
    case = next(case for case in NOTES["cases"] if case["name"] == "c2sp example")
    cosigned = case["note"] + f"— witness.example/w1 {signature}\n"
    note = Note.parse(cosigned.encode())
    assert [key.name for key in note.verified([VerifierKey.parse(case["vkeys"][0])])] == ["example.com/foo"]
    assert note.signatures[1].name == "witness.example/w1" and str(note) == cosigned


def test_a_key_of_another_type_than_ed25519_is_refused_with_its_type() -> None:
    witness = derived("cosignature.json")["good_vkeys"][1]
    with pytest.raises(NoteRefused, match="type 4"):
        VerifierKey.parse(witness)
