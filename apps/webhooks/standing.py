"""How addresses that others gave stand with today's rules: for whoever looks; nothing is changed here."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.db.models import QuerySet

from apps.webhooks import addresses
from apps.webhooks.errors import UrlRefused
from apps.webhooks.models import Endpoint
from specward.execution.wall.policy import literal_addresses

_BY_ITSELF: Final = (Endpoint.Disabled.FAILING, Endpoint.Disabled.GONE)


def in_use() -> QuerySet[Endpoint]:
    """The endpoints that are told of events."""
    return Endpoint.objects.with_sealed().filter(removed__isnull=True, disabled__isnull=True).order_by("created")


def given_up() -> QuerySet[Endpoint]:
    """The endpoints that are there, and were switched off because nobody answers there."""
    return Endpoint.objects.filter(removed__isnull=True, disabled_why__in=_BY_ITSELF, disabled__isnull=False)


def is_safe(url: str, origin: str) -> bool:
    """Whether an address is one that is taken today, by https, and the one that is shown. Plain http is safe to this
    machine alone, where the operator has allowed that."""
    try:
        to = addresses.target(url)
    except UrlRefused:
        return False
    if to.origin != origin:
        return False
    return to.scheme == "https" or (settings.WEBHOOKS_TO_LOOPBACK and _is_this_machine(to.host))


def _is_this_machine(host: str) -> bool:
    literal = literal_addresses(host)
    return host == "localhost" or (bool(literal) and all(ip_address(one).is_loopback for one in literal or ()))
