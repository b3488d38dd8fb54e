"""Where something may be sent: which URLs are taken, and which IP addresses a name may turn out to be.

The list of addresses is the egress wall's of the runner (``specward.execution.wall.addresses``). A name is looked up
once; one unfit address among fit ones refuses it, and what was vetted is what is connected to.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from ada_url import URL, check_url
from django.conf import settings

from apps.webhooks.errors import UrlRefused
from specward.execution.wall.addresses import Reach, reach
from specward.execution.wall.policy import literal_addresses
from specward.language.urls import UrlRefused as Unclear
from specward.language.urls import origin_of

LONGEST: Final = 2_048
_PORTS: Final = {"https": 443, "http": 80}
_LEAST_PORT: Final = 1_024
"""Below it, besides https's own, there are mail, databases and the like, which should not be spoken to by HTTP."""

Resolver = Callable[[str, int], Iterable[str]]


class AddressRefused(Exception):
    """A name that leads nowhere, or to where nothing is sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart: what is connected to, and what is asked for there."""

    scheme: str
    host: str
    """Without the brackets of an IPv6 address."""
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port, as they are shown."""
        return f"{self.scheme}://{self.authority}"


def target(url: str) -> Target:
    """The URL in its canonical form. Raises :class:`UrlRefused`, which does not quote it.

    https alone; http too where ``WEBHOOKS_TO_LOOPBACK`` is set, which is for trying it out on one machine.
    """
    if len(url) > LONGEST or not url.isascii():
        raise UrlRefused(f"it has more than {LONGEST} characters, or some beyond ASCII")
    try:
        origin_of(url)  # refuses what browsers would mend: backslashes, tabs, names and passwords, odd numbers
    except Unclear as unclear:
        raise UrlRefused("it is no http(s) URL, or it could be taken for another one") from unclear
    if not check_url(url):
        raise UrlRefused("it is no URL")
    parts = urlsplit(URL(url).href)
    scheme, host = parts.scheme, parts.hostname or ""
    if parts.fragment or "#" in url:
        raise UrlRefused("it has a fragment, which is never sent")
    if scheme != "https" and not settings.WEBHOOKS_TO_LOOPBACK:
        raise UrlRefused("it is not https")
    port = _PORTS[scheme] if parts.port is None else parts.port
    if port != _PORTS["https"] and port < _LEAST_PORT and not settings.WEBHOOKS_TO_LOOPBACK:
        raise UrlRefused(f"its port is neither 443 nor {_LEAST_PORT} or above")
    found = Target(scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    literal = literal_addresses(host)
    if literal is not None and not all(is_fit(address) for address in literal):
        raise UrlRefused("it is an address of a private network, of one machine, or kept for special uses")
    return found


def is_fit(address: str) -> bool:
    """Whether something may be sent to this IP address."""
    kind = reach(address)
    if kind is Reach.PUBLIC:
        return True
    return kind is Reach.LOCAL and settings.WEBHOOKS_TO_LOOPBACK and ip_address(address).is_loopback


def resolved(host: str, port: int) -> Iterable[str]:
    """The addresses of a name, by the machine's own resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(each[4][0]) for each in found]


def vetted(to: Target, resolve: Resolver | None = None) -> tuple[str, ...]:
    """The addresses to connect to, looked up once. Raises :class:`AddressRefused` and OSError."""
    literal = literal_addresses(to.host)
    # An IPv6 socket address may come with a zone, which is never fit.
    addresses = tuple(dict.fromkeys(literal or (resolve or resolved)(to.host, to.port)))
    if not addresses or not all(is_fit(address) for address in addresses):
        raise AddressRefused
    return addresses
