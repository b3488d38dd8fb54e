"""How fast a recording is read: against decoding its JSON at all, against rrweb's own replayer, and in memory."""

from __future__ import annotations

import functools
import io
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson

from bench.recordings import measured, write_large
from bench.table import Row, paired
from specward.recording.reading import read_events
from specward.recording.tracing import trace

LARGE = 200_000_000


def trace_bytes(raw: bytes) -> object:
    return trace(read_events(io.BytesIO(raw)), origin="https://shop.example")


def against_json() -> list[Row]:
    """``trace`` (reading, mirror, names, locators, effects) as a multiple of ``orjson.loads`` on the same bytes."""
    rows = []
    total_ours = total_json = 0.0
    size = 0
    for name, raw in measured():
        count = len(orjson.loads(raw))
        ours, json_only, ratio = paired(functools.partial(trace_bytes, raw), functools.partial(orjson.loads, raw))
        figure = f"{count / ours:,.0f} events/s, {len(raw) / ours / 1e6:,.0f} MB/s"
        rows.append(Row("trace / orjson.loads", name, figure, f"{ratio:.1f}x", "under 4x", ratio < 4))
        total_ours += ours
        total_json += json_only
        size += len(raw)
    if rows:
        ratio = total_ours / total_json
        rows.append(
            Row(
                "trace / orjson.loads",
                "all of these",
                f"{size / total_ours / 1e6:,.0f} MB/s",
                f"{ratio:.1f}x",
                "under 4x",
                ratio < 4,
            )
        )
    return rows


_CHILD = """
import json, resource, sys, time
from pathlib import Path
from specward.recording.reading import read_events
from specward.recording.tracing import trace
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
found = trace(read_events(Path(sys.argv[1])))
print(json.dumps({"seconds": time.perf_counter() - started, "before": before, "actions": len(found.actions),
                  "events": found.events, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def large_recording() -> list[Row]:
    """Peak memory of a process that traces a recording of 200 MB, and the time against decoding it event by event."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.json"
        write_large(path, LARGE)
        size = path.stat().st_size
        found = json.loads(
            subprocess.run([sys.executable, "-c", _CHILD, str(path)], check=True, capture_output=True).stdout
        )
        raw = path.read_bytes()
    started = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    orjson.loads(raw)
    json_only = resource.getrusage(resource.RUSAGE_SELF).ru_utime - started
    peak = found["peak"] / 1024
    ratio = found["seconds"] / json_only
    on = f"{size / 1e6:.0f} MB, {found['events']:,} events, {found['actions']:,} actions"
    return [
        Row("peak memory of trace", on, f"{peak:.0f} MB", f"{peak / 400:.2f} of the limit", "under 400 MB", peak < 400),
        Row(
            "trace / orjson.loads",
            on,
            f"{size / found['seconds'] / 1e6:.0f} MB/s",
            f"{ratio:.1f}x",
            "under 4x",
            ratio < 4,
        ),
    ]
