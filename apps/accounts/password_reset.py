"""A forgotten password: a link by mail, good once, for an hour."""

from __future__ import annotations

import datetime
from typing import Final

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from apps.accounts import links
from apps.accounts.errors import LinkRefused
from apps.accounts.models import PasswordReset, User
from apps.accounts.passwords import change_password
from apps.accounts.posting import letter, post
from apps.accounts.signing_in import as_claimed

GOOD_FOR: Final = datetime.timedelta(hours=1)
AT_MOST: Final = 3
"""Links under way for one person: nobody's mailbox is filled by others."""
PATH: Final = "/reset/{secret}/"
_LETTER: Final = "password-reset"

_TEXT: Final = """Hello {name},

somebody, we hope you, asked for a new password at {host}. Choose one here within an hour:

{link}

If it was not you, do nothing: your password stays as it is.
"""


def ask(request: HttpRequest, email: str) -> None:
    """Sends a link to the person with this address, if there is one here who may sign in. Says nothing either way."""
    now = timezone.now()
    with as_claimed(request):
        try:
            user = User.objects.get_by_natural_key(email.replace("\0", ""))
        except User.DoesNotExist:
            return
        under_way = PasswordReset.objects.filter(user=user, expires__gt=now).count()
        if not user.may_enter(now) or under_way >= AT_MOST:
            return
        with transaction.atomic():
            reset = PasswordReset.objects.create(user=user, expires=now + GOOD_FOR)
            post(_LETTER, str(reset.pk), user.email)


@letter(_LETTER)
def _write(about: str) -> EmailMultiAlternatives | None:
    """The mail with a new link; one that was sent before is good no more."""
    reset = PasswordReset.objects.select_related("user").filter(pk=about, expires__gt=timezone.now()).first()
    if reset is None or not reset.user.may_enter(timezone.now()):
        return None
    secret = links.new_secret()
    PasswordReset.objects.filter(pk=reset.pk).update(digest=links.digest(secret))
    link = links.address(PATH.format(secret=secret))
    text = _TEXT.format(name=reset.user.name, host=link.split("/")[2], link=link)
    # To the address that is stored: one that only looks alike must not get somebody else's link.
    return EmailMultiAlternatives("Choose a new password", text, to=[reset.user.email])


def is_good(request: HttpRequest, secret: str) -> bool:
    """Whether a link would be taken now; spends nothing."""
    with as_claimed(request):
        try:
            return _good(secret).exists()
        except LinkRefused:
            return False


@sensitive_variables("password", "secret")
def spend(request: HttpRequest, secret: str, password: str) -> User:
    """Sets a new password by a link, which is good no more; every session ends. Nobody is signed in by it.

    Raises :class:`LinkRefused`, and ValidationError with what is wrong with the password: then the link stays good.
    """
    with as_claimed(request), transaction.atomic():
        reset = _good(secret).select_for_update(of=("self",)).select_related("user").first()
        if reset is None or not reset.user.may_enter(timezone.now()):
            raise LinkRefused
        change_password(reset.user, password)  # takes away this link and all others
        return reset.user


def _good(secret: str) -> QuerySet[PasswordReset]:
    return PasswordReset.objects.filter(digest=links.digest(secret), expires__gt=timezone.now())
