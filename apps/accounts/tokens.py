"""Tokens: made, proven, rotated with grace, revoked. The secret is returned once, and nowhere kept."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts import peppers, token_format
from apps.accounts.client_address import Address, Network
from apps.accounts.errors import TokenRefused
from apps.accounts.models import Token, User
from apps.accounts.token_places import note_place
from apps.tenants.walls import connection

LONGEST: Final = datetime.timedelta(days=366)
MOST_GRACE: Final = datetime.timedelta(days=7)
USED_EVERY: Final = datetime.timedelta(minutes=1)
_MOST_NETWORKS: Final = 50


@dataclass(frozen=True, slots=True)
class Made:
    """A token with its secret, to be shown once."""

    token: Token
    secret: str = field(repr=False)


def make(
    user: User,
    name: str,
    scopes: Collection[str],
    expires: datetime.datetime,
    *,
    grantable: frozenset[str],
    networks: Sequence[str] = (),
    made_by: Token | None = None,
) -> Made:
    """A token of a person, for at most 366 days. ``networks``: CIDR; none means any.

    ``grantable`` is what whoever asks may give (apps/access knows). ``made_by`` is the token by which they ask: the new
    one ends with it at the latest, is good from its networks only (all of them, if none are named), and is revoked with
    it. Raises :class:`TokenRefused`.
    """
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise TokenRefused("A token needs a name of 1 to 100 characters, so that it is known later what it is for.")
    if not scopes:
        raise TokenRefused("A token without scopes may do nothing. Name at least one.")
    if beyond := sorted(set(scopes) - grantable):
        raise TokenRefused(f"These scopes are not yours to give: {', '.join(beyond)}.")
    now = timezone.now()
    if not now < expires <= now + LONGEST:
        raise TokenRefused(
            f"A token expires, after {LONGEST.days} days at the latest. Choose a day between now and then."
        )
    given = _checked(networks)
    if made_by is not None:
        given = given or made_by.networks
        _refuse_beyond(made_by, expires, given)
    return _write(user, name, sorted(set(scopes)), given, expires, made_by=made_by)


def _refuse_beyond(by: Token, expires: datetime.datetime, networks: Sequence[str]) -> None:
    """Whoever has found a token must not make of it one that is good for longer, or from elsewhere."""
    if expires > by.expires:
        raise TokenRefused(
            f"What is made by a token ends when that does, on {by.expires:%Y-%m-%d %H:%M} UTC at the latest. For "
            "longer, a person signs in and makes it."
        )
    allowed = [ipaddress.ip_network(network) for network in by.networks]
    wanted = [ipaddress.ip_network(network) for network in networks]
    if allowed and not (wanted and all(any(_is_within(one, other) for other in allowed) for one in wanted)):
        raise TokenRefused(f"What is made by a token is good where that is, and not beyond: {', '.join(by.networks)}.")


def _is_within(one: Network, other: Network) -> bool:
    return one.version == other.version and one.subnet_of(other)  # type: ignore[arg-type]  # of one version


def _write(
    user: User,
    name: str,
    scopes: list[str],
    networks: list[str],
    expires: datetime.datetime,
    *,
    replaces: Token | None = None,
    made_by: Token | None = None,
) -> Made:
    tenant_id = connection().walls.tenant_id
    if tenant_id is None:
        raise TokenRefused("A token is made behind the walls of a tenant, and none stand here.")
    written = token_format.new(tenant_id)
    digest = peppers.digest(written.text)
    token = Token.objects.create(
        user=user,
        name=name,
        prefix=written.prefix,
        digest=digest.value,
        pepper=digest.pepper,
        scopes=scopes,
        networks=networks,
        expires=expires,
        replaces=replaces,
        made_by=made_by,
    )
    return Made(token, written.text)


def _checked(networks: Sequence[str]) -> list[str]:
    if len(networks) > _MOST_NETWORKS:
        raise TokenRefused(f"At most {_MOST_NETWORKS} networks are kept for a token. Join some of them.")
    checked = []
    for text in networks:
        try:
            checked.append(str(ipaddress.ip_network(text)))
        except ValueError as error:
            raise TokenRefused(f"{text[:50]!r} is no network. Write one as 203.0.113.0/24.") from error
    return checked


def prove(written: token_format.Written, address: Address | None, now: datetime.datetime) -> Token | None:
    """The token with its user, if it is one behind the walls that stand and good here and now.

    One query; a second one at most once a minute, which never waits for another request with the same token.
    """
    candidates = {digest.value: digest for digest in peppers.digests(written.text)}
    token = Token.objects.select_related("user").filter(digest__in=list(candidates)).order_by().first()
    if token is None or not token.is_good(now) or not token.user.may_enter(now) or not _is_from(token, address):
        return None
    note_place(token, address)
    if token.last_used is None or now - token.last_used >= USED_EVERY:
        _used(token, peppers.digest(written.text), now, address)
    return token


def why_refused(
    written: token_format.Written, address: Address | None, now: datetime.datetime
) -> tuple[Token, str] | None:
    """Of a token that proves nothing although it is one of this tenant's: it, and why. None of any other text."""
    digests = [digest.value for digest in peppers.digests(written.text)]
    token = Token.objects.select_related("user").filter(digest__in=digests).order_by().first()
    if token is None:
        return None
    if token.revoked is not None:
        return token, "revoked"
    if not token.is_good(now):
        return token, "expired"
    return token, "network" if token.user.may_enter(now) else "user"


def _is_from(token: Token, address: Address | None) -> bool:
    if not token.networks:
        return True
    return address is not None and any(address in ipaddress.ip_network(network) for network in token.networks)


def _used(token: Token, newest: peppers.Digest, now: datetime.datetime, address: Address | None) -> None:
    """Notes the use, and moves the token under the newest pepper."""
    stale = Q(last_used=None) | Q(last_used__lte=now - USED_EVERY)
    free = Token.objects.select_for_update(skip_locked=True).filter(stale, id=token.id).order_by().values("id")
    last = None if address is None else str(address)
    Token.objects.filter(id__in=free).update(
        last_used=now, digest=newest.value, pepper=newest.pepper, last_address=last
    )


def rotate(
    token: Token,
    expires: datetime.datetime,
    grace: datetime.timedelta = datetime.timedelta(hours=24),
    *,
    by: Token | None = None,
) -> Made:
    """A new secret with the same scopes and networks; the old one lives on for ``grace``, 7 days at most.

    ``by`` is the token by which whoever asks: the new one ends with it at the latest, and must be good from its
    networks only. Raises :class:`TokenRefused` for a token that is revoked, expired, or rotated already.
    """
    if not datetime.timedelta() <= grace <= MOST_GRACE:
        raise TokenRefused(f"The old token may live on for {MOST_GRACE.days} days at most.")
    with transaction.atomic():
        now = timezone.now()
        old = Token.objects.select_for_update(of=("self",)).select_related("user").get(id=token.id)
        if not old.is_good(now) or old.replaced_by.exists():
            raise TokenRefused("This token is revoked, expired or rotated already. Make a new one.")
        if not now < expires <= now + LONGEST:
            raise TokenRefused(f"A token expires, after {LONGEST.days} days at the latest.")
        if by is not None:
            _refuse_beyond(by, expires, old.networks)
        old.expires = min(old.expires, now + grace)
        old.save(update_fields=["expires"])
        return _write(old.user, old.name, old.scopes, old.networks, expires, replaces=old, made_by=old.made_by)


def revoke(token: Token) -> None:
    """Ends a token at once, and for ever, with those that were made by it. Doing it again changes nothing."""
    now = timezone.now()
    with transaction.atomic():
        ending = [token.id]
        while ending:
            Token.objects.filter(id__in=ending, revoked=None).update(revoked=now)
            ending = list(Token.objects.filter(made_by__in=ending, revoked=None).values_list("id", flat=True))
    token.refresh_from_db(fields=["revoked"])
