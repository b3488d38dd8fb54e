"""How tokens, sessions, windows and invitations stand with the rules of their making: for whoever looks; nothing is
changed here."""

from __future__ import annotations

import datetime
from typing import Final

from django.conf import settings
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.invitations import GOOD_FOR
from apps.accounts.models import Invitation, Role, Session, Token, User
from apps.accounts.people import LONGEST_WINDOW
from apps.accounts.tokens import LONGEST

_AT_ONCE: Final = datetime.timedelta(minutes=2)
"""A use is written down once a minute; and what is made is made a moment before it is written."""


def good_tokens() -> QuerySet[Token]:
    """Those that are neither revoked nor expired, whoever's they are."""
    return Token.objects.filter(revoked__isnull=True, expires__gt=timezone.now()).order_by("created", "id")


def used_after_their_end() -> QuerySet[Token]:
    """Tokens that proved somebody after they had expired or were revoked."""
    late = Q(last_used__gt=F("expires") + Value(_AT_ONCE)) | Q(last_used__gt=F("revoked") + Value(_AT_ONCE))
    return Token.objects.filter(late).order_by("created", "id")


def good_for_too_long() -> QuerySet[Token]:
    """Good tokens that expire later than any may."""
    return good_tokens().filter(expires__gt=F("created") + Value(LONGEST + _AT_ONCE))


def unused(since: datetime.timedelta) -> QuerySet[Token]:
    """Good tokens that were not used for so long, nor made."""
    last = Coalesce(F("last_used"), F("created"))
    return (
        good_tokens().annotate(last=last).filter(last__lte=timezone.now() - since, created__lte=timezone.now() - since)
    )


def of_people_who_left() -> QuerySet[Token]:
    """Good tokens of people who are deactivated: nobody is let in by them now, and again once somebody is activated."""
    return good_tokens().filter(user__is_active=False)


def sessions_of_nobody() -> QuerySet[Session]:
    """Browsers that are signed in for people who are deactivated; and those that were seen later than a session lasts,
    or outside of the window of their auditor."""
    age = datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    old = Q(last_seen__gt=F("created") + Value(age + _AT_ONCE))
    outside = Q(user__role=Role.AUDITOR) & (
        Q(last_seen__lt=F("user__window_from") - Value(_AT_ONCE))
        | Q(last_seen__gt=F("user__window_until") + Value(_AT_ONCE))
        | Q(user__window_from__isnull=True)
        | Q(user__window_until__isnull=True)
    )
    return Session.objects.filter(Q(user__is_active=False) | old | outside).order_by("created", "id")


def auditors() -> QuerySet[User]:
    """The active ones."""
    return User.objects.filter(role=Role.AUDITOR, is_active=True).order_by("created", "id")


def without_a_proper_window() -> QuerySet[User]:
    """Active auditors whose window is missing, or longer than one may be."""
    endless = Q(window_from__isnull=True) | Q(window_until__isnull=True)
    return auditors().filter(endless | Q(window_until__gt=F("window_from") + Value(LONGEST_WINDOW)))


def owners() -> QuerySet[User]:
    """The active owners."""
    return User.objects.filter(role=Role.OWNER, is_active=True).order_by("created", "id")


def misused_invitations() -> QuerySet[Invitation]:
    """Invitations that were accepted after they had expired or were withdrawn, and open ones that are good for longer
    than any is."""
    late = Q(accepted__gt=F("expires") + Value(_AT_ONCE)) | Q(accepted__isnull=False, withdrawn__isnull=False)
    longer = Q(accepted__isnull=True, expires__gt=F("created") + Value(GOOD_FOR + _AT_ONCE))
    return Invitation.objects.filter(late | longer).order_by("created", "id")


def open_invitations() -> int:
    """How many may still be accepted."""
    return Invitation.objects.filter(accepted=None, withdrawn=None, expires__gt=timezone.now()).count()
