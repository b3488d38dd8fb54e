"""How many requests a token, a person and a network may send, and the headers that say so.

Windows of a fixed length, counted in Valkey under the tenant, the kind and whom it is about. Headers as in
draft-ietf-httpapi-ratelimit-headers-10: ``RateLimit-Policy`` says what is allowed, ``RateLimit`` what is left.

Without Valkey requests are let through, and it is logged: the limits keep load away, no data hangs on them (guessing a
token is hopeless at any rate, and the lockout of passwords is in PostgreSQL), and an outage of a counter should not be
one of the service. After a failure the counter is left alone for a few seconds, so that nobody waits for it.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import redis
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from apps.accounts.client_address import network_of
from apps.accounts.credentials import ANONYMOUS, Credential, Kind
from apps.api.problems import OF_STATUS, Refused

_log: Final = logging.getLogger(__name__)
_LEFT_ALONE: Final = 5.0
_HEADERS: Final = "_limits_headers"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a limit, and for how many seconds; below zero, it is used up."""

    name: str
    limit: Limit
    left: int
    seconds: int


class _Counter:
    """The cache, and whether it is being left alone."""

    def __init__(self) -> None:
        self.silent_until = 0.0

    def next(self, key: str, seconds: int) -> int | None:
        """How many there were with this one; None where nobody counts."""
        if time.monotonic() < self.silent_until:
            return None
        try:
            cache.add(key, 0, timeout=seconds)
            return int(cache.incr(key))
        except ValueError:  # it has expired in between
            return 1
        except (redis.RedisError, OSError):
            self.silent_until = time.monotonic() + _LEFT_ALONE
            _log.warning("Valkey does not count; requests are let through unlimited.", exc_info=True)
            return None


counter: Final = _Counter()


def spend(request: HttpRequest) -> None:
    """Counts a request against each of its limits. Raises :class:`Refused` (429) where one is used up."""
    limits = {name: Limit(requests, 60) for name, requests in settings.API_LIMITS.items()}
    now = time.time()
    standings = [
        standing
        for name, whom in _subjects(request)
        if name in limits and (standing := _count(request, name, whom, limits[name], now)) is not None
    ]
    if not standings:
        return
    headers = _headers(standings)
    request.__dict__[_HEADERS] = headers
    used_up = [standing for standing in standings if standing.left < 0]
    if used_up:
        wait = max(standing.seconds for standing in used_up)
        raise Refused(replace(OF_STATUS[429], headers={"Retry-After": str(wait)}))


def headers_of(request: HttpRequest) -> Mapping[str, str]:
    """What the answer says about limits."""
    found: Mapping[str, str] = request.__dict__.get(_HEADERS, {})
    return found


def _subjects(request: HttpRequest) -> Iterator[tuple[str, str]]:
    credential: Credential = getattr(request, "credential", ANONYMOUS)
    address = getattr(request, "client_address", None)
    if address is not None:
        yield ("network" if credential.kind is not Kind.ANONYMOUS else "stranger"), network_of(address)
    if credential.kind is not Kind.ANONYMOUS:
        yield "user", str(request.user.pk)
    if credential.token is not None:
        yield "token", str(credential.token.pk)


def _count(request: HttpRequest, name: str, whom: str, limit: Limit, now: float) -> Standing | None:
    window, ends = int(now // limit.seconds), limit.seconds - now % limit.seconds
    tenant = request.route.tenant_id.hex  # type: ignore[attr-defined]
    # The subject as a digest: an address is personal data, and needs to be in no dump of the cache.
    digest = hashlib.sha256(f"{tenant}:{whom}".encode()).hexdigest()[:32]
    count = counter.next(f"api-limit:{tenant}:{name}:{digest}:{window}", limit.seconds)
    return None if count is None else Standing(name, limit, limit.requests - count, math.ceil(ends))


def _headers(standings: list[Standing]) -> dict[str, str]:
    policies = [f'"{s.name}";q={s.limit.requests};w={s.limit.seconds}' for s in standings]
    tightest = min(standings, key=lambda s: s.left / s.limit.requests)
    return {
        "RateLimit-Policy": ", ".join(policies),
        "RateLimit": f'"{tightest.name}";r={max(tightest.left, 0)};t={tightest.seconds}',
    }
