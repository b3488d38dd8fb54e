"""What proving costs: checking a bundle of a million entries, appending to a log, the bytes of one proof.

Rates are of one core's time (``time.process_time``), which does not depend much on what else the machine does; what
several processes do together is by the clock.
"""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.table import Row
from specward.tlog import (
    BundleWriter,
    Checkpoint,
    CompactRange,
    Manifest,
    SigningKey,
    TlogProof,
    canonical,
    entry_hash,
    inclusion_proof,
    sign_checkpoint,
    verify,
)
from specward.tlog.bundling import entry
from specward.tlog.leaves import timestamp
from specward.tlog.proofs import hashes_of

ENTRIES = 1_000_000
ORIGIN = "specward.example/log/1b4e28ba-2fa1-41d2-883f-0016d3cca427"
START = datetime(2026, 1, 1, tzinfo=UTC)


def proving(entries: int = ENTRIES) -> list[Row]:
    """In-process, one thread; the bundle lies on the disk of temporary files."""
    with tempfile.TemporaryDirectory(prefix="specward-bench-") as folder:
        return _rows(Path(folder) / "bundle.zip", entries)


def _rows(path: Path, entries: int) -> list[Row]:
    dice = random.Random(1)
    key = SigningKey.generate(ORIGIN)
    hashes: list[bytes] = []
    width = 0

    def lines() -> Iterator[bytes]:
        nonlocal width
        for index in range(entries):
            content = canonical(_entry(index, dice))
            salt = dice.randbytes(16)
            hashes.append(entry_hash(salt, content))
            width += len(content)
            yield entry(index, salt, content)

    manifest = Manifest(ORIGIN, entries, (key.verifier,), timestamp(START))
    with path.open("wb") as stream, BundleWriter(stream, manifest) as writer:
        writer.entries(lines())
        writer.hashes(hashes)
        log = CompactRange()
        log.extend(hashes)
        note = sign_checkpoint(Checkpoint(ORIGIN, entries, log.root()), key)
        writer.checkpoints([note])

    def check(workers: int) -> None:
        report = verify(path, key.verifier, workers=workers)
        assert report.ok and report.entries == entries

    on = f"{entries:,} entries of {width // entries} bytes"
    took = _core(lambda: check(1))
    rows = [Row("verify a bundle, one process", on, f"{entries / took:,.0f} rows/s", f"{took:.1f} s of a core")]
    cores = len(os.sched_getaffinity(0))
    started = time.perf_counter()
    check(cores)
    took = time.perf_counter() - started
    rate = entries / took
    what = f"the same, {cores} processes, by the clock"
    rows.append(Row(what, on, f"{rate:,.0f} rows/s", f"{took:.1f} s", "150,000 rows/s", rate >= 150_000))

    def appending() -> None:
        growing = CompactRange()
        for each in hashes:
            growing.append(each)

    def extending() -> None:
        growing = CompactRange()
        for at in range(0, entries, 1000):
            growing.extend(hashes[at : at + 1000])

    def hashing() -> None:
        for each in hashes:
            hashlib.sha256(b"\x01" + each + each).digest()

    plain = _core(hashing)
    for what, run in (("append leaves one by one", appending), ("the same by the thousand", extending)):
        took = _core(run)
        rows.append(
            Row(
                f"{what} / SHA-256 of as many",
                f"{entries:,} leaves",
                f"{entries / took:,.0f}/s",
                f"{took / plain:.2f}x",
            )
        )

    middle = entries * 2 // 3
    path_up = inclusion_proof(middle, entries, hashes_of(hashes))
    proof = TlogProof(middle, tuple(path_up), note)
    times = 200

    def proofs() -> None:
        for _ in range(times):
            TlogProof.parse(bytes(proof)).verify(hashes[middle], [key.verifier])

    took = _core(proofs) / times
    size = len(bytes(proof))
    rows.append(
        Row(
            "one proof, with its checkpoint",
            f"{entries:,} leaves",
            f"{size} bytes",
            f"{took * 1e6:.0f} us",
            "1,500 bytes",
            size <= 1500,
        )
    )
    return rows


def _entry(index: int, dice: random.Random) -> dict[str, object]:
    """An entry as the service has them: who, what, on what, from where, before and after; logged in batches of 100."""
    happened = START + timedelta(milliseconds=10 * index)
    return {
        "action": "update",
        "actor": {"email": "alice@acme.example", "id": f"{dice.getrandbits(128):032x}", "kind": "person"},
        "address": "192.0.2.17",
        "changes": {"status": ["draft", "approved"]},
        "logged": timestamp(START + timedelta(seconds=index // 100 + 1)),
        "object": {"id": f"{dice.getrandbits(128):032x}", "type": "specs.spec"},
        "request": f"{dice.getrandbits(128):032x}",
        "source": "database",
        "time": timestamp(happened),
    }


def _core(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started
