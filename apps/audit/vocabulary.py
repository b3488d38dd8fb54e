"""The words of the log: few, and the same in the database, the console, the API and the exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import models


class Action(models.IntegerChoices):
    """What was done. The first four are django-auditlog's own numbers; none is ever given another meaning."""

    CREATE = 0, "create"
    UPDATE = 1, "update"
    DELETE = 2, "delete"
    ACCESS = 3, "access"
    SIGN_IN = 4, "sign-in"
    SIGN_IN_FAILED = 5, "sign-in failed"
    SIGN_OUT = 6, "sign-out"
    REFUSAL = 7, "refusal"
    FAILURE = 8, "failure"
    EXPORT = 9, "export"
    CHECK = 10, "check"
    STATE_CHANGE = 11, "state change"
    PRUNING = 12, "pruning"
    LOG_KEY = 13, "log key"
    TOKEN_USE = 14, "token use"
    OPERATION = 15, "operation"


MEANINGS: Final[Mapping[Action, str]] = {
    Action.CREATE: "a row was made; `changes` holds its columns, secrets as digests",
    Action.UPDATE: "a row was changed; `changes` holds what it was and what it became",
    Action.DELETE: "a row was deleted; `changes` holds what it was",
    Action.ACCESS: "an object was read or opened: by a person, a token or a task",
    Action.SIGN_IN: "somebody signed in",
    Action.SIGN_IN_FAILED: "somebody tried to; about whose account, if there is one, and never what was typed",
    Action.SIGN_OUT: "somebody signed out",
    Action.REFUSAL: "a request was refused (401, 403, or 404 with credentials); of a token of the tenant's that is "
    "revoked, expired, from a wrong network or of somebody who is not let in: which, and why",
    Action.FAILURE: "a request failed on our side (5xx)",
    Action.EXPORT: "a list, a spec, a part of the log left the service",
    Action.CHECK: "something was checked or tried: a text, an endpoint, a proof",
    Action.STATE_CHANGE: "staff did something with a tenant as a whole",
    Action.PRUNING: "a stretch of the log is past its retention; its contents go once this is signed",
    Action.LOG_KEY: "a new key signs the log from here on",
    Action.TOKEN_USE: "a token was used for the first time, or from an address that it was never used from",
    Action.OPERATION: "an operator ran a command on the tenant; which, and what of it",
}
"""What each is an entry of, for the docs."""

WRITES: Final = frozenset({Action.CREATE, Action.UPDATE, Action.DELETE})
"""What the database alone may write: an entry of these is what happened to a row, not what somebody says of it."""


class ActorKind(models.TextChoices):
    """Who acts. ``database``: a statement that came past the application, by a role of the database."""

    USER = "user", "User"
    TOKEN = "token", "Token"
    STAFF = "staff", "Staff"
    SYSTEM = "system", "System"
    ANONYMOUS = "anonymous", "Anonymous"
    DATABASE = "database", "Database role"


class Source(models.TextChoices):
    """Who wrote the entry."""

    APPLICATION = "application", "Application narrative"
    DATABASE = "database", "Database trigger"
