"""Which IP addresses a page may be connected to.

After the IANA registries of special-purpose addresses (RFC 6890 and later), written out here because Python's own
``is_global`` has changed between releases.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final


class Reach(StrEnum):
    """What kind of address it is, as far as the wall cares."""

    PUBLIC = "public"
    LOCAL = "local"
    """This machine or a network of its owner: only where an operator has said so."""
    NEVER = "never"


_LOCAL_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "127.0.0.0/8",  # loopback
        "10.0.0.0/8",  # private, RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # shared, behind a carrier's NAT, RFC 6598
    )
)
_NEVER_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches loopback
        "169.254.0.0/16",  # link-local, and the metadata services of clouds
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "168.63.129.16/32",  # Azure's own services, on a public address
    )
)
_LOCAL_6: Final = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
_GLOBAL_6: Final = IPv6Network("2000::/3")
"""All that has ever been given out as global unicast. IPv4-mapped (::ffff:0:0/96), IPv4-compatible, NAT64
(64:ff9b::/96, 64:ff9b:1::/48), link-local and multicast addresses all lie outside."""
_NEVER_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# A cloud's metadata service on a unique local address; it is never what an operator means by his network.
_METADATA_6: Final = (IPv6Network("fd00:ec2::/32"), IPv6Network("fd20:ce::254/128"))


def reach(address: str) -> Reach:
    """The kind of an IP address. One that cannot be read, or has a zone (``%eth0``), is :attr:`Reach.NEVER`."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return Reach.NEVER
    return _reach_4(parsed) if isinstance(parsed, IPv4Address) else _reach_6(parsed)


def _reach_4(address: IPv4Address) -> Reach:
    if any(address in network for network in _NEVER_4):
        return Reach.NEVER
    return Reach.LOCAL if any(address in network for network in _LOCAL_4) else Reach.PUBLIC


def _reach_6(address: IPv6Address) -> Reach:
    if address.scope_id is not None or any(address in network for network in _METADATA_6):
        return Reach.NEVER
    if any(address in network for network in _LOCAL_6):
        return Reach.LOCAL
    # ISATAP hides an IPv4 address in the last half (RFC 5214).
    isatap = (int(address) >> 32) & 0xFFFFFFFF in (0x00005EFE, 0x02005EFE)
    if isatap or address not in _GLOBAL_6 or any(address in network for network in _NEVER_6):
        return Reach.NEVER
    return Reach.PUBLIC
