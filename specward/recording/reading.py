"""Recorded events in: every shape a session replay comes in, as one stream of events.

Read are JSON arrays, JSON lines, PostHog's ``[windowId, event]`` lines, Sentry's arrays of segments, wrappers such as
``{"events": [...]}``, ``{"snapshots": ...}``, ``{"result": ...}``, all of these under gzip or zstd, and PostHog's
``cv: "2024-10"`` fields (gzip as latin-1 text). Nothing is ever loaded whole: one event at a time is decoded, so
memory follows the largest event. What cannot be read is refused with its place (:class:`RecordingRefused`).
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson
import zstandard

from specward.errors import RecordingRefused


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much of a recording is taken in before it is refused."""

    total: int = 1024 * 1024 * 1024
    """Bytes after decompression."""
    event: int = 32 * 1024 * 1024
    """Bytes of one event."""
    values: int = 1_000_000
    """Objects and arrays in one event: what bounds the memory its decoding takes."""
    events: int = 5_000_000
    nesting: int = 8
    """Wrappers and arrays around the events."""


class Event(NamedTuple):
    """One recorded rrweb event. ``number`` counts from 0 over the whole recording; ``at`` is in milliseconds."""

    number: int
    window: str
    type: int
    data: Any
    at: float

    @property
    def where(self) -> str:
        return f"event {self.number}"


def read_events(
    source: Path | BinaryIO, *, limits: ReadLimits | None = None, progress: Callable[[int], None] | None = None
) -> Iterator[Event]:
    """The events of a recording, in file order.

    ``source`` is a path or a binary stream. ``progress`` is called with the number of raw bytes read so far.
    Raises :class:`RecordingRefused` for input that is no recording, is cut off, or is over a limit; and ``OSError``
    where the file itself cannot be opened.
    """
    limits = limits or ReadLimits()
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield from _read(stream, limits, progress)
    else:
        yield from _read(source, limits, progress)


def _read(stream: BinaryIO, limits: ReadLimits, progress: Callable[[int], None] | None) -> Iterator[Event]:
    count = 0
    for window, raw in _Values(_opened(stream, progress), limits).events():
        if count >= limits.events:
            raise RecordingRefused(f"more than {limits.events:,} events", where=f"event {count}")
        yield _event(count, window, raw, limits)
        count += 1
    if count == 0:
        raise RecordingRefused(
            "no events in it", where="byte 0", hint="A recording is a JSON array or JSON lines of rrweb events."
        )


def _event(index: int, window: str, raw: dict[str, Any], limits: ReadLimits) -> Event:
    kind, at = raw.get("type"), raw.get("timestamp", 0)
    if type(kind) is not int:
        raise RecordingRefused(f"type is {kind!r:.40}, not a number", where=f"event {index}")
    if type(at) is not int and type(at) is not float:
        # rrweb's own test fixtures strip their timestamps; anything else is not a time.
        raise RecordingRefused(f"timestamp is {at!r:.40}, not a number", where=f"event {index}")
    if kind == 5 and at < 1e11:  # Sentry writes its custom events in float seconds
        at *= 1000
    window_id = raw.get("windowId")
    if type(window_id) is str:
        window = window_id
    data = raw.get("data")
    if "cv" in raw:
        data = _uncompressed(raw["cv"], data, f"event {index}", limits)
    return Event(index, window, kind, data, at)


# PostHog's compressed fields

_COMPRESSED_FIELDS = ("texts", "attributes", "removes", "adds")


def _uncompressed(version: Any, data: Any, where: str, limits: ReadLimits) -> Any:
    """``data`` with PostHog's compressed parts expanded (posthog-js ``lazy-loaded-session-recorder``, 2024-10)."""
    if version != "2024-10":
        raise RecordingRefused(
            f"compressed in a way not known here (cv {version!r:.40})",
            where=where,
            hint="Only PostHog's cv 2024-10 is known; export the recording uncompressed.",
        )
    if type(data) is str:
        return _inflated(data, where, limits)
    if type(data) is dict:
        return {
            name: _inflated(value, f"{where}, {name}", limits)
            if name in _COMPRESSED_FIELDS and type(value) is str
            else value
            for name, value in data.items()
        }
    return data


def _inflated(text: str, where: str, limits: ReadLimits) -> Any:
    try:
        packed = text.encode("latin-1")
        engine = zlib.decompressobj(wbits=31)
        raw = engine.decompress(packed, limits.event)
    except (UnicodeEncodeError, zlib.error) as broken:
        raise RecordingRefused("a compressed field is not gzip as latin-1 text", where=where) from broken
    if engine.unconsumed_tail:
        raise RecordingRefused(f"a compressed field grows over {limits.event:,} bytes", where=where)
    if not engine.eof:
        raise RecordingRefused("a compressed field is cut off", where=where)
    if raw.count(b"{") + raw.count(b"[") > limits.values:
        raise RecordingRefused(f"a compressed field holds over {limits.values:,} values", where=where)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as broken:
        raise RecordingRefused(f"a compressed field is not JSON ({broken})", where=where) from broken


# Bytes in


def _opened(stream: BinaryIO, progress: Callable[[int], None] | None) -> Callable[[int], bytes]:
    """A function that reads up to ``size`` decompressed bytes; the compression is told by its magic bytes."""
    counted = io.BufferedReader(_Counted(stream, progress), _CHUNK)
    head = counted.peek(_MAGIC)[:_MAGIC]
    opened: BinaryIO | gzip.GzipFile = counted
    if head[:2] == b"\x1f\x8b":
        opened = gzip.GzipFile(fileobj=counted, mode="rb")
    elif head == b"\x28\xb5\x2f\xfd":
        # A frame may ask for a window of gigabytes; 128 MiB is what zstd's own command line allows by default.
        opened = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(counted, read_across_frames=True)
    read = 0

    def more(size: int) -> bytes:
        nonlocal read
        try:
            chunk: bytes = opened.read(size)
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as broken:
            raise RecordingRefused(
                f"the compressed data is damaged or cut off ({broken})", where=f"byte {read} of the content"
            ) from broken
        read += len(chunk)
        return chunk

    return more


_MAGIC = 4


class _Counted(io.RawIOBase):
    """A raw stream that tells how far it was read."""

    def __init__(self, stream: BinaryIO, progress: Callable[[int], None] | None) -> None:
        self._stream = stream
        self._progress = progress
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        while 0 < len(data) < _MAGIC and (more := self._stream.read(_MAGIC - len(data))):
            data += more  # the first look must be able to tell the compression
        buffer[: len(data)] = data
        self._count += len(data)
        if self._progress is not None:
            self._progress(self._count)
        return len(data)


# JSON in

_NOT_SPACE = re.compile(rb"[^ \t\r\n]")
_STAMP_TAIL = re.compile(rb"[ \t\r\n]*+[0-9.eE+-]++[ \t\r\n]*+\}")
_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL)
_KEY = re.compile(rb'"([^"\\]{0,64})"[ \t\r\n]*+:[ \t\r\n]*+')
_EVENT_START = re.compile(rb'\{[ \t\r\n]*+"(?:type|timestamp|data|windowId|delay|seq|cv)"[ \t\r\n]*+:')
_DATA_START = re.compile(rb'\{[ \t\r\n]*+"data"[ \t\r\n]*+:[ \t\r\n]*+[\[{]')
_INNER_WRAPPER = re.compile(rb'"(?:snapshots|events|results?)"[ \t\r\n]*+:[ \t\r\n]*+[\[{]')
_PAIR_START = re.compile(rb'\[[ \t\r\n]*+"((?:[^"\\]|\\.){0,128})"[ \t\r\n]*+,[ \t\r\n]*+(?=\{)')
_SCALAR = re.compile(rb'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^,\]}\s"\[{]++)', re.DOTALL)
_WRAPPERS = frozenset({b"events", b"snapshots", b"result", b"results", b"data", b"recording", b"rrweb_events"})
_CHUNK = 1 << 20
_LOOK = 1 << 16
"""How far is looked for what tells an export from an event, or for the end of an event, before it is counted out."""


class _Values:
    """Walks arrays and wrappers down to the events, decoding one event at a time."""

    def __init__(self, more: Callable[[int], bytes], limits: ReadLimits) -> None:
        self._more = more
        self._limits = limits
        self._buffer = b""
        self._at = 0
        self._before = 0
        """Bytes that were read and let go."""
        self._ended = False
        self._slow = False

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self._peek() == b"\xef":  # a byte order mark, which JSON should not have and files do
            self._need(3)
            if self._buffer[self._at : self._at + 3] == b"\xef\xbb\xbf":
                self._at += 3
        while self._peek():
            yield from self._value("", 0)
            if self._peek() == b",":
                self._at += 1

    def _value(self, window: str, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
        if depth > self._limits.nesting:
            raise self._refused(f"events nested over {self._limits.nesting} deep")
        first = self._peek()
        if first == b"{":
            self._need(256)
            if _EVENT_START.match(self._buffer, self._at) and not self._wraps_events():
                yield window, self._object()
            else:
                yield from self._object_or_wrapper(window, depth)
        elif first == b"[":
            self._need(256)
            pair = _PAIR_START.match(self._buffer, self._at)
            if pair:
                yield from self._pair(pair)
            else:
                yield from self._array(window, depth)
        elif first == b"":
            raise self._refused("the recording is cut off here")
        else:
            raise self._refused(f"expected an event, found {self._buffer[self._at : self._at + 12]!r}")

    def _array(self, window: str, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
        self._at += 1
        if self._peek() == b"]":
            self._at += 1
            return
        while True:
            if self._buffer.startswith(b'{"type"', self._at):  # the usual case, without a generator in between
                yield window, self._object()
            else:
                yield from self._value(window, depth + 1)
            mark = self._peek()
            self._at += 1
            if mark == b"]":
                return
            if mark != b",":
                self._at -= 1
                raise self._refused("the recording is cut off here" if mark == b"" else "expected , or ] here")
            self._peek()

    def _pair(self, pair: re.Match[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
        window = pair.group(1).decode("utf-8", "replace")
        self._at = pair.end()
        yield window, self._object()
        if self._peek() != b"]":
            raise self._refused("expected the end of a [windowId, event] pair here")
        self._at += 1

    def _object_or_wrapper(self, window: str, depth: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """An object that is no plain event at first sight: step inside the members that hold events."""
        self._at += 1
        while True:
            mark = self._peek()
            if mark == b"}":
                self._at += 1
                break
            self._need(256)
            key = _KEY.match(self._buffer, self._at)
            if not key:
                raise self._refused("the recording is cut off here" if mark == b"" else "expected a key here")
            name = key.group(1)
            self._at = key.end()
            first = self._peek()
            if first == b"[" or (first == b"{" and name in _WRAPPERS):
                self._need(256)
                if name in _WRAPPERS or depth > 0:
                    yield from self._value(window, depth + 1)
                else:
                    self._exact()
            elif first == b"{":
                self._exact()
            else:
                value = self._scalar()
                if name in (b"window_id", b"windowId") and type(value) is str:
                    window = value
            mark = self._peek()
            if mark == b",":
                self._at += 1
            elif mark != b"}":
                raise self._refused("the recording is cut off here" if mark == b"" else "expected , or } here")

    def _wraps_events(self) -> bool:
        """Is the object here, whose first member is ``data``, an export around events, not an event itself?"""
        start = _DATA_START.match(self._buffer, self._at)
        if start is None:
            return False
        if self._buffer.startswith(b"[", start.end() - 1):
            return True
        self._need(_LOOK)
        end = self._at + _LOOK
        stamp = self._buffer.find(b'"timestamp"', self._at, end)
        return _INNER_WRAPPER.search(self._buffer, self._at, end if stamp < 0 else stamp) is not None

    def _scalar(self) -> Any:
        while True:
            match = _SCALAR.match(self._buffer, self._at)
            if match and (match.end() < len(self._buffer) or self._ended):
                break
            if not self._grow():
                raise self._refused("the recording is cut off here")
        self._at = match.end()
        return self._decoded(match.group())

    def _object(self) -> dict[str, Any]:
        """The object that starts here. An event ends with its timestamp nearly always: try that end first."""
        start = self._at
        while not self._slow:
            stamp = self._buffer.find(b'"timestamp":', start)
            tail = _STAMP_TAIL.match(self._buffer, stamp + 12) if stamp >= 0 else None
            if tail:
                self._check_size(tail.end() - start)
                try:
                    value = orjson.loads(memoryview(self._buffer)[start : tail.end()])
                except orjson.JSONDecodeError:
                    break
                self._at = tail.end()
                return self._as_object(value)
            if stamp >= 0 and stamp + 64 < len(self._buffer):
                break
            at = start - self._at  # growing lets go of what lies before _at
            if not self._grow():
                break
            start = self._at + at
        self._slow = True  # another key order: what is no end once is none the next time
        value = self._decoded(self._exact())
        return self._as_object(value)

    def _as_object(self, value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise self._refused("expected an object here")
        return value

    def _exact(self) -> bytes:
        """The bytes of the object or array that starts here, found by counting brackets outside of strings."""
        depth, scanned = 0, 0
        while True:
            match = _TO_BRACKET.match(self._buffer, self._at + scanned)
            if match is None:
                self._check_size(len(self._buffer) - self._at)
                if not self._grow():
                    raise self._refused("the recording is cut off inside this value")
                continue
            scanned = match.end() - self._at
            depth += 1 if match.group(1) in b"{[" else -1
            if depth == 0:
                break
        self._check_size(scanned)
        value = self._buffer[self._at : self._at + scanned]
        self._at += scanned
        return value

    def _decoded(self, raw: bytes) -> Any:
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as broken:
            self._at -= len(raw)
            raise self._refused(f"not JSON: {broken}") from broken

    def _check_size(self, size: int) -> None:
        limit = self._limits
        if size > limit.event:
            raise self._refused(f"one event is over {limit.event:,} bytes")
        if size > limit.values:
            window = self._buffer[self._at : self._at + size]
            if window.count(b"{") + window.count(b"[") > limit.values:
                raise self._refused(f"one event holds over {limit.values:,} values")

    def _peek(self) -> bytes:
        """The next byte that is no white space, or ``b""`` at the end."""
        while True:
            found = _NOT_SPACE.search(self._buffer, self._at)
            if found is not None:
                self._at = found.start()
                return found.group()
            self._at = len(self._buffer)
            if not self._grow():
                return b""

    def _need(self, size: int) -> None:
        while len(self._buffer) - self._at < size and self._grow():
            pass

    def _grow(self) -> bool:
        """Read on, letting go of what lies before the current place. False at the end of the input."""
        if self._ended:
            return False
        kept = len(self._buffer) - self._at
        chunk = self._more(max(_CHUNK, kept))
        if not chunk:
            self._ended = True
            return False
        self._before += self._at
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        if self._before + len(self._buffer) > self._limits.total:
            raise self._refused(
                f"the recording grows over {self._limits.total:,} bytes when read",
                hint="Cut the session into shorter recordings.",
            )
        return True

    def _refused(self, message: str, hint: str = "") -> RecordingRefused:
        return RecordingRefused(message, where=f"byte {self._before + self._at}", hint=hint)
