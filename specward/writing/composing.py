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

_MOST_CALLS = 2_000


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


def compose(trace: Trace, others: Sequence[Trace] = ()) -> Composed:
    """Write a trace (``others`` walked the same path), and put the spec through its own gate on its own sheet.

    A session that is too long for one spec (64 KiB of text or of sheet) is cut, with a note that says where. Raises
    :class:`SheetRefused` where not even one action fits.
    """
    trace, dropped = unwritable(trace)
    count = len(trace.actions)
    while True:
        part = trace if count == len(trace.actions) else replace(trace, actions=trace.actions[:count])
        written = write(part, others)
        if part is not trace:
            cut = f"the session is too long for one spec: it holds the first {count} of {len(trace.actions)} actions"
            written = replace(written, notes=(*written.notes, cut))
        text = print_spec(written.spec)
        sheet = _sheet(part, written, text, last_try=count <= 1)
        if sheet is not None:
            break
        count = min(count - 1, count * 4 // 5)
    checked = check(text, origins=[part.origin], sheet=Sheet.from_bytes(sheet))
    return Composed(part, written, text, sheet, checked, dropped)


def _sheet(trace: Trace, written: Written, text: str, *, last_try: bool) -> bytes | None:
    """The sheet's bytes; ``None`` where spec or sheet are too large and there is something to leave out."""
    calls = sum(len(step.calls) for step in written.spec.steps)
    if (len(text.encode()) > MAX_SOURCE_BYTES or calls > _MOST_CALLS) and not last_try:
        return None
    try:
        return sheet_of(trace, [one.effect for one in written.assertions], written.notes).to_bytes()
    except SheetRefused:
        if last_try:
            raise
        return None
