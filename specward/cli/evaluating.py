"""What a writer made of one recording, held against what the baseline makes of it."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import BinaryIO, Final

import zstandard

from specward.cli.choosing import Chosen
from specward.cli.simplified_pages import simplified_pages
from specward.language.ir import Call, Spec
from specward.language.primitive import Kind
from specward.language.registry import REGISTRY
from specward.recording.actions import Action
from specward.recording.reading import read_events
from specward.recording.tracing import trace
from specward.writing.acts import must_keep
from specward.writing.asking_models import improved
from specward.writing.composing import Composed, compose

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One recording: what was written, and how it compares."""

    name: str
    baseline: Composed
    composed: Composed
    seconds: float
    """For the writer alone, without the reading of the recording."""
    raw_bytes: int
    """Of the recording's JSON, uncompressed."""
    html_bytes: int
    """Of the visited pages as simplified HTML."""

    @property
    def actions_equal(self) -> bool:
        """Whether it does what the baseline does: the same actions in the same order, to the same elements, whichever
        way it points at them."""
        made, plain = list(actions(_spec(self.composed))), list(actions(_spec(self.baseline)))
        recorded = self.baseline.trace.actions
        return len(made) == len(plain) and all(map(_do_the_same, made, plain, recorded))

    @property
    def kept(self) -> tuple[int, int]:
        """Of the assertions that a person would make in any case: how many stand where they stood, and of how many."""
        wanted = [
            (number, one.call) for number, kept in enumerate(must_keep(self.baseline.written.acts)) for one in kept
        ]
        there = list(assertions(_spec(self.composed)))
        return sum(one in there for one in wanted), len(wanted)

    @property
    def request_bytes(self) -> int:
        """Of all requests, with what they have in common."""
        return sum(call.request_bytes for call in self.composed.calls)

    @property
    def document_bytes(self) -> int:
        """Of what the first request says about this session."""
        return self.composed.calls[0].document_bytes if self.composed.calls else 0

    @property
    def tokens(self) -> tuple[int, int]:
        """In and out, as the API counts; what it did not count is not in it."""
        took = [call.tokens for call in self.composed.calls if call.tokens is not None]
        return sum(one.total - one.output for one in took), sum(one.output for one in took)


def evaluated(path: Path, name: str, chosen: Chosen, origin: str | None = None) -> Evaluated:
    """Writes one recording. Raises :class:`~specward.errors.SpecwardError` where it cannot be used, and OSError."""
    baseline = compose(trace(read_events(path), origin=origin))
    began = time.monotonic()
    composed = improved(
        baseline,
        writer=chosen.writer,
        client=chosen.client,
        shapes_only=chosen.shapes_only,
        seconds=chosen.seconds,
    )
    seconds = time.monotonic() - began
    html = sum(len(page.encode("utf-8", "replace")) for page in simplified_pages(read_events(path)))
    return Evaluated(name, baseline, composed, seconds, raw_size(path), html)


def actions(spec: Spec) -> Iterator[Call]:
    """The actions of a spec, in order, whatever steps they stand in."""
    for step in spec.steps:
        yield from (call for call in step.calls if REGISTRY[call.primitive].kind is Kind.ACTION)


def assertions(spec: Spec) -> Iterator[tuple[int, Call]]:
    """Its assertions, each with the number of the action that it follows, from 0."""
    number = -1
    for step in spec.steps:
        for call in step.calls:
            if REGISTRY[call.primitive].kind is Kind.ACTION:
                number += 1
            else:
                yield number, call


def _do_the_same(made: Call, plain: Call, recorded: Action) -> bool:
    if made == plain:
        return True
    (pointer, where), *rest = made.args or (("", None),)
    ways = recorded.target.locators if recorded.target is not None else ()
    same_element = any(where == way.locator for way in ways)
    return made.primitive == plain.primitive and tuple(rest) == plain.args[1:] and same_element and pointer != ""


def _spec(composed: Composed) -> Spec:
    """What the gate read out of the text, which is what would run; where it read none, what was written."""
    return composed.checked.spec or composed.written.spec


def raw_size(path: Path) -> int:
    """Bytes of a recording's JSON. Raises ``OSError``."""
    with path.open("rb") as stream:
        head = stream.read(4)
        stream.seek(0)
        if head[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=stream, mode="rb") as opened:
                return _length(opened)
        if head == b"\x28\xb5\x2f\xfd":
            return _length(zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(stream))
        return path.stat().st_size


def _length(stream: BinaryIO | gzip.GzipFile | zstandard.ZstdDecompressionReader) -> int:
    total = 0
    while chunk := stream.read(_CHUNK):
        total += len(chunk)
    return total


def median_share(parts: Sequence[tuple[int, int]]) -> float | None:
    """The median of quotients whose divisor is not 0; ``None`` where there is none."""
    return median_of(part / whole for part, whole in parts if whole)


def median_of(values: Iterable[float]) -> float | None:
    """The median; ``None`` of nothing."""
    found = list(values)
    return median(found) if found else None
