"""The words of the log: few, and the same in the database, the console, the API and the exports."""

from __future__ import annotations

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
