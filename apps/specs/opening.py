"""A version as it is worked with: opened, and held against its digest, its sheet and today's gate."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.specs import evidence
from apps.specs.errors import NotWhatWasKept
from apps.specs.models import SpecVersion
from specward.language.findings import Finding, Rule
from specward.language.gate import Checked, check
from specward.language.ir import Spec
from specward.language.parsing import parse_text
from specward.recording.sheet import Sheet, SheetRefused


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
    return Opened(version, text, sheet, version.notes.reveal(), judged(text, sheet))


def _sheet(raw: bytes) -> Sheet | None:
    try:
        return Sheet.from_bytes(raw)
    except SheetRefused:
        return None  # its words may quote the page


def judged(text: str, sheet: Sheet) -> Checked:
    """The gate's verdict on a text, and on top of it each action that the recording does not show at that place.

    Grounding asks whether each element and word was seen. A click on something that was seen, where nobody clicked, is
    said by the recording just as little.
    """
    checked = check(text, origins=[sheet.origin], sheet=sheet)
    if checked.spec is None:
        return checked
    new = evidence.added(checked.spec, sheet)
    if not new:
        return checked
    place = parse_text(text, None).place
    found = list(checked.findings)
    lines = {finding.line for finding in found}
    for step, call in new:
        line, column = place(step, call)
        if line not in lines:
            name = checked.spec.steps[step].calls[call].primitive
            found.append(
                Finding(
                    Rule.UNGROUNDED_ACTION,
                    line,
                    column,
                    f"The recording does not show {name} at this place.",
                    "Somebody else has to approve it, or take it out.",
                )
            )
    found.sort(key=lambda finding: (finding.line, finding.column))
    return Checked(checked.spec, checked.text, tuple(found))
