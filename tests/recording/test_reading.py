"""Every shape a recording comes in gives the same events; what is no recording is refused with its place."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import zstandard

from specward.errors import RecordingRefused
from specward.recording.reading import ReadLimits, read_events
from tests.recording.replay import Replay


def session() -> list[dict[str, Any]]:
    replay = Replay()
    shop = replay.node("button", {}, "Pay", key="pay")
    replay.page("https://shop.example/pay", [shop]).click("pay").append(
        "pay", replay.node("b", {}, 'a "quoted" {brace}')
    )
    return replay.events


def squeezed(value: Any) -> str:
    return gzip.compress(orjson.dumps(value), mtime=0).decode("latin-1")


def posthog_compressed(events: list[dict[str, Any]]) -> bytes:
    lines = []
    for event in events:
        data = event["data"]
        if event["type"] == 2:
            event = {**event, "data": squeezed(data), "cv": "2024-10"}
        elif event["type"] == 3 and data["source"] == 0:
            fields = ("adds", "removes", "texts", "attributes")
            event = {**event, "data": {**data, **{name: squeezed(data[name]) for name in fields}}, "cv": "2024-10"}
        lines.append(orjson.dumps(["window-1", event]))
    return b"\n".join(lines)


def lines_of(events: list[dict[str, Any]]) -> bytes:
    return b"\n".join(orjson.dumps(event) for event in events)


SHAPES: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "a JSON array": orjson.dumps,
    "a pretty-printed array": lambda events: json.dumps(events, indent=2).encode(),
    "JSON lines": lines_of,
    "JSON lines with a last newline": lambda events: lines_of(events) + b"\n",
    "PostHog's pairs": lambda events: b"\n".join(orjson.dumps(["window-1", event]) for event in events),
    "PostHog's compressed fields": posthog_compressed,
    "PostHog's blobs": lambda events: b"\n".join(orjson.dumps({"window_id": "w", "data": [e]}) for e in events),
    "PostHog's export": lambda events: orjson.dumps({"version": "1", "data": {"id": "x", "snapshots": events}}),
    "an events wrapper": lambda events: orjson.dumps({"meta": {"a": [1, {"b": 2}]}, "events": events}),
    "a snapshots wrapper": lambda events: orjson.dumps({"snapshots": events, "next": None}),
    "snapshots by window": lambda events: orjson.dumps({"result": {"snapshots": {"w1": events}}}),
    "a result wrapper": lambda events: orjson.dumps({"result": events}),
    "Sentry's segments": lambda events: orjson.dumps([events[:2], events[2:]]),
    "timestamps first": lambda events: orjson.dumps(
        [{"timestamp": e["timestamp"], "data": e["data"], "type": e["type"]} for e in events]
    ),
    "data first": lambda events: orjson.dumps([{"data": e["data"], "type": e["type"]} for e in events]),
    "a window id in each event": lambda events: orjson.dumps([{"windowId": "w", **event} for event in events]),
    "a byte order mark": lambda events: b"\xef\xbb\xbf" + orjson.dumps(events),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("packed", ["plain", "gzip", "zstd", "one byte at a time"])
def test_every_shape_gives_the_same_events(shape: str, packed: str) -> None:
    events = session()
    raw = SHAPES[shape](events)
    stream: Any = io.BytesIO(raw)
    if packed == "gzip":
        stream = io.BytesIO(gzip.compress(raw))
    elif packed == "zstd":
        stream = io.BytesIO(zstandard.compress(raw))
    elif packed == "one byte at a time":
        stream = Trickle(raw)
    found = list(read_events(stream))
    assert [event.data for event in found] == [event["data"] for event in events]
    assert [event.type for event in found] == [event["type"] for event in events]
    assert [event.number for event in found] == list(range(len(events)))


class Trickle(io.BytesIO):
    """A stream that never gives more than a few bytes, as sockets do."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(7, size) if size and size > 0 else 7)


def test_windows_are_told_apart() -> None:
    events = session()
    raw = b"\n".join(orjson.dumps([f"window-{i % 2}", event]) for i, event in enumerate(events))
    assert {event.window for event in read_events(io.BytesIO(raw))} == {"window-0", "window-1"}


def test_sentrys_seconds_become_milliseconds() -> None:
    raw = orjson.dumps([{"type": 5, "data": {"tag": "breadcrumb"}, "timestamp": 1_700_000_000.25}])
    assert next(iter(read_events(io.BytesIO(raw)))).at == 1_700_000_000_250


def refusal(raw: bytes, limits: ReadLimits | None = None) -> str:
    with pytest.raises(RecordingRefused) as caught:
        list(read_events(io.BytesIO(raw), limits=limits))
    return str(caught.value)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("shape", ["a JSON array", "PostHog's pairs", "an events wrapper", "timestamps first"])
def test_a_recording_that_is_cut_off_says_at_which_byte(shape: str, cut: float) -> None:
    raw = SHAPES[shape](session())
    said = refusal(raw[: int(len(raw) * cut)])
    assert said.startswith("byte ")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "no events"),
        (b"[]", "no events"),
        (b"{}", "no events"),
        (b"hello", "expected an event"),
        (b"[1, 2, 3]", "expected an event"),
        (b'[{"type": "click", "data": {}, "timestamp": 1}]', "event 0: type is 'click'"),
        (b'[{"type": 3, "data": {}, "timestamp": "yesterday"}]', "event 0: timestamp is 'yesterday'"),
        (b'[{"type": true, "data": {}, "timestamp": 1}]', "event 0: type is True"),
        (b'[{"type": 3, "data": {}, "timestamp": 1} {"type": 3}]', "expected , or ]"),
        (b'[{"type": 3, "data": {}, "timestamp": NaN}]', "not JSON"),
        (b'{"events": 3}', "no events"),
        (b"[" * 50 + b"]" * 50, "nested over 8 deep"),
        (b'[{"type":2,"timestamp":1,"data":' + b'{"childNodes":[' * 3000 + b"]}" * 3000 + b"}]", "not JSON"),
        (b"\x1f\x8b\x08\x00rubbish", "damaged or cut off"),
        (gzip.compress(b"[1]" * 99, mtime=0)[:-9], "damaged or cut off"),
        (b"\x28\xb5\x2f\xfdrubbish", "damaged or cut off"),
        (orjson.dumps([{"type": 2, "data": "not gzip", "timestamp": 1, "cv": "2024-10"}]), "not gzip as latin-1"),
        (orjson.dumps([{"type": 2, "data": squeezed({})[:-9], "timestamp": 1, "cv": "2024-10"}]), "cut off"),
        (orjson.dumps([{"type": 2, "data": "x", "timestamp": 1, "cv": "2031-01"}]), "'2031-01'"),
    ],
)
def test_what_is_no_recording_is_refused(raw: bytes, said: str) -> None:
    assert said in refusal(raw)


def test_a_gzip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000)
    assert "grows over 10,000,000 bytes" in refusal(bomb, ReadLimits(total=10_000_000))


def test_a_bomb_inside_a_compressed_field_is_refused() -> None:
    field = gzip.compress(b" " * 50_000_000).decode("latin-1")
    raw = orjson.dumps([{"type": 2, "data": field, "timestamp": 1, "cv": "2024-10"}])
    assert "event 0: a compressed field grows over" in refusal(raw, ReadLimits(event=1_000_000))


def test_one_event_may_not_be_larger_than_its_limit() -> None:
    raw = orjson.dumps([{"type": 3, "data": {"text": "x" * 5_000}, "timestamp": 1}])
    assert "one event is over 1,000 bytes" in refusal(raw, ReadLimits(event=1_000))


def test_one_event_may_not_hold_more_values_than_its_limit() -> None:
    raw = orjson.dumps([{"type": 3, "data": [[] for _ in range(9_000)], "timestamp": 1}])
    assert "holds over 3,000 values" in refusal(raw, ReadLimits(values=3_000))


def test_progress_tells_the_bytes_read() -> None:
    raw = orjson.dumps(session())
    seen: list[int] = []
    list(read_events(io.BytesIO(raw), progress=seen.append))
    assert seen[-1] == len(raw)
