"""Counting failed sign-ins, by address and by network, and locking both for a while.

An address that nobody has is counted and locked as one that somebody has: a lock tells nothing. Attempts at one address
go one after the other, so that a hundred at once are a hundred, and not five.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from apps.accounts.client_address import Address, network_of
from apps.accounts.models import SignInFailures, normal_email

_Subject = SignInFailures.Subject
FREE: Final = {_Subject.ADDRESS: 5, _Subject.NETWORK: 50}
"""How many failures cost nothing but the next try."""
FIRST_LOCK: Final = datetime.timedelta(seconds=30)
LONGEST_LOCK: Final = datetime.timedelta(minutes=15)
"""Anybody can lock anybody's address, so a lock ends soon; 15 minutes leave 100 guesses a day."""
FORGOTTEN_AFTER: Final = datetime.timedelta(hours=24)

_COUNT: Final = """
    INSERT INTO accounts_signinfailures AS f (subject, digest, count, last, locked_until) VALUES (%s, %s, 1, %s, NULL)
    ON CONFLICT (subject, digest) DO UPDATE SET
        count = CASE WHEN f.last < %s THEN 1 ELSE f.count + 1 END, last = EXCLUDED.last
    RETURNING count
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries from where, as what is counted."""

    address: str
    network: str | None

    @property
    def subjects(self) -> list[tuple[_Subject, str]]:
        network = [] if self.network is None else [(_Subject.NETWORK, self.network)]
        return [(_Subject.ADDRESS, self.address), *network]


def attempt(email: str, client: Address | None) -> Attempt:
    """An attempt at an address (any spelling, any length) by a client."""
    return Attempt(_keyed(normal_email(email)), None if client is None else _keyed(network_of(client)))


def _keyed(text: str) -> str:
    # What is typed as an address may be a password: without the key nobody can guess it from the table.
    return hmac.new(settings.SECRET_KEY.encode(), b"lockout:" + text.encode("utf-8", "replace"), "sha256").hexdigest()


def wait_for_turn(one: Attempt) -> None:
    """Attempts at the same address wait here for each other, until the end of their transactions."""
    number = int.from_bytes(hashlib.sha256(one.address.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def is_locked(one: Attempt) -> bool:
    """Whether the address or the network may not try now. One query, for known and unknown alike."""
    digests = [digest for _, digest in one.subjects]
    return SignInFailures.objects.filter(digest__in=digests, locked_until__gt=timezone.now()).exists()


def failed(one: Attempt) -> None:
    """Counts a failure, and locks what has had too many: 30 seconds, doubling up to 15 minutes."""
    now = timezone.now()
    for subject, digest in one.subjects:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [subject.value, digest, now, now - FORGOTTEN_AFTER])
            (count,) = cursor.fetchone()
        beyond = count - FREE[subject]
        if beyond >= 0:
            lock = min(FIRST_LOCK * 2 ** min(beyond, 10), LONGEST_LOCK)
            SignInFailures.objects.filter(subject=subject, digest=digest).update(locked_until=now + lock)


def succeeded(one: Attempt) -> None:
    """Forgets the failures at the address; those of the network stay."""
    SignInFailures.objects.filter(subject=_Subject.ADDRESS, digest=one.address).delete()


def unlock(email: str) -> None:
    """An administrator's way to let somebody try again at once."""
    SignInFailures.objects.filter(subject=_Subject.ADDRESS, digest=_keyed(normal_email(email))).delete()


def locked_until(email: str) -> datetime.datetime | None:
    """Until when nobody may sign in at this address, for those who manage people."""
    found = SignInFailures.objects.filter(
        subject=_Subject.ADDRESS, digest=_keyed(normal_email(email)), locked_until__gt=timezone.now()
    ).first()
    return None if found is None else found.locked_until
