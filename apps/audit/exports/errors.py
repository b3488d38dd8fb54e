"""What exports of the log refuse, and why one fails. Codes are stable; no word of an entry is ever in them."""

from __future__ import annotations

from apps.audit.errors import AuditError


class ExportError(AuditError):
    """Base of what exports refuse. ``way_out`` is said after what was refused."""

    code = "export"
    way_out = ""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} {self.way_out}".strip())


class NothingSigned(ExportError):
    """There is no checkpoint yet, and so nothing to prove."""

    code = "export.nothing_signed"
    way_out = "A first checkpoint is signed within seconds of the first entry: ask again then."

    def __init__(self) -> None:
        super().__init__("The log has no signed checkpoint yet.")


class NotPlaced(ExportError):
    """An entry without a place in the log yet."""

    code = "export.not_placed"
    way_out = "It gets its place within seconds: ask again then."

    def __init__(self) -> None:
        super().__init__("The entry is not covered by a signed checkpoint yet.")


class TooManyExports(ExportError):
    """More exports under way at once than are taken on."""

    code = "export.too_many"
    way_out = "Wait until one of them is ready."

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} exports of this log are under way already, which is as many as there may be.")


class NotReady(ExportError):
    """An export without a file: it is not made yet, has failed, or has expired."""

    code = "export.not_ready"
    way_out = "Look at its state; ask for another export where it has failed or expired."

    def __init__(self, state: str) -> None:
        super().__init__(f"The export has no file: it is {state}.")


class LeaseLost(ExportError):
    """A worker was too late: another has the export."""

    code = "export.lease_lost"

    def __init__(self) -> None:
        super().__init__("The export is not this worker's any more.")


class TooLarge(ExportError):
    """A bundle beyond what one may hold (docs/audit-log.md, section 4)."""

    code = "export.too_large"

    def __init__(self) -> None:
        super().__init__("The bundle would be larger than a proof bundle may be.")


class TooScattered(ExportError):
    """A bundle of which filters leave out more stretches than one may have."""

    code = "export.too_scattered"

    def __init__(self) -> None:
        super().__init__("The filters leave out more stretches of the log than a proof bundle may have.")


class Altered(ExportError):
    """A piece in the object store that is not the one that was put there."""

    code = "export.altered"

    def __init__(self) -> None:
        super().__init__("What is stored of the export is not what was made.")


WORKER_LOST = "export.worker_lost"
TOO_LONG = "export.too_long"
UNEXPECTED = "export.unexpected"

WAYS_OUT = {
    WORKER_LOST: "Its workers died one after the other. Ask again; if it ends the same, tell whoever runs the service.",
    TOO_LONG: "It took longer than an export may. Ask for a shorter time.",
    UNEXPECTED: "Something failed on our side. Ask again; if that ends the same, tell whoever runs the service.",
    TooLarge.code: "The log is larger than one proof bundle may be. Take JSON lines of it.",
    TooScattered.code: "The filters leave out too many stretches. Take a bundle of the whole log.",
}
"""What somebody who looks at an export that failed may do, by its reason; a reason of the vault's is not in it."""


def way_out_of(reason: str) -> str:
    """What to do about an export that failed."""
    return WAYS_OUT.get(reason, "The keys or the store of the tenant could not be reached. Ask again later.")
