"""Controls of the life of recordings, what writes specs, the log, and the people."""

from __future__ import annotations

from typing import Final

from apps.compliance.controls import Control, Frequency, Owner

_RECORDINGS: Final = (
    Control(
        "C-LIFE-1",
        "Recordings end when their retention ends",
        "A recording is discarded by the date that its plan gave it as it came; nobody moves that date, and a discard "
        "that was begun is carried on until it has ended.",
        ("P1",),
        ("C1.2", "P4.2", "P4.3"),
        Owner.PLATFORM,
        Frequency.HOURLY,
        ("recordings.retention", "recordings.retention_of_plan", "recordings.discards_end"),
    ),
    Control(
        "C-LIFE-2",
        "A discard leaves a certificate and no content",
        "Each discarded recording has a certificate of its bytes that nobody changes, and no object of it lies in the "
        "store.",
        ("P1",),
        ("C1.2", "P4.3", "CC6.5"),
        Owner.PLATFORM,
        Frequency.DAILY,
        ("recordings.certificates", "recordings.objects"),
    ),
    Control(
        "C-LIFE-3",
        "What is kept for longer is kept for a reason",
        "A legal hold says who placed it and why; nothing else keeps a recording.",
        ("P1",),
        ("C1.1", "P4.2"),
        Owner.COMPLIANCE_OFFICER,
        Frequency.DAILY,
        ("recordings.holds",),
    ),
)

CONTROLS: Final[tuple[Control, ...]] = _RECORDINGS
