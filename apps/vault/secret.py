"""A value that cannot be shown by accident."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar

from apps.vault.errors import StaysHidden

T_co = TypeVar("T_co", covariant=True)

HIDDEN = "Secret(hidden)"


class Secret(Generic[T_co]):
    """Holds a value, or the way to it, and shows it to :meth:`reveal` alone.

    Printing, formatting and logging show that it is one; pickling and JSON are refused. The value is in no attribute,
    so that neither ``vars()`` nor a reporter that walks over an object's attributes finds it.
    """

    __slots__ = ("_reveal",)

    def __init__(self, value: T_co) -> None:
        self._reveal: Callable[[], T_co] = lambda: value

    @classmethod
    def opened_by(cls, reveal: Callable[[], T_co]) -> Secret[T_co]:
        """One that is opened each time it is revealed, and not before."""
        made = cls.__new__(cls)
        made._reveal = reveal
        return made

    def reveal(self) -> T_co:
        """The value. Use it in the expression that needs it: a variable is shown by whoever reports a traceback.

        Raises what opening it raises (``apps.vault.errors``).
        """
        return self._reveal()

    def matches(self, other: bytes | str) -> bool:
        """Whether it is this text or these bytes, in a time that does not tell where they differ."""
        return hmac.compare_digest(_bytes(self.reveal()), _bytes(other))

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise StaysHidden("A secret is not pickled or copied.")


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise TypeError("Only text and bytes are compared.")


def hidden(value: T_co | Secret[T_co]) -> Secret[T_co]:
    """The value as a secret, whether it was one or not."""
    return value if isinstance(value, Secret) else Secret(value)
