"""What a push to a SIEM refuses. Each has a stable code, and says what to do."""

from __future__ import annotations


class SiemError(Exception):
    """Base of what a push to a SIEM refuses."""

    code = "siem"


class AddressRefused(SiemError):
    """An address that nothing is sent to. Quotes no part of it: its path may be a secret."""

    code = "siem.url_refused"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Nothing is sent to this address: {why}. Give a whole one, such as https://siem.example:8088/services/collector."
        )


class ProofRefused(SiemError):
    """A secret or a header that cannot be sent. Quotes neither."""

    code = "siem.proof_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"The collector cannot be shown this: {why}.")


class TooManySinks(SiemError):
    """A tenant has as many sinks as it may."""

    code = "siem.too_many_sinks"

    def __init__(self, most: int) -> None:
        super().__init__(f"There are {most} sinks, and that is the most. Take one away first.")


class TestUnderWay(SiemError):
    """A sink is tried, and has not answered yet."""

    code = "siem.test_under_way"
    __test__ = False  # not a test, whatever its name

    def __init__(self) -> None:
        super().__init__("A test of this sink is still on its way. Wait until it has ended, a minute at most.")


class NotInTheLog(SiemError):
    """A place from which nothing can be sent again."""

    code = "siem.not_in_the_log"

    def __init__(self, size: int) -> None:
        super().__init__(f"The log has {size} signed entries: give a place from 0 to {size}, or a time before now.")


class TransactionOpen(SiemError):
    """No transaction spans a network call."""

    code = "siem.transaction_open"

    def __init__(self) -> None:
        super().__init__("A push was begun within a transaction. Begin it after that is committed.")
