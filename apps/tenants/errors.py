"""What the walls refuse. Each has a stable code and a sentence that says what to do."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured


class WallError(Exception):
    """Base of what the walls refuse."""

    code = "wall"


class SchemaRefused(WallError):
    """A schema that is neither public nor a tenant's."""

    code = "schema-refused"

    def __init__(self, schema: str) -> None:
        super().__init__(f"{schema[:80]!r} is no tenant's schema: those are t_ and 32 hexadecimal digits.")


class NobodyProven(WallError):
    """What acts for a tenant was asked for before anybody has proven to be of one."""

    code = "nobody-proven"

    def __init__(self) -> None:
        super().__init__("Nobody has proven to be of a tenant yet. Stand behind its walls first.")


class ChangeRefused(WallError):
    """A change of a tenant's state that does not go with the state it is in."""

    code = "change-refused"


class RoleRefused(WallError, ImproperlyConfigured):
    """A database role that could pass by the walls, or is another than this process was started as."""

    code = "role-refused"
