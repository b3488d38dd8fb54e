"""The library's own errors: few, each with a stable code that API, console and CLI show alike."""

from __future__ import annotations


class SpecwardError(Exception):
    """What a user can be told.

    ``code`` is stable; ``str()`` says what was refused, where, and why; ``hint`` says the way out.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class RecordingRefused(SpecwardError):
    """A recording that cannot be read, or is over a limit.

    ``where`` is the place: a byte, an event, a field.
    """

    code = "recording-refused"

    def __init__(self, message: str, *, where: str, hint: str = "") -> None:
        super().__init__(f"{where}: {message}", hint=hint)
        self.where = where
