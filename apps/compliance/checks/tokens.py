"""Tokens: refused once they are over, none for ever, none forgotten, none of people who left."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from apps.accounts import standing, token_format, tokens
from apps.accounts.models import Token, User
from apps.compliance.checking import Check, Result, check, failed, not_applicable, passed, some

UNUSED: Final = datetime.timedelta(days=90)
_MOST: Final = 10_000
_HERE: Final = ipaddress.ip_address("192.0.2.1")
_ELSEWHERE: Final = "198.51.100.0/24"
_SCOPE: Final = "compliance.check"

_WAYS: Final[dict[str, Callable[[Token, datetime.datetime], Any]]] = {
    "expired": lambda token, now: Token.objects.filter(id=token.id).update(expires=now - datetime.timedelta(seconds=1)),
    "revoked": lambda token, _: tokens.revoke(token),
    "from another network": lambda token, _: Token.objects.filter(id=token.id).update(networks=[_ELSEWHERE]),
}
"""What is done to a good token so that it must prove nobody."""


@check
class EndedTokensProveNobody(Check):
    key = "tokens.refused"
    title = "A token that is expired, revoked or from elsewhere proves nobody"
    words = (
        "Makes a token, uses it, and then tries it expired, revoked and from a network that it is not for, all in a "
        "block that is rolled back: the secret is known to nobody and was never good for anything. And looks for "
        "tokens that were used after their end."
    )
    mend = "Stop the service: whoever holds an old token is let in. Go back to the release before."

    def look(self) -> Result:
        with transaction.atomic():
            late = some(standing.used_after_their_end().values_list("id", flat=True)[:_MOST])
            user = User.objects.filter(is_active=True, window_from__isnull=True).order_by("created", "id").first()
            passing = [] if user is None else [way for way in _WAYS if _is_let_pass(user, way)]
        if passing or late["count"]:
            because = f"Tokens prove somebody that must not ({', '.join(passing) or 'used after their end'})."
            return failed(because, let_pass=passing, used_after_their_end=late)
        if user is None:
            return not_applicable("Nobody here could have a token.")
        return passed(refused=list(_WAYS))


def _is_let_pass(user: User, way: str) -> bool:
    """Whether a token that was ended in this way still proves its user. Raises where a good one does not: then nothing
    was tried."""
    with transaction.atomic():
        now = timezone.now()
        made = tokens.make(user, "a check", [_SCOPE], now + datetime.timedelta(hours=1), grantable=frozenset({_SCOPE}))
        written = token_format.read(made.secret)
        if written is None or tokens.prove(written, _HERE, now) is None:
            raise RuntimeError("A good token proves nobody.")
        _WAYS[way](made.token, now)
        is_let_pass = tokens.prove(written, _HERE, now) is not None
        transaction.set_rollback(True)
    return is_let_pass


@check
class TokensEnd(Check):
    key = "tokens.expire"
    title = "No token is good for more than a year"
    words = "Looks for good tokens that expire later than 366 days after they were made."
    mend = "Revoke them: no form and no API makes such a token. Find out in the audit log who changed its end."

    def look(self) -> Result:
        with transaction.atomic():
            found = some(standing.good_for_too_long().values_list("id", flat=True)[:_MOST])
            good = standing.good_tokens().count()
        if found["count"]:
            return failed(f"{found['count']} tokens are good for longer than a year.", tokens=found, good=good)
        return passed(good=good)


@check
class TokensAreUsed(Check):
    key = "tokens.unused"
    title = "No token lies about unused for 90 days"
    words = "Looks for good tokens that were neither used nor made within the last 90 days."
    mend = (
        "Ask whoever made them; revoke those that nobody needs. The list of tokens in the console has when each was "
        "used."
    )

    def look(self) -> Result:
        with transaction.atomic():
            found = some(standing.unused(UNUSED).values_list("id", flat=True)[:_MOST])
            good = standing.good_tokens().count()
        if found["count"]:
            return failed(f"{found['count']} tokens were not used for 90 days.", tokens=found, good=good)
        return passed(good=good)


@check
class TokensOfPeopleWhoLeft(Check):
    key = "tokens.people"
    title = "No good token belongs to somebody who left"
    words = "Looks for tokens that are neither revoked nor expired, of people who are deactivated."
    mend = (
        "Revoke them. They let nobody in while their owner is deactivated, and would again if somebody activated the "
        "account."
    )

    def look(self) -> Result:
        with transaction.atomic():
            found = some(standing.of_people_who_left().values_list("id", flat=True)[:_MOST])
            good = standing.good_tokens().count()
        if found["count"]:
            return failed(f"{found['count']} good tokens belong to people who left.", tokens=found, good=good)
        return passed(good=good)
