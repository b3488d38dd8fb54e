"""Asking somebody to join: a link by mail, good once, for a week."""

from __future__ import annotations

import datetime
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.accounts import links
from apps.accounts.errors import AddressRefused, LinkRefused
from apps.accounts.models import Invitation, Role, User
from apps.accounts.people import checked_address, checked_window, refuse_known, take_seat
from apps.accounts.posting import post
from apps.accounts.signing_in import as_claimed

GOOD_FOR: Final = datetime.timedelta(days=7)
PATH: Final = "/join/{secret}/"

_TEXT: Final = """Hello,

{inviter} asks you to join {host} as {role}. Choose a password here within a week:

{link}

If you do not know what this is about, do nothing.
"""


def invite(
    inviter: User, email: str, role: Role, window: tuple[datetime.datetime, datetime.datetime] | None = None
) -> Invitation:
    """Asks somebody to join the tenant behind whose walls this runs; an open invitation takes a seat.

    Raises :class:`AddressRefused`, :class:`WindowRefused`, :class:`NoSeat`.
    """
    email = checked_address(email)
    begins, ends = checked_window(role, window)
    with transaction.atomic():
        take_seat()
        refuse_known(email)
        if _open().filter(email=email).exists():
            raise AddressRefused(f"{email} is invited already. Withdraw that invitation to send another one.")
        secret = links.new_secret()
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            window_from=begins,
            window_until=ends,
            digest=links.digest(secret),
            invited_by=inviter,
            expires=timezone.now() + GOOD_FOR,
        )
        link = links.address(PATH.format(secret=secret))
        text = _TEXT.format(inviter=inviter.name, host=link.split("/")[2], role=role.label.lower(), link=link)
        post(EmailMultiAlternatives(f"{inviter.name} invites you to Specward", text, to=[email]))
        return invitation


def withdraw(invitation: Invitation) -> None:
    """Makes a link worthless and frees its seat. Doing it again changes nothing."""
    Invitation.objects.filter(id=invitation.id, accepted=None, withdrawn=None).update(withdrawn=timezone.now())


def by_link(request: HttpRequest, secret: str) -> Invitation:
    """The invitation of a link, to be shown. Raises :class:`LinkRefused`."""
    with as_claimed(request):
        found = _open().filter(digest=links.digest(secret)).first()
    if found is None:
        raise LinkRefused
    return found


@sensitive_variables("password", "secret")
def accept(request: HttpRequest, secret: str, name: str, password: str) -> User:
    """Makes the person who was invited, by their link, which is good no more. Nobody is signed in by it.

    Raises :class:`LinkRefused`, :class:`NoSeat`, and ValidationError with what is wrong with the password: then the
    link stays good.
    """
    with as_claimed(request), transaction.atomic():
        invitation = _open().select_for_update().filter(digest=links.digest(secret)).first()
        if invitation is None or User.objects.filter(email=invitation.email).exists():
            raise LinkRefused
        take_seat(instead_of=invitation)
        user = User(
            email=invitation.email,
            name=name.strip(),
            role=invitation.role,
            window_from=invitation.window_from,
            window_until=invitation.window_until,
        )
        validate_password(password, user)
        user.set_password(password)
        user.save(force_insert=True)
        invitation.accepted = timezone.now()
        invitation.save(update_fields=["accepted"])
        return user


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted=None, withdrawn=None, expires__gt=timezone.now())
