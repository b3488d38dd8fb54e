"""What a run may reach: origins by name, and the addresses they may turn out to be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from specward.errors import SpecwardError
from specward.execution.outcomes import Refusal
from specward.execution.wall.addresses import Reach, reach
from specward.language.urls import canonical_origin

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_MAX_REFUSALS: Final = 100

Resolver = Callable[[str, int], Iterable[str]]
"""The addresses of a host, for a port. Raises ``OSError`` for a name that is not known."""


class Local(StrEnum):
    """When a page may be connected to this machine or to a private network."""

    NEVER = "never"
    """For origins that somebody else has chosen: a service runs its tenants' specs so."""
    LITERAL = "literal"
    """Where an allowed origin itself is such an address, or localhost: whoever wrote it meant it."""
    NAMED = "named"
    """Also where the name of an allowed origin resolves to one: for a site in one's own network."""


class Refused(SpecwardError):
    """An address that the wall does not let through. ``reason`` is a short stable text."""

    code = "egress-refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host (in the canonical form of a URL, IPv6 in brackets) and port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> Origin:
        """Of an origin as text. Raises :class:`specward.language.urls.UrlRefused`."""
        scheme, _, authority = canonical_origin(text).partition("://")
        host, colon, port = authority.rpartition(":")
        if not colon or port.endswith("]"):
            return cls(scheme, authority, _DEFAULT_PORTS[scheme])
        return cls(scheme, host, int(port))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Policy:
    """The allow-list of one run."""

    origins: frozenset[Origin]
    local: Local = Local.LITERAL

    def allows(self, origin: Origin) -> bool:
        """Whether a plain request may go to ``origin``."""
        return origin in self.origins

    def allows_tunnel(self, host: str, port: int) -> bool:
        """Whether a tunnel may go there: for https, and for web sockets of an http origin as well."""
        return any(origin.host == host and origin.port == port for origin in self.origins)

    def vet(self, host: str, addresses: Iterable[str]) -> tuple[str, ...]:
        """The addresses of an allowed host, all of them fit to be connected to. Raises :class:`Refused`.

        One unfit address among fit ones refuses the name: an honest one does not mix them.
        """
        found = tuple(dict.fromkeys(addresses))
        if not found:
            raise Refused("the name has no address")
        local = self.local is Local.NAMED or (self.local is Local.LITERAL and is_literal(host))
        for address in found:
            kind = reach(address)
            if kind is Reach.NEVER or (kind is Reach.LOCAL and not local):
                raise Refused("the name leads to a special-use address")
        return found


def is_literal(host: str) -> bool:
    """Whether a host is an IP address or localhost (RFC 6761, section 6.3), so that no resolver decides what it is."""
    return literal_addresses(host) is not None


def literal_addresses(host: str) -> tuple[str, ...] | None:
    """The addresses of a host that needs no resolver, or ``None``."""
    if host == "localhost" or host.endswith(".localhost"):
        return ("127.0.0.1", "::1")
    try:
        return (str(ip_address(host.strip("[]"))),)
    except ValueError:
        return None


class Refusals:
    """What was refused in a run, counted; at most 100 different ones are kept. Any thread may add."""

    __slots__ = ("_counts", "_last", "_lock", "_seen")

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, bool], int] = {}
        self._seen = 0
        self._last = ""
        self._lock = threading.Lock()

    def add(self, target: str, reason: str, *, by_page: bool = True) -> None:
        """Count a refusal of ``target``, which says no more than an origin."""
        with self._lock:
            if by_page:
                self._seen += 1
                self._last = target[:200]
            key = (target[:200], reason, by_page)
            if key in self._counts or len(self._counts) < _MAX_REFUSALS:
                self._counts[key] = self._counts.get(key, 0) + 1

    def last(self, since: int) -> str:
        """What the page was refused last, if there was anything after its first ``since`` refusals."""
        with self._lock:
            return self._last if self._seen > since else ""

    @property
    def count(self) -> int:
        """How often the page was refused something."""
        return self._seen

    def all(self) -> tuple[Refusal, ...]:
        with self._lock:
            return tuple(Refusal(target, reason, count, by) for (target, reason, by), count in self._counts.items())
