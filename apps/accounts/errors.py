"""What accounts refuse. Each has a stable code, and says what to do."""

from __future__ import annotations


class AccountsError(Exception):
    """Base of what accounts refuse."""

    code = "accounts"


class LastOwner(AccountsError):
    """A tenant without an owner could be managed by nobody."""

    code = "last-owner"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is the last active owner. Make somebody else an owner first.")


class NoSeat(AccountsError):
    """The plan has no seat left."""

    code = "no-seat"

    def __init__(self, plan: str, seats: int) -> None:
        super().__init__(
            f"All {seats} seats of the plan {plan} are taken, open invitations included. Deactivate somebody, withdraw "
            "an invitation, or take a larger plan."
        )


class WindowRefused(AccountsError):
    """An auditor without a window, a window that ends before it begins, or a window for somebody else."""

    code = "window-refused"


class AddressRefused(AccountsError):
    """An e-mail address that cannot be one, or that somebody here has already."""

    code = "address-refused"


class LinkRefused(AccountsError):
    """A link of an invitation or a password reset that is unknown, used, withdrawn or too old: which, is not said."""

    code = "link-refused"

    def __init__(self) -> None:
        super().__init__("This link is not valid any more. Ask for a new one.")


class TokenRefused(AccountsError):
    """A token that may not be made as it was asked for."""

    code = "token-refused"
