"""From a trace to what is kept of it: the spec, its grounding sheet, and the gate's verdict on the two.

The sheet that is checked against is the one that is kept, after it was made to fit: a spec whose grounds were dropped
is no spec.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from specward.language.gate import Checked, check
from specward.language.printer import print_spec
from specward.language.registry import MAX_SOURCE_BYTES
from specward.recording.actions import Dropped, Trace
from specward.recording.sheet import Sheet, SheetRefused, sheet_of
from specward.writing.acts import unwritable
from specward.writing.assembling import Written
from specward.writing.baseline import write
from specward.writing.models.client import Failure, Tokens
from specward.writing.models.writers import Writer

_MOST_CALLS = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a model that a spec took."""

    request_bytes: int
    document_bytes: int
    milliseconds: int
    tokens: Tokens | None
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Composed:
    """A spec with its text, the bytes of its sheet, and what the gate says of them. ``ok`` is the gate's."""

    trace: Trace
    """The actions that were written."""
    written: Written
    text: str
    sheet: bytes
    checked: Checked
    dropped: tuple[Dropped, ...]
    """What could not be written, on top of what the trace had left out."""
    cut: str = ""
    """Where a session ends that was too long for one spec, in words that its notes hold too."""
    asked: Writer = Writer.BASELINE
    """Who was to write it."""
    fallback: Failure | None = None
    """Why the baseline wrote it all the same."""
    calls: tuple[Asked, ...] = ()

    @property
    def writer(self) -> Writer:
        """Who wrote it."""
        return self.asked if self.fallback is None else Writer.BASELINE

    @property
    def rounds(self) -> int:
        """How often a model was told to mend what it wrote."""
        return max(0, len(self.calls) - 1)


def compose(trace: Trace, others: Sequence[Trace] = ()) -> Composed:
    """Write a trace (``others`` walked the same path), and put the spec through its own gate on its own sheet.

    A session that is too long for one spec (64 KiB of text or of sheet) is cut, with a note that says where. Raises
    :class:`SheetRefused` where not even one action fits.
    """
    trace, dropped = unwritable(trace)
    count = len(trace.actions)
    while True:
        part = trace if count == len(trace.actions) else replace(trace, actions=trace.actions[:count])
        cut = f"the session is too long for one spec: it holds the first {count} of {len(trace.actions)} actions"
        composed = composed_of(part, write(part, others), dropped, "" if part is trace else cut, last_try=count <= 1)
        if composed is not None:
            return composed
        count = min(count - 1, count * 4 // 5)


def composed_of(
    trace: Trace, written: Written, dropped: tuple[Dropped, ...], cut: str = "", *, last_try: bool = False
) -> Composed | None:
    """What is kept of a spec that was written; ``None`` where it or its sheet is too large, and there is something to
    leave out. Raises :class:`SheetRefused` where there is not."""
    if cut:
        written = replace(written, notes=(*written.notes, cut))
    text = print_spec(written.spec)
    sheet = _sheet(trace, written, text, last_try=last_try)
    if sheet is None:
        return None
    checked = check(text, origins=[trace.origin], sheet=Sheet.from_bytes(sheet))
    return Composed(trace, written, text, sheet, checked, dropped, cut)


def _sheet(trace: Trace, written: Written, text: str, *, last_try: bool) -> bytes | None:
    calls = sum(len(step.calls) for step in written.spec.steps)
    if (len(text.encode()) > MAX_SOURCE_BYTES or calls > _MOST_CALLS) and not last_try:
        return None
    try:
        return sheet_of(trace, [one.effect for one in written.assertions], written.notes).to_bytes()
    except SheetRefused:
        if last_try:
            raise
        return None
