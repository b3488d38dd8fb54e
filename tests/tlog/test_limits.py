"""Bundles made to exhaust: refused before they do, or judged in bounded time; and processes that share the work."""

from __future__ import annotations

import gc
import io
import random
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator

import pytest

from specward.tlog import BundleRefused, BundleWriter, Fault, Manifest, timestamp, verify
from specward.tlog.lines import read_block
from tests.tlog.hostile import KEY, members, refused, with_member
from tests.tlog.logs import ACME_KEY, ACME_LOG, START, Log

MIB = 1024 * 1024


def peak(run: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


def bomb(name: str, unit: bytes, size: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for other, data in members().items():
            if other != name:
                archive.writestr(zipfile.ZipInfo(other), data, zipfile.ZIP_DEFLATED)
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        block = unit * (MIB // len(unit))
        with archive.open(info, "w") as member:
            for _ in range(size // len(block)):
                member.write(block)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["manifest.json", "entries.jsonl", "hashes", "checkpoints.jsonl", "consistency.jsonl"])
def test_a_member_that_unfolds_to_300_megabytes_is_refused_before_it_does(name: str) -> None:
    bundle = bomb(name, b"\0", 300 * MIB)
    started = time.process_time()
    assert peak(lambda: refused(bundle)) < 40
    assert time.process_time() - started < 5


def test_a_line_without_an_end_is_refused_in_bounded_memory() -> None:
    bundle = bomb("entries.jsonl", b"a", 60 * MIB)
    assert peak(lambda: refused(bundle)) < 40
    assert "line" in str(refused(bundle))


def test_a_member_that_says_less_than_it_unfolds_to_is_refused() -> None:
    bundle = bytearray(bomb("hashes", b"\0", 97 * MIB))
    said = struct.pack("<L", 97 * MIB)
    while (at := bundle.find(said)) >= 0:
        bundle[at : at + 4] = struct.pack("<L", 384)
    assert "larger than it says" in str(refused(bytes(bundle)))
    assert peak(lambda: refused(bytes(bundle))) < 40


def test_more_hashes_than_a_bundle_may_have_are_refused() -> None:
    assert refused(bomb("hashes", b"\0", 170 * MIB)).where == "hashes"


def test_ten_thousand_entries_that_all_differ_are_judged_in_bounded_time() -> None:
    log = Log()
    log.write(10_000)
    log.sign()
    log.hashes = [each[::-1] for each in log.hashes]
    random.Random(1).shuffle(log.rows)
    bundle = log.bundle()
    started = time.process_time()
    report = verify(bundle, KEY)
    assert time.process_time() - started < 20
    assert len(report.findings) == 1000 and report.more > 1000


def test_ten_thousand_entries_in_reverse_are_judged_in_bounded_time() -> None:
    log = Log()
    log.write(10_000)
    log.sign()
    log.rows.reverse()
    bundle = log.bundle()
    started = time.process_time()
    assert Fault.REORDERED in {finding.fault for finding in verify(bundle, KEY).findings}
    assert time.process_time() - started < 20


def test_processes_that_share_the_entries_find_the_same() -> None:
    log = Log()
    log.write(9_000)
    log.sign()
    assert verify(log.bundle(), KEY, workers=2).ok
    log.rows[8_000].entry.update(time="2026-01-01T00:00:00.000000Z", logged="2026-01-01T00:00:00.000000Z")
    del log.rows[4_000]
    bundle = log.bundle()
    alone, shared = verify(bundle, KEY), verify(bundle, KEY, workers=2)
    assert alone == shared and {Fault.DROPPED, Fault.CHANGED, Fault.BACK_DATED} == {
        one.fault for one in shared.findings
    }
    lines = log.lines()
    lines[7_000] = b"{}\n"
    spoiled = with_member("entries.jsonl", b"".join(lines))
    for workers in (1, 2):
        with pytest.raises(BundleRefused, match="line 7001"):
            verify(spoiled, KEY, workers=workers)


def test_time_that_goes_down_between_two_blocks_is_found_where_they_are_put_together() -> None:
    log = Log()
    log.write(6)
    log.rows[:] = log.rows[3:] + log.rows[:3]
    lines = [line.rstrip(b"\n") for line in log.lines()]
    for cut in range(1, 6):
        together = read_block(b"\n".join(lines[:cut]))
        together.append(read_block(b"\n".join(lines[cut:])))
        assert together == read_block(b"\n".join(lines)) and together.went_down == [3]


def test_entries_that_unfold_to_more_than_a_hundred_times_their_size_are_refused_unread() -> None:
    line = members()["entries.jsonl"].splitlines(keepends=True)[2]
    bundle = bomb("entries.jsonl", line, 80 * MIB)
    started = time.process_time()
    assert "unfolds" in str(refused(bundle))
    assert time.process_time() - started < 1


def test_a_small_bundle_may_unfold_as_much_as_it_likes() -> None:
    log = Log()
    log.write(50, note="mug " * 20_000)
    log.sign()
    assert verify(log.bundle(), KEY).ok


def test_a_bundle_that_fails_in_the_middle_has_no_end() -> None:
    """What ends a ZIP nevertheless is zipfile's ``__del__``; a reader of the stream would take it for whole."""
    stream = io.BytesIO()

    def lines() -> Iterator[bytes]:
        yield b"x" * 600_000
        raise KeyError

    manifest = Manifest(ACME_LOG, 0, (ACME_KEY.verifier,), timestamp(START))
    with pytest.raises(KeyError), BundleWriter(stream, manifest) as writer:
        writer.entries(lines())
    written = stream.tell()
    del writer
    gc.collect()
    assert stream.tell() == written == len(stream.getvalue()) and b"PK\x05\x06" not in stream.getvalue()
