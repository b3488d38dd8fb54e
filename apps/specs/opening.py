"""A version as it is worked with: opened, and held against its digest, its sheet and today's gate."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from apps.specs import evidence
from apps.specs.errors import NotWhatWasKept
from apps.specs.models import SpecVersion
from specward.language.findings import Finding, Rule
from specward.language.gate import Checked, check
from specward.language.ir import Spec
from specward.language.parsing import parse_text
from specward.recording.sheet import Sheet, SheetRefused

_WAY_OUT: Final = "Somebody else has to approve it, or take it out."


@dataclass(frozen=True, slots=True)
class Opened:
    """A version's text with all that is known of it. ``checked.spec`` is there: what is kept has passed."""

    version: SpecVersion
    text: str
    sheet: Sheet
    notes: Mapping[str, Any]
    checked: Checked

    @property
    def spec(self) -> Spec:
        """What the text says. Raises :class:`NotWhatWasKept` where today's gate does not take it any more."""
        if self.checked.spec is None:
            raise NotWhatWasKept
        return self.checked.spec


def opened(version: SpecVersion) -> Opened:
    """Opens a version. Raises :class:`NotWhatWasKept` where its text has another digest, and what the vault raises."""
    text = version.text.reveal()
    if not hmac.compare_digest(hashlib.sha256(text.encode()).hexdigest(), version.digest):
        raise NotWhatWasKept
    sheet = _sheet(version.sheet.reveal())
    if sheet is None:
        raise NotWhatWasKept
    notes = version.notes.reveal()
    return Opened(version, text, sheet, notes, judged(text, sheet, notes))


def _sheet(raw: bytes) -> Sheet | None:
    try:
        return Sheet.from_bytes(raw)
    except SheetRefused:
        return None  # its words may quote the page


def judged(text: str, sheet: Sheet, notes: Mapping[str, Any]) -> Checked:
    """The gate's verdict on a text, and on top of it what the recording says just as little.

    Grounding asks whether each element and word was seen. A click on something that was seen, where nobody clicked, is
    beyond the recording too, and so are a state that nothing was seen in, and another beginning.
    """
    checked = check(text, origins=[sheet.origin], sheet=sheet)
    if checked.spec is None:
        return checked
    beside = notes.get("beside", {})
    new = evidence.added(checked.spec, sheet, beside)
    unseen = evidence.unseen(checked.spec, sheet)
    found = list(checked.findings)
    if new or unseen:
        found += _not_shown(checked.spec, text, {finding.line for finding in found}, new, unseen)
    if evidence.begins_otherwise(checked.spec, beside):
        message = "The page has another size, or the spec starts from another state, than in the recording."
        found.append(Finding(Rule.UNGROUNDED_START, 1, 1, message, _WAY_OUT))
    found.sort(key=lambda finding: (finding.line, finding.column))
    return Checked(checked.spec, checked.text, tuple(found))


def _not_shown(
    spec: Spec, text: str, known: AbstractSet[int], new: Sequence[tuple[int, int]], unseen: Sequence[tuple[int, int]]
) -> Iterator[Finding]:
    """A finding for each of these calls, but on the lines of which something is known already."""
    place = parse_text(text, None).place
    for rule, calls in ((Rule.UNGROUNDED_ACTION, new), (Rule.UNGROUNDED_STATE, unseen)):
        for step, call in calls:
            line, column = place(step, call)
            if line not in known:
                name = spec.steps[step].calls[call].primitive
                yield Finding(rule, line, column, f"The recording does not show {name} at this place.", _WAY_OUT)
