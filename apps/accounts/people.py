"""Who belongs to a tenant: roles, windows, coming and going. A tenant always has an active owner."""

from __future__ import annotations

import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.errors import AddressRefused, LastOwner, NoSeat, WindowRefused
from apps.accounts.models import Invitation, PasswordReset, Role, User, normal_email
from apps.accounts.sessions import end_all
from apps.tenants.models import Tenant
from apps.tenants.walls import connection as walled

LONGEST_WINDOW: Final = datetime.timedelta(days=366)
_SEATS: Final = 0x5EA75


def add(
    email: str,
    name: str,
    role: Role,
    *,
    password: str | None = None,
    window: tuple[datetime.datetime, datetime.datetime] | None = None,
) -> User:
    """A new person of the tenant behind whose walls this runs. Without a password they cannot sign in until a reset.

    Raises :class:`AddressRefused`, :class:`WindowRefused`, :class:`NoSeat`. The password is taken as it is: who takes
    one from a form validates it.
    """
    email = checked_address(email)
    begins, ends = checked_window(role, window)
    with transaction.atomic():
        take_seat()
        refuse_known(email)
        user = User(email=email, name=name.strip(), role=role, window_from=begins, window_until=ends)
        user.set_password(password)
        user.save(force_insert=True)
        return user


def checked_address(email: str) -> str:
    """The address as it is stored. Raises :class:`AddressRefused`."""
    email = normal_email(email)
    try:
        validate_email(email)
        email.encode("ascii")
    except (ValidationError, UnicodeEncodeError) as error:
        raise AddressRefused(
            "This is no e-mail address. Write one as name@company.example; a domain with letters beyond a to z in its "
            "xn-- form."
        ) from error
    return email


def refuse_known(email: str) -> None:
    """Raises :class:`AddressRefused` where somebody here has the address."""
    if User.objects.filter(email=email).exists():
        raise AddressRefused(f"Somebody here has the address {email} already.")


def checked_window(
    role: Role, window: tuple[datetime.datetime, datetime.datetime] | None
) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """The window as it is stored: an auditor has one, nobody else does. Raises :class:`WindowRefused`."""
    if role != Role.AUDITOR:
        if window is not None:
            raise WindowRefused(f"Only an auditor has a window, and not the role {role.label}.")
        return None, None
    if window is None:
        raise WindowRefused("An auditor is let in for a window of time. Say when it begins and ends.")
    begins, ends = window
    if not begins < ends <= begins + LONGEST_WINDOW:
        raise WindowRefused(f"A window ends after it begins, and within {LONGEST_WINDOW.days} days.")
    return begins, ends


def take_seat(*, instead_of: Invitation | None = None) -> None:
    """Makes sure that the plan has a seat left, until the end of the transaction. Raises :class:`NoSeat`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", [_SEATS])
    plan = Tenant.objects.select_related("plan").get(id=walled().walls.proven).plan
    open_invitations = Invitation.objects.filter(accepted=None, withdrawn=None, expires__gt=timezone.now())
    if instead_of is not None:
        open_invitations = open_invitations.exclude(id=instead_of.id)
    if User.objects.filter(is_active=True).count() + open_invitations.count() >= plan.seats:
        raise NoSeat(str(plan), plan.seats)


def change_role(user: User, role: Role, window: tuple[datetime.datetime, datetime.datetime] | None = None) -> None:
    """Gives somebody another role (or an auditor another window), and signs them out everywhere.

    Raises :class:`LastOwner`, :class:`WindowRefused`.
    """
    begins, ends = checked_window(role, window)
    with transaction.atomic():
        if role != Role.OWNER:
            _refuse_last_owner(user)
        user.role, user.window_from, user.window_until = role, begins, ends
        user.save(update_fields=["role", "window_from", "window_until"])
        end_all(user)


def deactivate(user: User) -> None:
    """Ends somebody's access, tokens included, and keeps who they were. Raises :class:`LastOwner`."""
    with transaction.atomic():
        _refuse_last_owner(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_all(user)
        PasswordReset.objects.filter(user=user).delete()


def reactivate(user: User) -> None:
    """Lets somebody in again. Raises :class:`NoSeat`."""
    with transaction.atomic():
        if not user.is_active:
            take_seat()
        user.is_active = True
        user.save(update_fields=["is_active"])


def remove(user: User) -> None:
    """Deletes somebody with their sessions and tokens. Raises :class:`LastOwner`."""
    with transaction.atomic():
        _refuse_last_owner(user)
        user.delete()


def _refuse_last_owner(user: User) -> None:
    """Looks under a lock, so that two owners cannot demote each other at once; the database refuses it too."""
    owners = list(User.objects.select_for_update().filter(role=Role.OWNER, is_active=True).order_by("id"))
    if [owner.id for owner in owners] == [user.id]:
        raise LastOwner(user.name)
