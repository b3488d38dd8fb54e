"""From where a request comes, as far as proxies that we trust tell."""

from __future__ import annotations

import ipaddress
from typing import Final

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MOST_HOPS: Final = 10
_PREFIX: Final = {4: 32, 6: 64}


def client_address(request: HttpRequest) -> Address | None:
    """The address of the last hop that no trusted proxy vouches against; None on a socket without addresses.

    Read from the right of ``X-Forwarded-For``, and only as long as the one who wrote it is in ``TRUSTED_PROXIES``: what
    stands further left, anybody can write.
    """
    address = _address(request.META.get("REMOTE_ADDR", ""))
    if address is None or not _trusted(address):
        return address
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-_MOST_HOPS:]
    for hop in reversed(hops):
        named = _address(hop.strip())
        if named is None:
            return address
        address = named
        if not _trusted(address):
            return address
    return address


def network_of(address: Address) -> str:
    """What one subscriber has: the address itself, or an IPv6 network of 64 bits."""
    return str(ipaddress.ip_network((address, _PREFIX[address.version]), strict=False))


def _trusted(address: Address) -> bool:
    trusted: tuple[Network, ...] = settings.TRUSTED_PROXIES
    return any(address in network for network in trusted)


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
