"""Exceptions: a failing check is accepted for a while, by somebody, for a reason. It stays visible as accepted."""

from __future__ import annotations

import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acting import narrating
from apps.compliance.catalogue import catalogue
from apps.compliance.checking import Outcome
from apps.compliance.errors import ExceptionEnded, ExceptionRefused, NothingToAccept
from apps.compliance.models import CheckState, Exempt

LONGEST: Final = datetime.timedelta(days=366)
MOST_WORDS: Final = 2_000
"""Characters of a reason."""


def accept(key: str, *, reason: str, owner: User, expires: datetime.datetime, by: User) -> Exempt:
    """Accepts a failing check until ``expires``. One that was made before and has run out is ended by it.

    Raises ``NoSuchCheck``, :class:`NothingToAccept`, :class:`ExceptionRefused`.
    """
    catalogue().check(key)
    now = timezone.now()
    reason = _checked(reason, owner, expires, now)
    with transaction.atomic():
        state = CheckState.objects.select_for_update().filter(check_key=key).first()
        if state is None or not state.outcome or Outcome(state.outcome).is_good:
            raise NothingToAccept(key)
        Exempt.objects.filter(check_key=key, ended=None, expires__lte=now).update(ended=now)
        try:
            with transaction.atomic():
                return Exempt.objects.create(
                    check_key=key, reason=reason, owner=owner, expires=expires, made=now, made_by=by
                )
        except IntegrityError:
            raise ExceptionRefused("there is one for this check already. End that first, or change it") from None


def change(exempt: Exempt, *, reason: str, owner: User, expires: datetime.datetime) -> Exempt:
    """Another reason, owner or end. Raises :class:`ExceptionEnded`, :class:`ExceptionRefused`."""
    now = timezone.now()
    reason = _checked(reason, owner, expires, now)
    changed = Exempt.objects.filter(id=exempt.id, ended=None, expires__gt=now).update(
        reason=reason, owner=owner, expires=expires
    )
    if not changed:
        raise ExceptionEnded
    exempt.refresh_from_db()
    return exempt


def end(exempt: Exempt, by: User) -> Exempt:
    """The check counts as failing again. Raises :class:`ExceptionEnded`."""
    if not Exempt.objects.filter(id=exempt.id, ended=None).update(ended=timezone.now(), ended_by=by):
        raise ExceptionEnded
    exempt.refresh_from_db()
    return exempt


def end_outlived(key: str) -> bool:
    """Ends the exception for a check that holds now, or fails otherwise than it did when that was accepted: whoever
    accepted one failure has not accepted the next one. Gives whether one still counted."""
    now = timezone.now()
    with narrating("An exception ended: its check does not fail any more as it did when that was accepted"):
        return bool(Exempt.objects.filter(check_key=key, ended=None, expires__gt=now).update(ended=now))


def open_exceptions() -> dict[str, Exempt]:
    """Those that count now, by check."""
    found = Exempt.objects.filter(ended=None, expires__gt=timezone.now()).select_related("owner", "made_by")
    return {exempt.check_key: exempt for exempt in found}


def _checked(reason: str, owner: User, expires: datetime.datetime, now: datetime.datetime) -> str:
    reason = reason.strip()
    if not reason:
        raise ExceptionRefused("it needs a reason, for whoever reads it in a year")
    if len(reason) > MOST_WORDS:
        raise ExceptionRefused(f"a reason has at most {MOST_WORDS:,} characters")
    if not owner.is_active:
        raise ExceptionRefused("its owner is nobody any more. Name somebody who sees to it")
    if expires <= now:
        raise ExceptionRefused("it would have ended already")
    if expires > now + LONGEST:
        raise ExceptionRefused("it may last a year at most. Look at it again then")
    return reason
