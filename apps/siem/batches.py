"""What is sent: a stretch of the log as OCSF events, in the form that a collector takes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.audit import ocsf, placed
from apps.siem.models import Sink
from specward import __version__

MOST_BYTES: Final = 1_000_000
"""Of one request, unless a single event is longer: what a proxy takes that nobody has told otherwise."""

_TYPES: Final = {
    Sink.Format.ARRAY: "application/json",
    Sink.Format.LINES: "application/x-ndjson",
    Sink.Format.SPLUNK: "application/json",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """The places from ``first`` up to ``after``, which is not one of them. ``body`` is empty where there is no event to
    send: all of them were ``pruned``, or are ``faulty``."""

    first: int
    after: int
    events: int
    pruned: int
    faulty: int
    body: bytes


def read(sink: Sink, tenant: uuid.UUID, most: int) -> Batch | None:
    """The next stretch for a sink, at most ``most`` places of it; None where everything signed was delivered.

    An entry that is not as it was logged is not passed on as if it were: it is counted.
    """
    first = sink.position
    last = min(first + most, placed.signed_size()) - 1
    if last < first:
        return None
    format = Sink.Format(sink.format)
    parts: list[bytes] = []
    length, pruned, faulty, after = 0, 0, 0, first
    for place in placed.read(first, last):
        if isinstance(place, placed.Placed) and place.is_as_logged:
            part = _part(ocsf.event(place.entry, place.index, tenant, __version__), format)
            if parts and length + len(part) > MOST_BYTES:
                break
            parts.append(part)
            length += len(part) + 1
        elif isinstance(place, placed.Pruned):
            pruned += 1
        else:
            faulty += 1
        after = place.index + 1
    return Batch(first, after, len(parts), pruned, faulty, _joined(parts, format))


def of_one(event: dict[str, Any], format: Sink.Format) -> bytes:
    """A body with one event."""
    return _joined([_part(event, format)], format)


def content_type(format: Sink.Format) -> str:
    return _TYPES[format]


def _part(event: dict[str, Any], format: Sink.Format) -> bytes:
    wrapped: dict[str, Any] = event
    if format is Sink.Format.SPLUNK:
        # https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
        wrapped = {"time": event["time"] / 1000, "source": "specward", "sourcetype": "ocsf", "event": event}
    return json.dumps(wrapped, separators=(",", ":")).encode("ascii")


def _joined(parts: Sequence[bytes], format: Sink.Format) -> bytes:
    if not parts:
        return b""
    if format is Sink.Format.ARRAY:
        return b"[" + b",".join(parts) + b"]"
    return b"\n".join(parts) + b"\n"
