"""Properties of proofs, ranges, notes, tiles and leaves, for what Hypothesis draws; ``SPECWARD_SOAK=1`` draws more."""

from __future__ import annotations

import os
from base64 import b64decode
from contextlib import suppress
from datetime import UTC
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specward.tlog import (
    Checkpoint,
    CompactRange,
    Note,
    NoteRefused,
    ProofRefused,
    SigningKey,
    Tile,
    TiledTree,
    TileRefused,
    TlogProof,
    VerifierKey,
    canonical,
    consistency_proof,
    entry_hash,
    inclusion_proof,
    node_hash,
    open_checkpoint,
    sign_checkpoint,
    strict_json,
    tree_head,
    verify_consistency,
    verify_inclusion,
)
from specward.tlog.encoding import from_base64, to_base64
from specward.tlog.leaves import is_timestamp, leaf_data, timestamp
from specward.tlog.proofs import hashes_of
from specward.tlog.tiles import decode_entries, encode_entries, tiles_of

EXAMPLES = 5_000 if os.environ.get("SPECWARD_SOAK") == "1" else 100
SETTINGS = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
pytestmark = pytest.mark.timeout(3600)

LEAVES = [sha256(str(number).encode()).digest() for number in range(1600)]
SIZES = st.integers(1, 600)


def textbook_head(leaves: list[bytes]) -> bytes:
    """``MTH`` as RFC 9162, section 2.1.1, defines it: by recursion."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(textbook_head(leaves[:half]), textbook_head(leaves[half:]))


@SETTINGS
@given(st.integers(0, 600))
def test_a_tree_head_is_the_textbooks(size):
    assert tree_head(LEAVES[:size]) == textbook_head(LEAVES[:size])


@SETTINGS
@given(SIZES, st.data())
def test_every_leaf_is_proven_and_no_other(size, data):
    index = data.draw(st.integers(0, size - 1))
    root = tree_head(LEAVES[:size])
    path = inclusion_proof(index, size, hashes_of(LEAVES[:size]))
    verify_inclusion(index, size, LEAVES[index], path, root)
    for wrong in (
        (index, size, LEAVES[index + 1], path, root),
        (index, size, LEAVES[index], [*path, root], root),
        (index, size, LEAVES[index], path[:-1] if path else [root], root),
        (index ^ 1, size, LEAVES[index], path, root) if path else (1, 1, LEAVES[0], path, root),
        (index, size, LEAVES[index], path, LEAVES[index + 1]),
    ):
        with pytest.raises(ProofRefused):
            verify_inclusion(*wrong)


@SETTINGS
@given(SIZES, st.data())
def test_every_beginning_is_proven_and_nothing_else(second, data):
    first = data.draw(st.integers(1, second))
    old, new = tree_head(LEAVES[:first]), tree_head(LEAVES[:second])
    path = consistency_proof(first, second, hashes_of(LEAVES[:second]))
    verify_consistency(first, second, path, old, new)
    for wrong in (
        (first, second, path, LEAVES[0] if first != 1 else LEAVES[1], new),
        (first, second, path, old, LEAVES[1]),
        (first, second, [*path, old], old, new),
        *([(first, second, path[:-1], old, new), (second, first, path, new, old)] if path else []),
    ):
        with pytest.raises(ProofRefused):
            verify_consistency(*wrong)


@SETTINGS
@given(SIZES, st.data())
def test_a_proof_with_one_bit_turned_proves_nothing(size, data):
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, hashes_of(LEAVES[:size]))
    if not path:
        return
    at, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
    path[at] = (int.from_bytes(path[at], "big") ^ (1 << bit)).to_bytes(32, "big")
    with pytest.raises(ProofRefused):
        verify_inclusion(index, size, LEAVES[index], path, tree_head(LEAVES[:size]))


@pytest.mark.parametrize("number", [True, 1.0, "1", -1, 2**63, None])
def test_a_size_that_is_no_exact_number_in_bounds_is_refused(number: Any) -> None:
    with pytest.raises(ProofRefused):
        verify_inclusion(0, number, LEAVES[0], [], LEAVES[0])
    with pytest.raises(ProofRefused):
        verify_inclusion(number, 1, LEAVES[0], [], LEAVES[0])
    with pytest.raises(ProofRefused):
        verify_consistency(number, 1, [], LEAVES[0], LEAVES[0])


@pytest.mark.parametrize("short", [b"", bytes(31), bytes(33), "a" * 32, bytearray(32)])
def test_a_hash_that_is_not_32_bytes_is_refused_wherever_it_stands(short: Any) -> None:
    two = tree_head(LEAVES[:2])
    for wrong in (
        lambda: verify_inclusion(0, 2, short, [LEAVES[1]], two),
        lambda: verify_inclusion(0, 2, LEAVES[0], [short], two),
        lambda: verify_inclusion(0, 2, LEAVES[0], [LEAVES[1]], short),
        lambda: verify_consistency(1, 2, [short], LEAVES[0], two),
        lambda: verify_consistency(1, 2, [LEAVES[1]], short, two),
        lambda: CompactRange().append(short),
        lambda: CompactRange().extend([short]),
        lambda: CompactRange(0, 1, [short]),
    ):
        with pytest.raises(ProofRefused):
            wrong()


@SETTINGS
@given(st.integers(0, 300), st.lists(st.integers(0, 300), max_size=4))
def test_a_range_is_the_same_however_it_grew(begin, steps):
    ends = [begin]
    for step in steps:
        ends.append(ends[-1] + step)
    one_by_one, at_once, merged = (CompactRange(begin) for _ in range(3))
    for leaf in LEAVES[begin : ends[-1]]:
        one_by_one.append(leaf)
    at_once.extend(LEAVES[begin : ends[-1]])
    for start, end in pairwise(ends):
        part = CompactRange(start)
        part.extend(LEAVES[start:end])
        merged.merge(part)
    kept = CompactRange(begin, ends[-1], at_once.hashes)
    assert one_by_one.hashes == at_once.hashes == merged.hashes == kept.hashes
    assert len(kept.hashes) <= 2 * max(1, ends[-1].bit_length())
    whole = CompactRange()
    whole.extend(LEAVES[:begin])
    whole.merge(merged)
    assert whole.root() == tree_head(LEAVES[: ends[-1]])


def test_ranges_that_do_not_touch_or_are_no_trees_are_refused() -> None:
    with pytest.raises(ProofRefused):
        CompactRange(0, 1, LEAVES[:1]).merge(CompactRange(2, 3, LEAVES[2:3]))
    with pytest.raises(ProofRefused):
        CompactRange(1, 2, LEAVES[1:2]).root()
    with pytest.raises(ProofRefused):
        CompactRange(0, 3, LEAVES[:1])
    with pytest.raises(ProofRefused):
        CompactRange(3, 1)


@SETTINGS
@given(st.integers(1, 70_000), st.data())
def test_proofs_from_tiles_are_those_from_leaves(size, data):
    leaves = [LEAVES[number % 1600] for number in range(size)]
    levels = [leaves]
    while len(levels[-1]) >= 256:
        below = levels[-1]
        levels.append([tree_head(below[at : at + 256]) for at in range(0, len(below) // 256 * 256, 256)])
    served = set(tiles_of(size))

    def read(tile: Tile) -> bytes:
        assert tile in served and tile.level is not None
        return b"".join(levels[tile.level][tile.index * 256 : tile.index * 256 + tile.width])

    tree = TiledTree(size, read)
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root = tree_head(leaves)
    assert tree.hash_of(0, size) == root
    verify_inclusion(index, size, leaves[index], inclusion_proof(index, size, tree.hash_of), root)
    path = consistency_proof(first, size, tree.hash_of)
    verify_consistency(first, size, path, tree_head(leaves[:first]), root)


@SETTINGS
@given(st.one_of(st.none(), st.integers(0, 63)), st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_a_tile_is_found_by_its_path(level, index, width):
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000/",
        "/tile/0/000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/999",
        "tile/entries/٠٠٠",
        "tile/0/000\n",
        "tile/0/" + "x999/" * 7 + "999",
        "tile/0/" + "x000/" * 9000 + "000",
    ],
)
def test_a_path_that_is_written_otherwise_is_no_tile(path: str) -> None:
    with pytest.raises((TileRefused, ProofRefused)):
        Tile.parse(path)


@SETTINGS
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256), st.data())
def test_an_entry_bundle_is_read_as_written_and_no_byte_less_or_more(entries, data):
    bundle = encode_entries(entries)
    assert decode_entries(bundle, len(entries)) == entries
    cut = data.draw(st.integers(0, len(bundle) - 1))
    for wrong in (bundle[:cut], bundle + b"\0"):
        with pytest.raises(TileRefused):
            decode_entries(wrong, len(entries))


def test_an_entry_of_65535_bytes_fits_and_one_more_does_not() -> None:
    assert decode_entries(encode_entries([bytes(65_535)]), 1) == [bytes(65_535)]
    with pytest.raises(TileRefused):
        encode_entries([bytes(65_536)])


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
LINES = TEXTS.filter(bool)
KEY_NAMES = LINES.filter(lambda name: "+" not in name and not any(each.isspace() for each in name))


@SETTINGS
@given(KEY_NAMES, st.binary(min_size=32, max_size=32), LINES, st.integers(0, 2**63 - 1), st.lists(LINES, max_size=3))
def test_a_checkpoint_is_read_as_signed_and_by_nobody_else(name, seed, origin, size, extensions):
    key = SigningKey(name, seed)
    checkpoint = Checkpoint(origin, size, LEAVES[0], tuple(extensions))
    note = sign_checkpoint(checkpoint, key)
    vkey = VerifierKey.parse(str(key.verifier))
    assert vkey == key.verifier and SigningKey(name, key.seed).verifier == vkey
    assert open_checkpoint(note, [vkey], origin) == checkpoint
    other = SigningKey(name, sha256(seed).digest())
    with pytest.raises(NoteRefused):
        open_checkpoint(note, [other.verifier], origin)
    with pytest.raises(NoteRefused):
        open_checkpoint(note, [vkey], origin + "x")


@SETTINGS
@given(st.data())
def test_a_note_with_one_byte_changed_is_refused_or_says_something_that_was_signed(data):
    key = SigningKey("specward.example/log/acme", bytes(32))
    note = sign_checkpoint(Checkpoint(key.name, 7, LEAVES[0]), key)
    at, byte = data.draw(st.integers(0, len(note) - 1)), data.draw(st.integers(0, 255))
    spoiled = note[:at] + bytes([byte]) + note[at + 1 :]
    if spoiled != note:
        with pytest.raises(NoteRefused):
            open_checkpoint(spoiled, [key.verifier])


@SETTINGS
@given(st.one_of(st.binary(max_size=400), TEXTS.map(str.encode)))
def test_what_is_no_note_no_proof_no_json_is_refused_and_nothing_worse(data):
    for read in (Note.parse, TlogProof.parse):
        with pytest.raises((NoteRefused, ProofRefused)):
            read(data)
    with suppress(strict_json.NotStrict):
        strict_json.read(data)


@SETTINGS
@given(st.integers(0, 2**63 - 1), st.lists(st.sampled_from(LEAVES), max_size=63), st.none() | st.binary(max_size=90))
def test_a_proof_is_read_as_written(index, path, extra):
    proof = TlogProof(index, tuple(path), b"x\n\ny\n", extra)
    assert TlogProof.parse(bytes(proof)) == proof


@pytest.mark.parametrize("written", ["AB==", "AA=", "AA", "AA==\n", " AA==", "AA==AA==", "A-_=", "AA==x"])
def test_base64_has_one_form(written: str) -> None:
    assert from_base64(written) is None


def test_a_proof_or_a_checkpoint_with_the_same_hash_written_otherwise_is_refused() -> None:
    good = to_base64(LEAVES[0])
    other = good[:-2] + chr(ord(good[-2]) + 1) + "="  # the last two bits are nobody's
    assert b64decode(other) == LEAVES[0]
    with pytest.raises(ProofRefused):
        TlogProof.parse(bytes(TlogProof(0, (LEAVES[0],), b"x\n")).replace(good.encode(), other.encode()))
    with pytest.raises(NoteRefused):
        Checkpoint.parse(f"log\n1\n{other}\n")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)
MOMENTS = st.datetimes(timezones=st.just(UTC))


@SETTINGS
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), JSON, max_size=5), MOMENTS)
def test_an_entry_has_one_form_and_is_read_back_from_it(members, moment):
    entry = {**members, "time": timestamp(moment), "logged": timestamp(moment)}
    content = canonical(entry)
    again = strict_json.read(content)
    assert canonical(again) == content
    assert canonical(dict(reversed(entry.items()))) == content
    assert b"\n" not in content and is_timestamp(again["time"])


def test_a_leaf_is_made_as_the_documentation_says() -> None:
    salt, content = bytes(range(16)), b'{"a":1}'
    data = b"specward.entry.v1\n" + sha256(salt + content).digest()
    assert leaf_data(salt, content) == data and len(data) == 50
    assert entry_hash(salt, content) == sha256(b"\x00" + data).digest()
