"""What reports refuse. Each has a stable code, and says what to do."""

from __future__ import annotations

from apps.compliance.errors import ComplianceError


class ScheduleRefused(ComplianceError):
    """A schedule that cannot be."""

    code = "compliance.schedule_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"The schedule is not kept: {why}.")


class RecipientRefused(ComplianceError):
    """Somebody who cannot be sent reports."""

    code = "compliance.recipient_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"This recipient is not added: {why}.")


class LogoRefused(ComplianceError):
    """A picture that does not go into mails. Quotes nothing of it."""

    code = "compliance.logo_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"This picture is not taken: {why}.")


class NothingToSend(ComplianceError):
    """A mail that is not to be sent again."""

    code = "compliance.nothing_to_send"

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing is sent: {why}.")


class TransactionOpen(RuntimeError):
    """A mail was to be sent, or a PDF set, while a transaction was open: a fault of ours."""

    def __init__(self) -> None:
        super().__init__("Nothing is sent while a transaction is open: it would last as long as the mail server wants.")
