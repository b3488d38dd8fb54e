"""What the audit log refuses."""

from __future__ import annotations

import uuid


class AuditError(Exception):
    """Base of what the audit log refuses."""

    code = "audit"


class LogOnlyGrows(AuditError):
    """Somebody tried to change, remove or lock an entry."""

    code = "log-only-grows"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The audit log only grows: {what} is refused. Record what happened as a new entry; what is past its "
            "retention is removed by the pruner role."
        )


class NoLogHere(AuditError):
    """An entry was recorded outside of any tenant's schema."""

    code = "no-log-here"

    def __init__(self) -> None:
        super().__init__(
            "Each tenant has its own log, and this connection stands in none. Stand in the tenant first: "
            "apps.tenants.walls.within(tenant)."
        )


class TriggerWritesThis(AuditError):
    """Application code recorded a write, which the database's triggers have recorded already."""

    code = "trigger-writes-this"

    def __init__(self, action: str) -> None:
        super().__init__(
            f"An entry of '{action}' is written by the database when a row is. Say why it happens with "
            "apps.audit.acting.narrating(...) around the write."
        )


class CursorRefused(AuditError):
    """A page's cursor that is none of ours."""

    code = "cursor-refused"

    def __init__(self) -> None:
        super().__init__("This cursor was not made by this search. Leave it out to begin at the newest entry.")


class LogUnguarded(AuditError):
    """Triggers of the log could not be put as they should be."""

    code = "log-unguarded"


class EntriesNotSettled(AuditError):
    """Entries were to get their places within a transaction."""

    code = "entries-not-settled"

    def __init__(self) -> None:
        super().__init__(
            "Entries get their places once their transaction has ended; this is called within one. Let it end first."
        )


class LogKeyMissing(AuditError):
    """The secret part of a log's key is not there, or belongs to another key."""

    code = "log-key-missing"

    def __init__(self, vkey: str) -> None:
        super().__init__(
            f"The log cannot be signed by {vkey}: its seed is missing in the platform's schema, or is another's. "
            "Bring it back from a backup of the platform's schema: a new key would have to be signed in by this one."
        )


class TreeDoesNotContinue(AuditError):
    """The tree of the log is not what was signed before."""

    code = "tree-does-not-continue"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The log is not signed any further: {why}. Somebody changed its tables past the sequencer. Compare an "
            "export with an older one: specward verify NEW --since OLD."
        )


class HoldLifted(AuditError):
    """A legal hold of the log that is lifted already."""

    code = "hold-lifted"

    def __init__(self, id: uuid.UUID) -> None:
        super().__init__(f"The hold {id} is lifted already. Place another one to keep the log.")


class LogBroken(AuditError):
    """What is to be pruned is not what was logged."""

    code = "log-broken"

    def __init__(self, index: int, what: str) -> None:
        super().__init__(
            f"The entry at {index} {what}. Nothing is pruned from there on, so that the evidence stays: export the log "
            "and see what `specward verify` says."
        )
