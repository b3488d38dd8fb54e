"""What recordings refuse. Each has a stable code, and says what was refused, where, why, and the way out.

None quotes a recording, and none is raised inside of an ``except`` block: a chained error would carry the frames of
whoever read it.
"""

from __future__ import annotations

import uuid

from apps.tenants.refusals import Refusal


class RecordingError(Refusal):
    """Base of what recordings refuse."""

    code = "recording"


class NotARecording(RecordingError):
    """What was uploaded cannot be read as rrweb events. ``where`` is a byte or an event."""

    code = "recording.unreadable"
    way_out = "Upload the events of one session as rrweb, PostHog or Sentry export them: JSON or JSON lines."

    def __init__(self, where: str, why: str, way_out: str = "") -> None:
        self.where = where
        super().__init__(f"This is no recording that can be read: at {where}, {why}.", way_out)


class TooLarge(RecordingError):
    """More bytes than the plan takes in, as they come or once they are decompressed."""

    code = "recording.too_large"
    way_out = "Cut the session into shorter recordings, or ask for a larger plan."


class Altered(RecordingError):
    """The bytes have another SHA-256 than they should have."""

    code = "recording.altered"
    way_out = "Upload it again."


class Duplicate(RecordingError):
    """The same bytes are here already. ``first`` is the recording that they are."""

    code = "recording.duplicate"
    way_out = "Use that one, or the spec that was made of it."

    def __init__(self, first: uuid.UUID) -> None:
        self.first = first
        super().__init__(f"These bytes were uploaded before, as recording {first}.")


class UploadLost(RecordingError):
    """An upload that took longer than is waited for: it was cleared away."""

    code = "recording.upload_lost"
    way_out = "Upload it again, over a faster line or in shorter recordings."

    def __init__(self) -> None:
        super().__init__("The upload took too long, and was given up.")


class IllegalMove(RecordingError):
    """A recording is not in a state from which this can be done."""

    code = "recording.illegal_move"

    def __init__(self, id: uuid.UUID, wanted: str, state: str) -> None:
        self.state = state
        super().__init__(f"Recording {id} cannot become {wanted}: it is {state}.", "Look at its state again.")


class Held(RecordingError):
    """A recording under a legal hold, which wins over every discard."""

    code = "recording.held"
    way_out = "Whoever placed the hold lifts it first."

    def __init__(self, id: uuid.UUID) -> None:
        super().__init__(f"Recording {id} is under a legal hold, and is not discarded.")


class LeaseLost(RecordingError):
    """A worker was too late: another has the recording, or it is not to be worked on any more."""

    code = "recording.lease_lost"
    way_out = "Nothing of what it made is kept."

    def __init__(self, id: uuid.UUID) -> None:
        super().__init__(f"Recording {id} is not this worker's any more.")


class WrongOffset(RecordingError):
    """A part that does not begin where the upload ends. ``offset`` is where that is."""

    code = "recording.wrong_offset"
    way_out = "Go on from there."

    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__(f"The upload has {offset:,} bytes, and the next part begins with the one after them.")


class BrokenOff(RecordingError):
    """A part of which fewer bytes came than were announced, or not in time."""

    code = "recording.broken_off"
    way_out = "Nothing of it is kept. Send it again from the same offset, in smaller parts over a slow line."

    def __init__(self) -> None:
        super().__init__("The part broke off: not all of its bytes came, or not in time.")


class TooManyParts(RecordingError):
    """An upload in more parts than one may have."""

    code = "recording.too_many_parts"
    way_out = "Give it up, and upload it in parts of some megabytes."

    def __init__(self, most: int) -> None:
        super().__init__(f"An upload has {most:,} parts at most.")


class TooManyUploads(RecordingError):
    """More uploads at once than are taken in."""

    code = "recording.too_many_uploads"
    way_out = "Finish one, or give it up, first; one that nobody goes on with is cleared away after an hour."

    def __init__(self, whose: str, most: int) -> None:
        super().__init__(f"{whose} may have {most} uploads at once.")


class UploadGone(RecordingError):
    """An upload that was given up, or cleared away, while a part of it came."""

    code = "recording.upload_gone"
    way_out = "Begin it anew."

    def __init__(self) -> None:
        super().__init__("This upload is not there any more.")


class UploadBusy(RecordingError):
    """An upload whose parts are being read as one recording already."""

    code = "recording.upload_busy"
    way_out = "Ask for the upload in a moment: it names its recording once that is received."

    def __init__(self) -> None:
        super().__init__("All of this upload is here, and is being read.")
