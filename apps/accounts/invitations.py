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
from apps.accounts.posting import letter, post
from apps.accounts.signing_in import as_claimed

GOOD_FOR: Final = datetime.timedelta(days=7)
PATH: Final = "/join/{secret}/"
_LETTER: Final = "invitation"

_FIRST_TEXT: Final = """Hello,

your account at Specward is made: {host}. You are its owner. Choose your password here within a week, and invite the
others from there:

{link}

If you do not know what this is about, do nothing.
"""

_TEXT: Final = """Hello,

{inviter} asks you to join {host} as {role}. Choose a password here within a week:

{link}

If you do not know what this is about, do nothing.
"""


def invite(
    inviter: User | None, email: str, role: Role, window: tuple[datetime.datetime, datetime.datetime] | None = None
) -> Invitation:
    """Asks somebody to join the tenant behind whose walls this runs; an open invitation takes a seat.

    The link is made and sent by a task after the transaction. No ``inviter``: the first owner, whom nobody there could
    invite.

    Raises :class:`AddressRefused`, :class:`WindowRefused`, :class:`NoSeat`.
    """
    email = checked_address(email)
    begins, ends = checked_window(role, window)
    with transaction.atomic():
        take_seat()
        refuse_known(email)
        if _open().filter(email=email).exists():
            raise AddressRefused(f"{email} is invited already. Withdraw that invitation to send another one.")
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            window_from=begins,
            window_until=ends,
            invited_by=inviter,
            expires=timezone.now() + GOOD_FOR,
        )
        post(_LETTER, str(invitation.id), email)
        return invitation


@letter(_LETTER)
def _write(about: str) -> EmailMultiAlternatives | None:
    """The mail of an invitation, with a new link; one that was sent before is good no more."""
    invitation = _open().select_related("invited_by").filter(id=about).first()
    if invitation is None:
        return None
    secret = links.new_secret()
    _open().filter(id=about).update(digest=links.digest(secret))
    link = links.address(PATH.format(secret=secret))
    host = link.split("/")[2]
    if invitation.invited_by is None:
        text = _FIRST_TEXT.format(host=host, link=link)
        return EmailMultiAlternatives("Your account at Specward", text, to=[invitation.email])
    inviter = invitation.invited_by.name
    text = _TEXT.format(inviter=inviter, host=host, role=invitation.get_role_display().lower(), link=link)
    return EmailMultiAlternatives(f"{inviter} invites you to Specward", text, to=[invitation.email])


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
