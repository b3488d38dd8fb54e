"""What compliance refuses. Each has a stable code, and says what to do."""

from __future__ import annotations


class ComplianceError(Exception):
    """Base of what compliance refuses."""

    code = "compliance"


class NoSuchCheck(ComplianceError):
    """A key that no check has."""

    code = "compliance.no_such_check"

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no check {key!r}. The checks are listed with the controls that they serve.")


class NoSuchControl(ComplianceError):
    """A key that no control has."""

    code = "compliance.no_such_control"

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no control {key!r}. The controls are listed with the promises that they serve.")


class NothingToAccept(ComplianceError):
    """An exception for a check that does not fail."""

    code = "compliance.nothing_to_accept"

    def __init__(self, key: str) -> None:
        super().__init__(f"The check {key} does not fail, so there is nothing to accept. Run it again to be sure.")


class ExceptionRefused(ComplianceError):
    """An exception without a reason, an owner or a sensible end."""

    code = "compliance.exception_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"The exception is not made: {why}.")


class ExceptionEnded(ComplianceError):
    """An exception that has ended already."""

    code = "compliance.exception_ended"

    def __init__(self) -> None:
        super().__init__("This exception has ended. Where the check still fails, make another one.")


class PromisesChanged(ComplianceError):
    """Somebody accepts promises that are not the present ones."""

    code = "compliance.promises_changed"

    def __init__(self) -> None:
        super().__init__(
            "The promises have changed since this page was opened. Read them as they are now, and accept those."
        )


class WindowRefused(ComplianceError):
    """An observation window that cannot be."""

    code = "compliance.window_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"The observation window is not set: {why}.")


class MessageRefused(ComplianceError):
    """A request or an answer that cannot be."""

    code = "compliance.message_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"This is not sent: {why}.")
