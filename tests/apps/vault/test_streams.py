"""A sealed stream opens whole and in order, and in no other way. Memory does not grow with it."""

from __future__ import annotations

import hashlib
import io
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.vault.binding import Binding
from apps.vault.data_keys import DataKeys
from apps.vault.errors import DoesNotOpen
from apps.vault.sealed import FIXED, Sealed
from apps.vault.streams import CHUNK, OpeningStream, SealingStream
from tests.apps.vault.conftest import Clock, local_service
from tests.cast import ACME, GLOBEX

RECORDING = Binding(ACME.id, "object", "recordings/1")
SEALED_CHUNK = CHUNK + 28
SUMMARY = 68


class Bytes(io.BytesIO):
    """A ciphertext in memory."""

    @property
    def size(self) -> int:
        return len(self.getbuffer())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> DataKeys:
    service = local_service(tmp_path_factory.mktemp("keys"), Clock())
    service.create(ACME.id)
    service.create(GLOBEX.id)
    return DataKeys(service, lambda tenant: None)


def sealed(keys: DataKeys, content: bytes, binding: Binding = RECORDING, step: int = 10_000_000) -> bytes:
    into = io.BytesIO()
    stream = SealingStream(binding, into, keys)
    for start in range(0, len(content), step):
        stream.write(content[start : start + step])
    summary = stream.finish()
    assert (summary.size, summary.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    return into.getvalue()


def opened(keys: DataKeys, data: bytes, binding: Binding = RECORDING) -> bytes:
    return OpeningStream(binding, Bytes(data), keys).read()


def body(data: bytes) -> int:
    """Where the chunks begin."""
    return FIXED + int.from_bytes(data[FIXED - 2 : FIXED], "big") + 16


CONTENT = os.urandom(4 * CHUNK + 1000)


@pytest.fixture(scope="module")
def whole(keys: DataKeys) -> bytes:
    return sealed(keys, CONTENT)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 1, 3 * CHUNK + 28])
@pytest.mark.parametrize("step", [999, CHUNK, 10_000_000])
def test_what_was_sealed_opens_as_what_it_was(keys: DataKeys, size: int, step: int) -> None:
    data = sealed(keys, CONTENT[:size], step=step)
    assert opened(keys, data) == CONTENT[:size]
    stream = OpeningStream(RECORDING, Bytes(data), keys)
    assert stream.summary.size == size and b"".join(stream.chunks()) == CONTENT[:size]


@given(st.lists(st.integers(0, 90_000), min_size=1, max_size=6), st.lists(st.integers(1, 90_000), max_size=6))
def test_it_is_written_and_read_in_any_pieces(keys: DataKeys, writes: list[int], reads: list[int]) -> None:
    into, content = io.BytesIO(), CONTENT[: sum(writes)]
    stream, at = SealingStream(RECORDING, into, keys), 0
    for size in writes:
        at += stream.write(content[at : at + size])
    stream.finish()
    reading, at = OpeningStream(RECORDING, Bytes(into.getvalue()), keys), 0
    for size in reads:
        piece = reading.read(size)
        assert piece == content[at : at + size]
        at += len(piece)
    assert reading.read() == content[at:] and reading.read() == reading.read(5) == b""


def test_it_is_a_file_like_any_other(keys: DataKeys) -> None:
    lines = b"one\ntwo\nthree"
    stream = OpeningStream(RECORDING, Bytes(sealed(keys, lines)), keys)
    assert [line.decode() for line in io.BufferedReader(stream)] == ["one\n", "two\n", "three"]


# ---- what does not open ---------------------------------------------------------------------------------------------


def test_truncated_anywhere_it_is_refused_before_a_byte_is_given_out(keys: DataKeys, whole: bytes) -> None:
    start = body(whole)
    ends = [start + SEALED_CHUNK * n for n in range(5)]  # the end of each chunk, as if it had been the last
    for end in {0, 1, FIXED, start, *ends, len(whole) - 1, len(whole) - SUMMARY, len(whole) - SUMMARY - 1}:
        with pytest.raises(DoesNotOpen):
            OpeningStream(RECORDING, Bytes(whole[:end]), keys)


def test_chunks_taken_out_of_the_middle_are_refused(keys: DataKeys, whole: bytes) -> None:
    start = body(whole)
    for n in range(4):
        cut = whole[: start + n * SEALED_CHUNK] + whole[start + (n + 1) * SEALED_CHUNK :]
        with pytest.raises(DoesNotOpen):
            OpeningStream(RECORDING, Bytes(cut), keys)


def chunks_of(whole: bytes) -> tuple[bytes, list[bytes], bytes]:
    start, inner = body(whole), whole[body(whole) : -SUMMARY]
    parts = [inner[at : at + SEALED_CHUNK] for at in range(0, len(inner), SEALED_CHUNK)]
    return whole[:start], parts, whole[-SUMMARY:]


def test_chunks_in_another_order_are_refused(keys: DataKeys, whole: bytes) -> None:
    head, parts, end = chunks_of(whole)
    for a, b in [(0, 1), (1, 2), (0, 3)]:
        moved = list(parts)
        moved[a], moved[b] = moved[b], moved[a]
        with pytest.raises(DoesNotOpen, match=f"Chunk {a} "):
            opened(keys, head + b"".join(moved) + end)


def test_chunks_that_stand_twice_are_refused(keys: DataKeys, whole: bytes) -> None:
    head, parts, end = chunks_of(whole)
    with pytest.raises(DoesNotOpen, match="Chunk 2 "):
        opened(keys, head + b"".join([parts[0], parts[1], parts[1], parts[3], parts[4]]) + end)
    with pytest.raises(DoesNotOpen):
        opened(keys, head + b"".join([*parts[:4], parts[3], parts[4]]) + end)


def test_a_chunk_of_another_stream_of_the_same_object_is_refused(keys: DataKeys, whole: bytes) -> None:
    head, parts, end = chunks_of(whole)
    _, others, other_end = chunks_of(sealed(keys, CONTENT))
    for n in range(4):
        with pytest.raises(DoesNotOpen, match=f"Chunk {n} "):
            opened(keys, head + b"".join([*parts[:n], others[n], *parts[n + 1 :]]) + end)
    with pytest.raises(DoesNotOpen):
        opened(keys, head + b"".join(parts) + other_end)


def test_something_behind_the_end_is_refused(keys: DataKeys, whole: bytes) -> None:
    for more in (b"\0", os.urandom(SUMMARY), whole[-SUMMARY:]):
        with pytest.raises(DoesNotOpen):
            OpeningStream(RECORDING, Bytes(whole + more), keys)


def test_a_stream_that_was_never_finished_does_not_open(keys: DataKeys) -> None:
    for size in (0, 10, CHUNK, 2 * CHUNK + 5):
        into = io.BytesIO()
        SealingStream(RECORDING, into, keys).write(CONTENT[:size])
        with pytest.raises(DoesNotOpen):
            OpeningStream(RECORDING, Bytes(into.getvalue()), keys)


@given(st.data())
def test_a_flipped_bit_is_refused(keys: DataKeys, data: st.DataObject) -> None:
    altered = bytearray(sealed(keys, CONTENT[: CHUNK + 50]))
    bit = data.draw(st.integers(0, len(altered) * 8 - 1))
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DoesNotOpen):
        opened(keys, bytes(altered))


def test_as_another_tenants_or_another_object_it_is_refused(keys: DataKeys, whole: bytes) -> None:
    for wrong in (
        Binding(GLOBEX.id, "object", "recordings/1"),
        Binding(ACME.id, "sheet", "recordings/1"),
        Binding(ACME.id, "object", "recordings/2"),
    ):
        with pytest.raises(DoesNotOpen):
            OpeningStream(wrong, Bytes(whole), keys)
        with pytest.raises(DoesNotOpen):  # with a digest that was made to fit
            OpeningStream(wrong, Bytes(whole[:19] + wrong.digest + whole[35:]), keys)


def test_a_stream_is_no_value_and_a_value_no_stream(keys: DataKeys, whole: bytes) -> None:
    with pytest.raises(DoesNotOpen, match="another form"):
        Sealed(whole)
    with pytest.raises(DoesNotOpen):
        OpeningStream(RECORDING, Bytes(whole[:2] + b"\1" + whole[3:]), keys)


def test_what_was_read_before_a_bad_chunk_is_in_no_variable_of_ours(keys: DataKeys) -> None:
    import traceback

    head, parts, end = chunks_of(sealed(keys, b"canary-" * 20_000))
    bad = head + b"".join([parts[0], parts[1][:-1] + bytes([parts[1][-1] ^ 1]), *parts[2:]]) + end
    stream = OpeningStream(RECORDING, Bytes(bad), keys)
    with pytest.raises(DoesNotOpen, match="Chunk 1 ") as refused:
        stream.read()
    told = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    ours = [frame for frame in told.stack if "/apps/" in frame.filename and "/tests/" not in frame.filename]
    assert ours and not any("canary" in value for frame in ours for value in (frame.locals or {}).values())


def test_two_hundred_megabytes_take_no_more_memory_than_two(keys: DataKeys, tmp_path: Path) -> None:
    piece = os.urandom(1_000_000)

    def pieces(megabytes: int) -> Iterator[bytes]:
        for _ in range(megabytes):
            yield piece

    def peak(megabytes: int) -> int:
        file = tmp_path / f"{megabytes}"
        tracemalloc.start()
        with file.open("wb") as into:
            stream = SealingStream(RECORDING, into, keys)
            for each in pieces(megabytes):
                stream.write(each)
            stream.finish()
        with file.open("rb") as source:
            reading = OpeningStream(RECORDING, _OnDisk(source, file.stat().st_size), keys)
            whole = hashlib.sha256()
            for chunk in reading.chunks():
                whole.update(chunk)
            assert whole.hexdigest() == reading.summary.sha256
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = peak(2), peak(200)
    assert large < small + 500_000 and large < 5_000_000


class _OnDisk:
    def __init__(self, file: io.BufferedReader, size: int) -> None:
        self.size = size
        self.read = file.read
        self.seek = file.seek
