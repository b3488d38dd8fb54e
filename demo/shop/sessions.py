"""What one visitor has in hands. Each browser has a world of its own, so that visitors do not meet each other."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(slots=True)
class Line:
    """So many of one product in one colour."""

    slug: str
    colour: str
    quantity: int


@dataclass(slots=True)
class Account:
    """The one account that the shop knows from the start."""

    email: str
    password: str
    name: str
    addresses: list[str]
    note: str = ""
    mail: str = "never"
    claims: list[str] = field(default_factory=list)


ALICE = Account(
    email="alice@acme.example",
    password="correct horse",  # noqa: S106  # made up, and written in the README of every demo
    name="Alice Example",
    addresses=["12 Mill Lane, Galway", "3 Quay Street, Cork"],
)


@dataclass(slots=True)
class Session:
    """One visitor: a cart, perhaps somebody signed in, and a checkout under way."""

    key: str
    cart: list[Line] = field(default_factory=list)
    voucher: str = ""
    account: Account = field(default_factory=lambda: copy.deepcopy(ALICE))
    signed_in: bool = False
    checkout: dict[str, str] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    """What was paid, by order number."""
    flash: str = ""
    """What the next page says once."""

    def line(self, slug: str, colour: str) -> Line | None:
        return next((one for one in self.cart if (one.slug, one.colour) == (slug, colour)), None)

    def said(self) -> str:
        said, self.flash = self.flash, ""
        return said


def day(ahead: int = 0) -> str:
    """A day from now in words, as it is volatile in every shop."""
    return f"{datetime.now(UTC) + timedelta(days=ahead):%d %B %Y}"
